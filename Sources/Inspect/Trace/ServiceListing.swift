extension ServiceTracer {
  /// All services of a namespace, or of all: those of the API and those that only the rules have.
  /// - Parameter namespace: nil for all.
  public static func list(
    namespace: String?, _ context: ServiceContext, _ node: any Node
  ) throws -> ServiceList {
    try answer(context, node) { try $0.list(namespace: namespace) }
  }

  private func list(namespace: String?) throws -> ServiceList {
    let index = try RuleIndex(node, proxy.installations)
    let services = (context.cluster?.services ?? []).filter { namespace == nil || $0.metadata.namespace == namespace }
    let expectation = expectation(of: services, layout: index.layout)
    var programmed = Dictionary(grouping: index.entries) { $0.service?.service }
    var list = ServiceList(
      node: answeringNode, proxy: proxy.identity(release: expectation.release), findings: proxy.findings,
      notes: port.note.map { [Note(.node, $0)] } ?? [])
    for service in services {
      let name = service.metadata.namespacedName
      let questions = questions(expectation.frontends(of: service), programmed.removeValue(forKey: name) ?? [])
      try add(questions, summary(name, service), known: service, expectation, to: &list)
    }
    let rest = programmed.compactMap { name, entries in name.map { ($0, entries) } }.sorted { $0.0 < $1.0 }
    for (name, entries) in rest where namespace == nil || name.namespace == namespace {
      try add(questions([], entries), summary(name, nil), known: nil, expectation, to: &list)
    }
    if namespace == nil, let unnamed = programmed[nil] {
      for entry in unnamed { try add(questions([], [entry]), nil, known: nil, expectation, to: &list) }
    }
    if let missing = missingKubeProxy(list.items.flatMap(\.frontends).map(\.verdict)) { throw missing }
    list.items.sort { left, right in
      guard let left = left.service else { return false }
      return right.service.map { (left.namespace, left.name) < ($0.namespace, $0.name) } ?? true
    }
    return list
  }

  private func add(
    _ questions: [Question], _ summary: ServiceSummary?, known: Service?, _ expectation: Expectation,
    to list: inout ServiceList
  ) throws {
    let asked = questions.filter { context.families.contains($0.frontend.family) }
    // Headless services and names of something outside have nothing that could be programmed.
    guard !asked.isEmpty else { return }
    let trace = try answer(asked, service: summary, known: known, expectation: known.map { _ in expectation })
    let own = trace.findings.filter { !proxy.findings.contains($0) }
    list.items.append(
      ServiceList.Item(
        service: summary.map(ServiceReport.init), frontends: trace.frontends.map { FrontendReport($0, hasPath: false) },
        findings: own))
    // What is said of one service is said once.
    for note in trace.notes
    where note.subject.frontends != nil || note.subject.kind == .service || !list.notes.contains(note) {
      list.notes.append(note)
    }
  }
}

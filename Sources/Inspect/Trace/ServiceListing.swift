extension ServiceTracer {
  /// All services of a namespace, or of all: those of the API and those that only the rules have.
  /// - Parameters:
  ///   - namespace: nil for all.
  ///   - stream: is given services while others are still walked; nil where the whole list is waited for.
  public static func list(
    namespace: String?, _ context: ServiceContext, stream: ServiceStream? = nil, _ node: any Node
  ) throws -> ServiceList {
    try answer(context, node) { try $0.list(namespace: namespace, stream).list }
  }

  /// All services, with what is strange about the connections to them.
  /// - Parameter readsConnections: false where they are left alone.
  /// - Returns: beside the list, why connections were not read; nil where they were.
  static func listWithConnections(
    _ context: ServiceContext, readsConnections: Bool, _ node: any Node
  ) throws -> (list: ServiceList, unread: String?) {
    try answer(context, node) {
      let found = try $0.list(namespace: nil, nil, readsConnections: readsConnections)
      return (found.list, found.unread)
    }
  }

  /// A service that is to be walked.
  private struct Asked {
    /// nil where no rule says it.
    var name: NamespacedName?
    /// nil for what only the rules have.
    var known: Service?
    /// Those of the families that were asked for.
    var questions: [Question]
    /// Whether these are all.
    var isWhole = true
  }

  /// - Returns: beside the list, how each of its items is forwarded, and why connections were not read.
  func list(
    namespace: String?, _ stream: ServiceStream?, readsConnections: Bool = false
  ) throws -> (list: ServiceList, forwardings: [ServiceForwarding], unread: String?) {
    let index = try RuleIndex(node, proxy.installations, mode: proxy.expectedMode)
    let services = (context.cluster?.services ?? []).filter { namespace == nil || $0.metadata.namespace == namespace }
    let expectation = expectation(of: services, layout: index.layout)
    let asked = asked(services, index, expectation, namespace: namespace)
    var list = ServiceList(
      node: answeringNode, proxy: proxy.identity(release: expectation.release), findings: proxy.findings,
      notes: port.note.map { [Note(.node, $0)] } ?? [])
    // Where nothing is kube-proxy's there may be no list in the end.
    var stream = proxy.installations.isEmpty ? nil : stream
    let connections = readsConnections ? connections(to: asked) : .failure(.unavailable("they are left alone"))
    stream?.begin(asked.flatMap { service in service.questions.map { ServiceOutline(service.name, $0.frontend) } })
    var forwardings: [ServiceForwarding] = []
    for (place, service) in asked.enumerated() {
      // Nothing tells those without a name apart that are given twice.
      if service.name == nil { stream = nil }
      context.observer.tell(.walkingServices(done: place, of: asked.count))
      let (item, forwarding) = try item(service, expectation, try? connections.get(), notes: &list.notes)
      forwardings.append(forwarding)
      list.items.append(item)
      // What is about to be looked at again is not told yet, and nothing behind it: the list has an order.
      if stream?.waitsForSecondLook == true, item.hasDrift { stream = nil }
      guard let stream else { continue }
      if try node.filter.hasChanged() { throw KernelError.changing(reading: "the rules", attempts: 1) }
      context.observer.tell(.answering)
      stream.item(item)
    }
    if let missing = missingKubeProxy(list.items.flatMap(\.frontends).map(\.verdict)) { throw missing }
    if context.tellsForwarding {
      forwardings = ServiceForwarding.agreeing(forwardings)
      for (place, forwarding) in forwardings.enumerated() {
        list.items[place].forwarding = ForwardingDigest(forwarding)
      }
    }
    if case .failure(let error) = connections { return (list, forwardings, error.description) }
    if let remark = node.connections.remark { list.notes.append(Note(.node, remark)) }
    return (list, forwardings, nil)
  }

  /// One dump of the table for all: it is read before services are walked, so that what has gone since is not told.
  private func connections(to asked: [Asked]) -> Result<[FrontendAddress: FrontendConnections], KernelError> {
    do {
      return .success(
        try ConnectionSearch(asked.flatMap { $0.questions.map(\.frontend.place) }, nil, node).read())
    } catch {
      return .failure(error as? KernelError ?? .unavailable("\(error)"))
    }
  }

  /// What has anything that could be programmed, by name; what has no name comes last. Headless services and names of something
  /// outside have nothing.
  private func asked(
    _ services: [Service], _ index: RuleIndex, _ expectation: Expectation, namespace: String?
  ) -> [Asked] {
    var programmed = Dictionary(grouping: index.entries) { $0.service?.service }
    var asked = services.map { service in
      let name = service.metadata.namespacedName
      let entries = programmed.removeValue(forKey: name) ?? []
      return Asked(name: name, known: service, questions: questions(expectation.frontends(of: service), entries))
    }
    for case (let name?, let entries) in programmed where namespace == nil || name.namespace == namespace {
      asked.append(Asked(name: name, known: nil, questions: questions([], entries)))
    }
    asked.sort { left, right in left.name.flatMap { left in right.name.map { left < $0 } } ?? false }
    for entry in namespace == nil ? programmed[nil] ?? [] : [] {
      asked.append(Asked(name: nil, known: nil, questions: questions([], [entry])))
    }
    for place in asked.indices {
      let all = asked[place].questions.count
      asked[place].questions.removeAll { !context.families.contains($0.frontend.family) }
      asked[place].isWhole = asked[place].questions.count == all
    }
    return asked.filter { !$0.questions.isEmpty }
  }

  private func item(
    _ asked: Asked, _ expectation: Expectation, _ connections: [FrontendAddress: FrontendConnections]?,
    notes: inout [Note]
  ) throws -> (ServiceList.Item, ServiceForwarding) {
    let summary = asked.name.map { self.summary($0, asked.known) }
    var trace = try answer(
      asked.questions, service: summary, known: asked.known, expectation: asked.known.map { _ in expectation })
    if let connections { trace.takeConnections(connections) }
    // What is said of one service is said once.
    for note in trace.notes
    where note.subject.frontends != nil || note.subject.kind == .service || !notes.contains(note) {
      notes.append(note)
    }
    let forwarding =
      asked.isWhole ? trace.forwarding : trace.forwarding.partial("only some of the service's frontends were asked for")
    let item = ServiceList.Item(
      service: summary.map(ServiceReport.init), frontends: trace.frontends.map { FrontendReport($0, hasPath: false) },
      findings: trace.findings.filter { !proxy.findings.contains($0) },
      // Told when all services have shown how kube-proxy was started.
      forwarding: ForwardingDigest())
    return (item, forwarding)
  }
}

extension ServiceList.Item {
  fileprivate var hasDrift: Bool { findings.contains { $0.id.isDrift && $0.severity != .info } }
}

/// Answers a request on one node.
public struct ServiceTracer {
  let node: any Node
  let context: ServiceContext
  let proxy: ProxyRules
  let port: KubeProxyPort
  /// Where one packet comes from, if that is asked.
  private let origin: TraceOrigin?
  let frontendTracer: FrontendTracer

  private init(
    _ node: any Node, context: ServiceContext, origin: TraceOrigin?, hasGraph: Bool, others: [OtherDataplane],
    port: KubeProxyPort, budget: WalkBudget
  ) throws {
    self.node = node
    self.context = context
    self.origin = origin
    self.port = port
    proxy = try ProxyRules(node, families: context.families, others: others, port: port)
    let nodes = context.cluster?.nodes ?? []
    let ranges = { (object: NodeObject) in object.podCIDRs.compactMap { IPPrefix($0) } }
    frontendTracer = FrontendTracer(
      node: node, budget: budget, hasGraph: hasGraph, tellsFates: context.tellsForwarding,
      nodePodRanges: nodes.filter { $0.metadata.name == context.node }.flatMap(ranges),
      podRanges: nodes.flatMap(ranges),
      nodeAddresses: context.internalAddresses(of: node),
      localPods: context.node.flatMap { context.cluster?.podAddresses(on: $0) } ?? [],
      clusterNodes: nodes.flatMap { $0.ips("InternalIP") + $0.ips("ExternalIP") })
  }

  /// The answer, of one state of the rules.
  /// - Throws: `TraceError` where there is nothing to answer, `MissingKubeProxy` where nobody has programmed any service,
  ///   `KernelError` where the kernel could not be read or its
  ///   rules changed all the time.
  public static func trace(_ request: TraceRequest, _ node: any Node) throws -> ServiceTrace {
    try answer(request.context, origin: request.origin, hasGraph: request.hasGraph, node) { tracer in
      do {
        let trace = try tracer.trace(request)
        let verdicts = trace.frontends.map(\.trace.verdict)
        if !verdicts.isEmpty, let missing = tracer.missingKubeProxy(verdicts) { throw missing }
        return trace
      } catch let error as TraceError where request.context.cluster == nil {
        throw tracer.missingKubeProxy([]) ?? error as any Error
      }
    }
  }

  /// Gives `body` a tracer on one state of the rules, more than once if they change meanwhile.
  static func answer<Answer>(
    _ context: ServiceContext, origin: TraceOrigin? = nil, hasGraph: Bool = false, _ node: any Node,
    _ body: (ServiceTracer) throws -> Answer
  ) throws -> Answer {
    let others = try OtherDataplane.present(on: node)
    let port = KubeProxyPort(of: node, named: context.release)
    // One for all attempts.
    let budget = WalkBudget(seconds: context.timeLimit)
    return try node.filter.consistently {
      try body(
        ServiceTracer(
          node, context: context, origin: origin, hasGraph: hasGraph, others: others, port: port, budget: budget))
    }
  }

  func trace(_ request: TraceRequest) throws -> ServiceTrace {
    switch request.target {
    case .service(let namespace, let name, let port, let transport):
      let asked = AskedPort(port: port, transport: transport)
      do {
        return try trace(NamespacedName(namespace ?? request.namespace, name), asked)
      } catch TraceError.noSuchService where namespace == nil {
        throw try noSuchService(word: name, in: request.namespace)
      }
    case .namespace(let namespace): throw try servicesOf(namespace)
    case .chain(let chain): return try trace(chain)
    case .address(let address, let port, let transport):
      return try trace(
        Place(address: address, port: port, transport: transport), text: describe(address, port, transport))
    case .nodePort(let port, let transport):
      return try trace(Place(address: nil, port: port, transport: transport), text: describe(nil, port, transport))
    }
  }

  private func describe(_ address: IPAddress?, _ port: UInt16?, _ transport: TransportProtocol?) -> String {
    let place = address.map { address in port.map { "\(SocketAddress(address, port: $0))" } ?? "\(address)" }
    return (place ?? ":\(port ?? 0)") + (transport.map { "/\($0)" } ?? "")
  }

  // MARK: - By name

  func trace(_ name: NamespacedName, _ port: AskedPort) throws -> ServiceTrace {
    let known = context.cluster?.service(name)
    let index = try needsIndex(known) ? RuleIndex(node, proxy.installations, mode: proxy.expectedMode) : nil
    let programmed = index?.entries(of: name) ?? []
    guard known != nil || !programmed.isEmpty else {
      let names = names(index).map(\.description)
      throw TraceError.noSuchService(
        "\(name)", nearest: nearest(to: "\(name)", in: names), hasAPI: context.cluster != nil)
    }
    let expectation = expectation(of: known.map { [$0] } ?? [], layout: index?.layout)
    let questions = questions(expectation.frontends(of: known), programmed)
    let ofFamily = questions.filter { context.families.contains($0.frontend.family) }
    if ofFamily.isEmpty, !questions.isEmpty, let family = context.families.first {
      throw TraceError.noSuchFamily(service: "\(name)", family)
    }
    let asked = ofFamily.filter { $0.has(port) }
    if let port = port.text, asked.isEmpty {
      let ports = Set(questions.map { "\($0.portText)" }).sorted()
      throw TraceError.noSuchPort(service: "\(name)", port: port, ports: ports)
    }
    var trace = try answer(asked, service: summary(name, known), known: known, expectation: expectation)
    if asked.count < questions.count {
      trace.forwarding = trace.forwarding.partial("only some of the service's frontends were asked for")
    }
    return trace
  }

  /// In nftables mode the maps are asked by key; they are read whole only for what the API does not know.
  private func needsIndex(_ service: Service?) throws -> Bool {
    guard let service, proxy.expectedMode == .nftables else { return true }
    let expected = expectation(of: []).frontends(of: service)
    return try NftablesLeftovers(node, expected: expected).areThere(service, context.families)
  }

  /// - Parameter layout: what the rules look like; nil where they were not looked at as a whole.
  func expectation(of services: [Service], layout: ReleaseRange? = nil) -> Expectation {
    Expectation(
      context: context, layout: layout ?? proxy.layout, mode: proxy.expectedMode, services: services, port: port)
  }

  /// What the API has, and what the rules have beside it.
  func questions(_ expected: [ExpectedFrontend], _ programmed: [RuleIndex.Entry]) -> [Question] {
    var questions = expected.map { Question(frontend: Frontend($0), expected: $0, service: $0.name) }
    let places = Set(questions.map(\.frontend.place))
    for entry in programmed where !places.contains(entry.frontend.place) {
      questions.append(Question(frontend: entry.frontend, expected: nil, service: entry.service))
    }
    return questions
  }

  func summary(_ name: NamespacedName, _ service: Service?) -> ServiceSummary {
    ServiceSummary(name: name, type: service?.type, clusterIPs: service.map { $0.clusterIPs.filter { $0 != "None" } })
  }

  // MARK: - By address and node port

  /// An address and port as a client uses them.
  private struct Place {
    /// nil: a node port.
    var address: IPAddress?
    /// nil: all that the address serves.
    var port: UInt16?
    var transport: TransportProtocol?

    func contains(_ frontend: Frontend, isLocal: (IPAddress) -> Bool) -> Bool {
      guard port == nil || frontend.port == port, transport == nil || frontend.transport == transport else {
        return false
      }
      guard let address else { return frontend.kind == .nodePort }
      if frontend.address == address { return true }
      return frontend.kind == .nodePort && port != nil && frontend.family == address.family && isLocal(address)
    }
  }

  private func trace(_ place: Place, text: String) throws -> ServiceTrace {
    let isLocal = { (address: IPAddress) in node.localAddresses?.contains { $0.contains(address) } ?? false }
    // Which addresses a service has does not depend on the release.
    let anyRelease = expectation(of: [])
    for service in context.cluster?.services ?? [] {
      func questions(_ expectation: Expectation) -> [Question] {
        self.questions(expectation.frontends(of: service), []).filter {
          place.contains($0.frontend, isLocal: isLocal) && context.families.contains($0.frontend.family)
        }
      }
      guard !questions(anyRelease).isEmpty else { continue }
      let readsIndex = context.release.version == nil && proxy.expectedMode != .nftables
      let layout = readsIndex ? try RuleIndex(node, proxy.installations, mode: proxy.expectedMode).layout : nil
      let expectation = expectation(of: [service], layout: layout)
      var trace = try answer(
        questions(expectation).map { $0.at(place.address) }, service: summary(service.metadata.namespacedName, service),
        known: service, expectation: expectation)
      trace.forwarding = trace.forwarding.partial(Self.askedByAddress)
      return trace
    }
    return try traceUnknown(place, text: text)
  }

  /// An address that no service of the API has, or without the API: the rules alone tell.
  private func traceUnknown(_ place: Place, text: String) throws -> ServiceTrace {
    let questions = try guesses(place).flatMap(atEachAddress)
    var found: [Question] = []
    for question in questions {
      let trace = try frontendTracer.trace(question.frontend)
      guard trace.verdict != .unhandled else { continue }
      found.append(question.named(by: trace))
    }
    guard !found.isEmpty else { throw try noSuchPlace(place.address == nil ? place.port : nil, place.transport, text) }
    let service = found.lazy.compactMap(\.service).first?.service
    var trace = try answer(
      found, service: service.map { ServiceSummary(name: $0, type: nil, clusterIPs: nil) }, known: nil,
      expectation: nil)
    trace.forwarding = trace.forwarding.partial(Self.askedByAddress)
    return trace
  }

  private static let askedByAddress =
    "it was asked for by an address, and other frontends of the service were not looked at"

  /// The virtual services of an address, which in IPVS mode no rule names.
  private func virtualServices(at address: IPAddress?) throws -> [Question] {
    try node.ipvs.services().compactMap { service in
      guard case .address(let own, let transport) = service.key, own.address == address else { return nil }
      return Question(
        frontend: Frontend(
          kind: nil, family: own.address.family, address: own.address, port: own.port, transport: transport),
        expected: nil, service: nil)
    }
  }

  private func guesses(_ place: Place) throws -> [Question] {
    guard let port = place.port else {
      if proxy.expectedMode == .ipvs { return try virtualServices(at: place.address) }
      let index = try RuleIndex(node, proxy.installations)
      return index.entries.filter { $0.frontend.address == place.address }.map {
        Question(frontend: $0.frontend, expected: nil, service: $0.service)
      }
    }
    let families = place.address.map { [$0.family] } ?? context.families
    let transports: [TransportProtocol] = place.transport.map { [$0] } ?? [.tcp, .udp, .sctp]
    return families.flatMap { family in
      transports.map { transport in
        Question(
          frontend: Frontend(
            kind: place.address == nil ? .nodePort : nil, family: family, address: place.address, port: port,
            transport: transport), expected: nil, service: nil)
      }
    }
  }

  /// Where new connections go to an address and port, whoever has it.
  /// - Parameter service: whose it is by the API; nil where that does not say.
  func destinations(of place: FrontendAddress, _ service: NamespacedName?) throws -> FrontendDestinations {
    let guess = Frontend(
      kind: nil, family: place.family, address: place.address, port: place.port, transport: place.transport)
    var question = Question(frontend: guess, expected: nil, service: nil)
    if let service, let known = context.cluster?.service(service) {
      let all = questions(expectation(of: [known]).frontends(of: known), []).map { $0.at(place.address) }
      if let meant = all.first(where: { $0.frontend.place == place }) { question = meant }
    }
    let trace = try frontendTracer.trace(question.frontend).doubted(by: proxy)
    return FrontendDestinations(
      FrontendAnswer(trace: trace, expected: question.expected, cluster: context.cluster, node: context.node))
  }

  // MARK: - Answers

  func answer(
    _ questions: [Question], service: ServiceSummary?, known: Service?, expectation: Expectation?
  ) throws -> ServiceTrace {
    // The one packet first: it is what was asked for, whatever the answer for all costs.
    let one = try origin.map { try answerOne(questions, $0) }
    var answers = try questions.flatMap(atEachAddress).flatMap { question in
      let trace = try frontendTracer.trace(question.frontend).doubted(by: proxy)
      let others = try otherAddresses(question, trace)
      return trace.byAddress.map {
        var answer = FrontendAnswer(
          trace: $0, expected: question.expected, cluster: context.cluster, node: context.node)
        answer.otherAddresses = others
        return answer
      }
    }
    var findings = proxy.findings
    var notes =
      proxy.notes
      + node.filter.unreadTables.map { Note(.node, "table \($0) was not looked at: it has too many chains to list") }
      + node.filter.unfollowedTables.map {
        Note(
          .node,
          "table \($0) is not followed: its chains may drop what bridges carry"
        )
      }
    if let known, let expectation {
      let comparison = Comparison(
        service: known, answers: answers, expectation: expectation,
        internalAddresses: context.internalAddresses(of: node),
        markDrop: try markDrop(for: answers), virtualAddresses: try virtualAddresses(of: answers))
      findings += comparison.findings
      notes += comparison.notes
      if let explanation = comparison.explanation {
        for index in answers.indices where comparison.drift(answers[index], answers[index].expected) != nil {
          answers[index].explanation = explanation
        }
      }
      if let note = noteOnDNS(of: known) { notes.append(note) }
    } else {
      findings += Finding.withoutAPI(answers, of: service?.name)
      if context.cluster == nil {
        notes.append(
          Note(.api, "without the API: names are from the rules' comments, and what should be there is not known"))
      } else if let service {
        findings.append(.unknownToAPI(service.name, answers))
      }
    }
    findings += Finding.droppedByRule(one ?? answers, of: service?.name)
    findings += Finding.unroutable(one ?? answers, of: service?.name)
    findings += try repliesElsewhere(one ?? [], of: service?.name)
    if let note = port.note { notes.append(Note(.node, note)) }
    // Nothing is compared without an expectation, and a release is only shown.
    let release = expectation?.release ?? self.expectation(of: []).told
    var trace = ServiceTrace(
      node: answeringNode, proxy: proxy.identity(release: release), service: service,
      frontends: answers, findings: findings, notes: notes, forwarding: forwarding(answers, known, expectation))
    // What is wrong with the service is the same, whoever sends.
    if let one, let origin {
      trace.frontends = one.map { $0.keepingAffinity(of: answers) }
      if one.isEmpty {
        trace.notes.append(Note(origin.subject, "it has no address of a family that the service has"))
      }
    }
    return trace
  }

  private func forwarding(
    _ answers: [FrontendAnswer], _ known: Service?, _ expectation: Expectation?
  ) -> ServiceForwarding {
    guard context.tellsForwarding else { return ServiceForwarding([], implied: nil, nodeAddresses: []) }
    let addresses = context.internalAddresses(of: node)
    let implied = expectation.flatMap { expectation in
      known.map { service in
        ImpliedForwarding(
          frontends: expectation.frontends(of: service), mode: proxy.expectedMode, versions: expectation.versions,
          nodeAddresses: addresses)
      }
    }
    return ServiceForwarding(answers, implied: implied, nodeAddresses: addresses)
  }

  /// What becomes of one packet.
  private func answerOne(_ questions: [Question], _ origin: TraceOrigin) throws -> [FrontendAnswer] {
    try questions.flatMap(atEachAddress).compactMap { question in
      try frontendTracer.trace(question.frontend, from: origin).map { found in
        FrontendAnswer(
          trace: found.trace.doubted(by: proxy), origin: found.origin, expected: question.expected,
          cluster: context.cluster, node: context.node)
      }
    }
  }

  /// Who answers.
  var answeringNode: AnsweringNode { AnsweringNode(name: context.node, kernel: node.kernel?.text) }

  /// In IPVS mode: the addresses of frontends that have a virtual service, and whether they are the node's own.
  private func virtualAddresses(of answers: [FrontendAnswer]) throws -> [IPAddress: Bool] {
    guard proxy.expectedMode == .ipvs, let local = node.localAddresses else { return [:] }
    let wanted = Set(answers.compactMap(\.trace.frontend.address))
    let served = try node.ipvs.services().compactMap { service -> IPAddress? in
      if case .address(let address, _) = service.key { address.address } else { nil }
    }
    return Dictionary(
      wanted.intersection(served).map { address in
        (address, local.contains { $0.contains(address) })
      }
    ) { first, _ in first }
  }

  /// Looked at only where something that should be dropped is not.
  private func markDrop(for answers: [FrontendAnswer]) throws -> MarkDrop {
    let undropped = answers.first {
      $0.expected?.verdict == .drop && $0.trace.verdict == .unhandled || $0.letsOtherSourcesGo
    }
    guard let family = undropped?.trace.frontend.family else { return .absent }
    guard let table = proxy.natTable(family) else { return .absent }
    return try MarkDrop(node.filter, table: table)
  }
}

/// One frontend to trace.
struct Question {
  var frontend: Frontend
  var expected: ExpectedFrontend?
  var service: ServicePortName?

  /// As a user names a port: by name or number, the service's or the node's.
  func has(_ asked: AskedPort) -> Bool {
    guard asked.transport == nil || frontend.transport == asked.transport else { return false }
    guard let port = asked.port else { return true }
    if let number = UInt16(port) { return frontend.port == number || expected?.servicePort == number }
    return (service?.port ?? frontend.portName) == port
  }

  var portText: String {
    let name = service?.port ?? ""
    return name.isEmpty ? "\(expected?.servicePort ?? frontend.port)" : name
  }

  /// A node port asked for at one address of the node.
  func at(_ address: IPAddress?) -> Question {
    guard frontend.kind == .nodePort, let address else { return self }
    var question = self
    question.frontend.address = address
    return question
  }

  /// With what the rules' comments on its way say of it.
  func named(by trace: FrontendTrace) -> Question {
    var question = self
    let (comments, chain) = (trace.comments, trace.nftablesChain)
    question.service = trace.servicePort
    question.frontend.portName = question.service?.port
    if question.frontend.kind == nil {
      let isClusterIP = chain?.kind == .service || chain?.kind == .local
      question.frontend.kind =
        comments.lazy.compactMap(\.frontend).first ?? trace.path.lazy.compactMap(\.kind).first
        ?? (isClusterIP ? .clusterIP : nil)
      question.frontend.isExternal = question.frontend.kind?.isExternal ?? (chain != nil)
    }
    return question
  }
}

extension FrontendAnswer {
  /// With the frontend's session affinity, which in nftables mode no rule shows that a client meets who has no endpoint yet.
  fileprivate func keepingAffinity(of answers: [FrontendAnswer]) -> FrontendAnswer {
    guard trace.verdict == .forward, trace.affinitySeconds == nil else { return self }
    var answer = self
    let frontend = trace.frontend
    answer.trace.affinitySeconds =
      answers.lazy.filter { $0.trace.frontend.isSame(as: frontend) }.compactMap(
        \.trace.affinitySeconds
      ).first
    return answer
  }
}

extension Frontend {
  /// Whether it is the same, a node port at whatever address.
  fileprivate func isSame(as other: Frontend) -> Bool {
    let isHere = address == other.address || kind == .nodePort
    return isHere && port == other.port && transport == other.transport && family == other.family && kind == other.kind
  }
}

extension FrontendTrace {
  /// The service port that kube-proxy wrote the rules for, by their comments or, in nftables mode, the names of chains.
  var servicePort: ServicePortName? { comments.first?.port ?? nftablesChain?.port }

  fileprivate var comments: [RuleComment] { rules.flatMap(\.rule.comments).compactMap { RuleComment($0) } }

  fileprivate var nftablesChain: NftablesName? {
    rules.lazy.compactMap { $0.target.flatMap { NftablesName($0) } }.first
  }

  private var rules: [RuleStep] { (path + endpoints.compactMap(\.translation)).compactMap(\.rule) }
}

extension Step {
  /// The kind of frontend that a chain of kube-proxy's is for, where all of its rules are for one.
  fileprivate var kind: FrontendKind? {
    guard let chain else { return nil }
    if chain.name == WellKnownChain.nodePorts.rawValue { return .nodePort }
    return chain.name == WellKnownChain.services.rawValue && chain.table.name == "filter" ? .clusterIP : nil
  }
}

extension Frontend {
  /// A frontend that the API implies.
  init(_ expected: ExpectedFrontend) {
    self.init(
      kind: expected.kind, family: expected.family, address: expected.address, port: expected.port,
      transport: expected.transport, portName: expected.name.port)
  }
}

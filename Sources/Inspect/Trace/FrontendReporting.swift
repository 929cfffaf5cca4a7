extension FrontendReport {
  init(_ answer: FrontendAnswer, hasPath: Bool = true) {
    let trace = answer.trace
    self.init(
      transport: trace.frontend.transport, family: trace.frontend.family, address: trace.frontend.address,
      port: trace.frontend.port, verdict: trace.verdict, masquerade: trace.masquerade.kind,
      affinitySeconds: trace.affinitySeconds,
      endpoints: answer.endpoints.map { EndpointReport($0).with(answer.connections) })
    kind = trace.frontend.kind
    portName = trace.frontend.portName
    reason = trace.reason
    dataplane = trace.dataplane
    when = trace.when
    from = answer.origin.map(OriginReport.init)
    hooks = trace.hooks.isEmpty ? nil : trace.hooks.map(\.chainName)
    packets = trace.countedPackets
    exceptions = trace.exceptions.isEmpty ? nil : trace.exceptions.map(ExceptionReport.init)
    masqueradeWhen = trace.masquerade.when
    if hasPath { path = trace.path.enumerated().map { StepReport($1, isLeading: trace.leading.contains($0)) } }
    graph = trace.graph
    unused = answer.unused.isEmpty ? nil : answer.unused.map { EndpointReport($0).with(answer.connections) }
    let strays = answer.strays.prefix(FrontendAnswer.mostStrays).map(StrayConnections.init)
    self.strays = strays.isEmpty ? nil : strays
    virtualServices = trace.virtualServices.isEmpty ? nil : trace.virtualServices.map { VirtualServiceReport($0) }
    expected = answer.expected.map(ExpectedReport.init)
    uncompared = answer.obstacle ?? answer.explanation
  }
}

extension FrontendReport {
  /// The same, with the pods that have the addresses of strays.
  func naming(_ holders: [IPAddress: Known<ObjectName>]) -> FrontendReport {
    var report = self
    report.strays = strays?.map { stray in
      var stray = stray
      if stray.kind == .notAnEndpoint { stray.pod = holders[stray.address] }
      return stray
    }
    return report
  }
}

extension FrontendTrace {
  /// What the rule that picks the frontend has counted: the first that names its service, else the last.
  fileprivate var countedPackets: UInt64? {
    let steps = leading.map { path[$0] }
    let naming = steps.first { $0.rule?.rule.comments.contains { RuleComment($0) != nil } == true }
    return (naming ?? steps.last)?.counters?.packets
  }
}

extension Masquerade {
  fileprivate var kind: MasqueradeKind {
    switch self {
    case .always: .always
    case .never: .never
    case .conditional: .conditional
    case .uncertain: .uncertain
    }
  }
}

extension OriginReport {
  init(_ origin: PacketOrigin) {
    let isLocal = origin.isLocalOutput
    let interface: Known<String>? = isLocal ? Known.none : origin.interface.map(Known.some)
    let kind: Kind
    var pod: ObjectName?
    switch origin.origin {
    case .node: kind = .node
    case .external: kind = .external
    case .addresses(_, let name):
      kind = name == nil ? .address : .pod
      pod = name.map(ObjectName.init)
    }
    self.init(kind: kind, pod: pod, local: isLocal, address: origin.source, interface: interface)
  }
}

extension ExceptionReport {
  init(_ exception: OtherOutcome) {
    self.init(
      verdict: exception.verdict, reason: exception.reason, when: exception.when, share: exception.share)
  }
}

extension EndpointReport {
  /// The same, with the connections that there are to it.
  fileprivate func with(_ connections: FrontendConnections?) -> EndpointReport {
    var endpoint = self
    endpoint.connections = connections.map { $0.groups[place]?.counts ?? ConnectionCounts() }
    return endpoint
  }
}

extension StrayConnections {
  init(_ stray: Stray) {
    self.init(
      kind: stray.isTranslated ? .notAnEndpoint : .notTranslated, address: stray.endpoint.address,
      port: stray.endpoint.port, connections: stray.group.counts)
  }
}

extension StepReport {
  init(_ step: Step, isLeading: Bool) {
    switch step {
    case .rule(let step):
      self.init(kind: .rule, target: step.target)
      rule = step.place.number
      handle = step.rule.handle
      text = step.rule.text(in: step.chain)
      syntax = step.chain.table.isNative ? .nft : .iptables
    case .policy:
      self.init(kind: .policy, target: nil)
    case .virtualService(let service):
      self.init(kind: .virtualService, target: nil)
      virtualService = service.key.description
      text = service.saveText.first
      syntax = .ipvsadm
    }
    table = step.chain?.table.name
    chain = step.chain?.name
    packets = step.counters?.packets
    bytes = step.counters?.bytes
    leading = isLeading ? true : nil
  }
}

extension EndpointReport {
  init(_ endpoint: EndpointAnswer) {
    let trace = endpoint.trace
    self.init(
      address: trace.address.address, port: trace.address.port, share: trace.share, when: trace.when)
    source = trace.seenSource
    mark = trace.mark
    chain = trace.translation?.chain?.name
    rule = trace.translation?.rule?.place.number
    virtualService = trace.translation?.virtualService?.key.description
    packets = trace.counters?.packets
    bytes = trace.counters?.bytes
    pod = endpoint.pod.map { .some(ObjectName($0)) } ?? (endpoint.isKnownWithoutPod ? Known.none : nil)
    node = endpoint.node
    local = endpoint.isLocal
    interface = endpoint.interface
    ready = endpoint.ready
    serving = endpoint.serving
    terminating = endpoint.terminating
    hairpinMasquerade = trace.isHairpinMasqueraded
    draining = trace.realServer == nil ? nil : trace.isDraining
    realServer = trace.realServer.map { RealServerReport($0) }
  }
}

extension EndpointReport {
  /// An endpoint that gets no packet.
  init(_ endpoint: UnusedEndpoint) {
    self.init(address: endpoint.expected.address.address, port: endpoint.expected.address.port)
    pod = endpoint.expected.pod.map { .some(ObjectName($0)) } ?? Known.none
    node = endpoint.expected.nodeName
    local = endpoint.isLocal
    ready = endpoint.expected.isReady
    serving = endpoint.expected.isServing
    terminating = endpoint.expected.isTerminating
  }
}

import Inspect

extension Document {
  /// The promised form of a trace: fields are added, never renamed.
  init(_ trace: Trace) throws {
    self = try .object([
      ("apiVersion", "kpx/v1"), ("kind", "Trace"), ("node", .optional(trace.node)),
      ("proxy", Document(trace.proxy)), ("service", trace.service.map { Document($0) } ?? .null),
      ("api", trace.api.map { Document($0) } ?? .null),
      ("frontends", .array(trace.frontends.map { try Document($0) })),
      ("findings", .array(trace.findings.map { try Document($0) })),
      ("notes", .array(trace.notes.map { try Document($0) })),
      ("verification", trace.verification.map { .array($0.map { Document($0) }) }),
    ])
  }

  /// The promised form of a list of services: of each frontend what a trace says, without the path.
  init(_ list: ServiceList) throws {
    self = try .object([
      ("apiVersion", "kpx/v1"), ("kind", "ServiceList"), ("node", .optional(list.node)),
      ("proxy", Document(list.proxy)), ("api", list.api.map { Document($0) } ?? .null),
      (
        "items",
        .array(
          list.items.map { item in
            try .object([
              ("service", item.service.map { Document($0) } ?? .null),
              ("frontends", .array(item.frontends.map { try Document($0, hasPath: false) })),
              ("findings", .array(item.findings.map { try Document($0) })),
            ])
          })
      ),
      ("findings", .array(list.findings.map { try Document($0) })),
      ("notes", .array(list.notes.map { try Document($0) })),
    ])
  }

  private init(_ proxy: Proxy) {
    self = .object([
      ("mode", .string(proxy.mode.rawValue)), ("backend", .optional(proxy.backend?.rawValue)),
      ("version", .optional(proxy.version.map { "\($0.major).\($0.minor)" })),
      ("versionSource", .optional(proxy.version == nil ? nil : proxy.versionSource)),
    ])
  }

  private init(_ api: APIOrigin) {
    self = .object([
      ("source", .string(api.source)), ("context", .optional(api.context)), ("server", .optional(api.server)),
      ("credential", .optional(api.credential)),
    ])
  }

  private init(_ service: ServiceSummary) {
    self = .object([
      ("namespace", .string(service.name.namespace)), ("name", .string(service.name.name)),
      ("type", .optional(service.type)),
      ("clusterIPs", service.clusterIPs.map { .array($0.map(Document.string)) }),
    ])
  }

  private init(_ origin: PacketOrigin) {
    var pod: Document?
    if case .addresses(_, let name) = origin.origin { pod = name.map { Document($0) } }
    self = .object([
      ("kind", .string(origin.origin.word)), ("pod", pod), ("local", .bool(origin.isLocalOutput)),
      ("address", .optional(origin.source?.description)),
      ("interface", origin.isLocalOutput ? .null : .optional(origin.interface)),
    ])
  }

  private init(_ answer: FrontendAnswer, hasPath: Bool = true) throws {
    let trace = answer.trace
    let (masquerade, when) = trace.masquerade.words
    let place: [(String, Document?)] = try [
      ("kind", .optional(trace.frontend.kind?.rawValue)), ("portName", .optional(trace.frontend.portName)),
      ("protocol", .string(trace.frontend.transport.description)), ("family", .string(trace.frontend.family.rawValue)),
      ("address", .nullable(trace.frontend.address?.description)), ("port", .integer(Int64(trace.frontend.port))),
      ("verdict", .string(trace.verdict.rawValue)), ("reason", trace.reason.map { try Document($0) }),
      ("when", trace.when.map { try Document($0) }), ("from", answer.origin.map { Document($0) }),
    ]
    let way: [(String, Document?)] = try [
      ("exceptions", trace.exceptions.isEmpty ? nil : .array(trace.exceptions.map { try Document($0) })),
      ("masquerade", .string(masquerade)), ("masqueradeWhen", when.map { try Document($0) }),
      ("affinitySeconds", trace.affinitySeconds.map { .integer(Int64($0)) } ?? .null),
      ("path", hasPath ? .array(trace.path.map { Document($0) }) : nil),
      ("endpoints", .array(answer.endpoints.map { try Document($0) })),
      ("virtualServices", trace.virtualServices.isEmpty ? nil : .array(trace.virtualServices.map { Document($0) })),
      ("expected", answer.expected.map { Document($0) }),
    ]
    self = .object(place + way)
  }

  private init(_ exception: Exception) throws {
    self = try .object([
      ("verdict", .string(exception.verdict.rawValue)), ("reason", exception.reason.map { try Document($0) }),
      ("when", exception.when.map { try Document($0) } ?? .null),
      ("share", .number(exception.share)),
    ])
  }

  private init(_ step: Step) {
    self = .object([
      ("table", .string(step.chain.table.name)), ("chain", .string(step.chain.name)),
      ("rule", step.number.map { .integer(Int64($0)) } ?? .null),
      ("text", .optional(step.rule?.text(in: step.chain) ?? step.virtualService?.saveText.first)),
      ("target", .nullable(step.target)),
      ("packets", step.counters.map { .count($0.packets) }), ("bytes", step.counters.map { .count($0.bytes) }),
    ])
  }

  private init(_ endpoint: EndpointAnswer) throws {
    let counters = endpoint.trace.counters
    let kernel: [(String, Document?)] = try [
      ("address", .string(endpoint.trace.address.address.description)),
      ("port", .integer(Int64(endpoint.trace.address.port))), ("share", endpoint.trace.share.map(Document.number)),
      ("when", endpoint.trace.when.map { try Document($0) } ?? .null),
      ("source", .optional(endpoint.trace.seenSource?.description)),
      ("mark", endpoint.trace.mark.map { .integer(Int64($0)) }),
      ("chain", .optional(endpoint.trace.translation?.chain.name)),
      ("packets", counters.map { .count($0.packets) }), ("bytes", counters.map { .count($0.bytes) }),
    ]
    let api: [(String, Document?)] = [
      ("pod", endpoint.pod.map { Document($0) } ?? (endpoint.isKnownWithoutPod ? .null : nil)),
      ("node", .optional(endpoint.node)), ("local", endpoint.isLocal.map(Document.bool)),
      ("interface", .optional(endpoint.interface)),
      ("ready", endpoint.ready.map(Document.bool)), ("serving", endpoint.serving.map(Document.bool)),
      ("terminating", endpoint.terminating.map(Document.bool)),
      ("hairpinMasquerade", endpoint.trace.isHairpinMasqueraded.map(Document.bool)),
      ("draining", endpoint.trace.realServer == nil ? nil : .bool(endpoint.trace.isDraining)),
      ("realServer", endpoint.trace.realServer.map { Document($0) }),
    ]
    self = .object(kernel + api)
  }

  private init(_ name: NamespacedName) {
    self = .object([("namespace", .string(name.namespace)), ("name", .string(name.name))])
  }

  private init(_ expected: ExpectedFrontend) {
    self = .object([
      ("verdict", .string(expected.verdict.word)), ("reason", .optional(expected.verdict.reason)),
      ("endpoints", .array(expected.endpoints.map { .string("\($0.address)") })),
      ("notes", .array(expected.notes.map { .string("\($0)") })),
    ])
  }

  private init(_ verification: Verification) {
    self = .object([
      ("family", .optional(verification.table.family?.rawValue)), ("table", .string(verification.table.name)),
      ("chains", .integer(Int64(verification.chainCount))), ("rules", .integer(Int64(verification.ruleCount))),
      ("differences", .integer(Int64(verification.differenceCount))),
      ("changing", .integer(Int64(verification.changingCount))),
      ("first", .array(verification.differences.map { .string("\($0)") })),
      ("backend", .string(verification.table.backend.rawValue)), ("with", .string(verification.peer)),
      ("note", .optional(verification.note)),
    ])
  }
}

extension TraceOrigin {
  var word: String {
    switch self {
    case .node: "node"
    case .external: "external"
    case .addresses(_, let pod): pod == nil ? "address" : "pod"
    }
  }
}

extension Masquerade {
  /// The word, and for which packets where it is not for all or none.
  var words: (word: String, when: PacketCondition?) {
    switch self {
    case .always: ("always", nil)
    case .never: ("never", nil)
    case .conditional(let when): ("conditional", when)
    case .uncertain: ("uncertain", nil)
    }
  }
}

extension ExpectedVerdict {
  var word: String {
    switch self {
    case .forward: "forward"
    case .reject: "reject"
    case .drop: "drop"
    case .unhandled: "unhandled"
    case .unknown: "unknown"
    }
  }
}

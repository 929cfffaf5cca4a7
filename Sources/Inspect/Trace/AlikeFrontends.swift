/// Answers for frontends whose rules differ in addresses, ports, names and comments alone: the first is walked, and the others
/// have its answer with what is their own.
final class AlikeFrontends {
  fileprivate struct Known {
    let trace: FrontendTrace
    /// The places of its rules, and its endpoints, by their order.
    let rules: [RuleReference: Int]
    let endpoints: [SocketAddress: Int]
  }

  private let node: any Node
  private let podRanges: [[IPPrefix]]
  private let localPods: Set<IPAddress>
  /// Fewer are walked one by one in less time than the rules take that all have in common.
  private let fewest: Int
  private var asked = 0
  /// nil for a family of which nothing is shared.
  private var shapes: [IPFamily: ServiceShapes?] = [:]
  private var known: [ServiceShape.Key: Known] = [:]
  /// Services of a node have few shapes: for each number of endpoints some.
  private static let mostKnown = 4096

  /// - Parameters:
  ///   - podRanges: of clients that answers tell apart.
  ///   - localPods: those of this node, of which each is reached by itself.
  ///   - fewest: how many are walked before.
  init(_ node: any Node, podRanges: [[IPPrefix]], localPods: Set<IPAddress>, after fewest: Int) {
    self.node = node
    self.podRanges = podRanges
    self.localPods = localPods
    self.fewest = fewest
  }

  /// The answer for a frontend: of one that is alike, or by `walk`.
  /// - Parameter isShared: whether what a walk found may be used for others.
  func trace(
    _ frontend: Frontend, isShared: (Frontend) throws -> Bool, walk: () throws -> FrontendTrace
  ) throws -> FrontendTrace {
    asked += 1
    guard asked > fewest, try isShared(frontend), let shape = try shape(of: frontend) else { return try walk() }
    if let known = known[shape.key] { return known.trace(of: frontend, shape) }
    let trace = try walk()
    guard known.count < Self.mostKnown, let found = Known(trace, shape) else { return trace }
    known[shape.key] = found
    return trace
  }

  private func shape(of frontend: Frontend) throws -> ServiceShape? {
    let family = frontend.family
    if shapes[family] == nil {
      let isPlain = try node.ipvs.services().isEmpty && !node.filter.hasAmbiguousNATOrder(family: family)
      let common = isPlain ? try CommonRules(node, family, podRanges: podRanges) : nil
      shapes[family] = .some(common.map { ServiceShapes(node, $0, localPods: localPods) })
    }
    return try shapes[family]??.shape(of: frontend)
  }
}

extension AlikeFrontends.Known {
  /// nil where more was found than where packets go: what is said of that may name the frontend's own.
  fileprivate init?(_ trace: FrontendTrace, _ shape: ServiceShape) {
    let rules = Dictionary(shape.rules.enumerated().map { ($1.place, $0) }) { first, _ in first }
    let endpoints = Dictionary(shape.endpoints.enumerated().map { ($1, $0) }) { first, _ in first }
    func isAsRead(_ step: Step?) -> Bool {
      guard case .rule(let step)? = step, let place = rules[step.place] else { return true }
      return step == RuleStep(shape.rules[place].rule, at: step.place)
    }
    let named = trace.sentTo + trace.sentToFromPods + trace.markedInVain + trace.keepingSource
    guard trace.isPlain, !trace.masquerade.names(shape), trace.path.allSatisfy(isAsRead),
      trace.endpoints.allSatisfy({ $0.isPlain && isAsRead($0.translation) && endpoints[$0.address] != nil }),
      named.allSatisfy({ endpoints[$0] != nil })
    else { return nil }
    self.init(trace: trace, rules: rules, endpoints: endpoints)
  }

  /// The answer for another frontend of the same shape.
  fileprivate func trace(of frontend: Frontend, _ shape: ServiceShape) -> FrontendTrace {
    func own(_ step: Step) -> Step {
      guard case .rule(let step) = step, let place = rules[step.place] else { return step }
      let placed = shape.rules[place]
      return .rule(RuleStep(placed.rule, at: placed.place))
    }
    func own(_ endpoint: SocketAddress) -> SocketAddress { endpoints[endpoint].map { shape.endpoints[$0] } ?? endpoint }
    var trace = trace
    trace.frontend = frontend
    trace.path = trace.path.map(own)
    for place in trace.endpoints.indices {
      trace.endpoints[place].address = own(trace.endpoints[place].address)
      trace.endpoints[place].translation = trace.endpoints[place].translation.map(own)
    }
    trace.sentTo = trace.sentTo.map(own)
    trace.sentToFromPods = trace.sentToFromPods.map(own)
    trace.markedInVain = trace.markedInVain.map(own)
    trace.keepingSource = trace.keepingSource.map(own)
    return trace
  }
}

extension FrontendTrace {
  /// Whether all packets are forwarded, and there is nothing to say of any beside.
  fileprivate var isPlain: Bool {
    verdict == .forward && reason == nil && when == nil && exceptions.isEmpty && losses.isEmpty && diversion == nil
      && affinitySeconds == nil && graph == nil && listening.isEmpty && virtualServices.isEmpty && fates == nil
  }
}

extension EndpointTrace {
  fileprivate var isPlain: Bool { when == nil && seenSource == nil && mark == nil && realServer == nil }
}

extension Masquerade {
  /// Whether the packets that it is for are told by an address of a frontend's own.
  fileprivate func names(_ shape: ServiceShape) -> Bool {
    guard let when else { return self == .uncertain }
    let text = "\(when.text) \(String(describing: when.any))"
    return ([shape.address] + shape.endpoints.map(\.address)).contains { text.contains("\($0)") }
  }
}

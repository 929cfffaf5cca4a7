/// Holds how one node forwards against how another does, frontend by frontend.
struct ForwardingComparison {
  let before: ForwardedNode
  let after: ForwardedNode

  /// What a service is on one side.
  typealias Form = (ForwardedNode.Item) -> CanonicalForwarding?

  /// - Parameters:
  ///   - first: which form of the first side's services is compared; what its API implies, or what its kernel does.
  ///   - second: of the second side's.
  func compare(_ first: Form, _ second: Form, into diff: inout ForwardingDiff) {
    var others = Dictionary(grouping: after.items) { $0.name }
    for (name, items) in before.items.grouped(by: \.name) {
      compare(items, others.removeValue(forKey: name) ?? [], first, second, into: &diff)
    }
    for items in others.values { compare([], items, first, second, into: &diff) }
    diff.differences.sort { $0.order < $1.order }
    diff.nodeDifferences = nodeDifferences
  }

  private func compare(
    _ old: [ForwardedNode.Item], _ new: [ForwardedNode.Item], _ first: Form, _ second: Form,
    into diff: inout ForwardingDiff
  ) {
    let (one, other) = (old.first, new.first)
    let name = (one?.name ?? other?.name).map(ObjectName.init)
    let (left, right) = (CanonicalForwarding(old.map(first)), CanonicalForwarding(new.map(second)))
    guard let was = left.form, let now = right.form else {
      let doubts = [left.doubt.map { "before: \($0)" }, right.doubt.map { "now: \($0)" }].compactMap(\.self)
      diff.counts.uncertain += 1
      diff.differences.append(
        ForwardingDiff.Difference(
          service: name, frontend: nil, kind: .uncertain, modes: [], before: nil, after: nil, text: doubts))
      return
    }
    let judge = FrontendJudge(before: before, after: after, one: one, other: other)
    let all = (was.frontends + now.frontends).grouped(by: \.place).map(\.key)
    for place in all {
      let (was, now) = (was[place], now[place])
      guard was != now else {
        diff.counts.same += 1
        continue
      }
      let (kind, modes) = judge.kind(place, was, now)
      diff.counts.count(kind)
      diff.differences.append(
        ForwardingDiff.Difference(
          service: name, frontend: place, kind: kind, modes: modes, before: was, after: now,
          text: FrontendChange(was, now).sentences))
    }
  }

  // MARK: - The node as a whole

  private var nodeDifferences: [ForwardingDiff.NodeDifference] {
    let (old, new) = (before.traits, after.traits)
    return [
      difference(.nodePortAddresses, old.nodePorts, new.nodePorts, \.text),
      difference(.loopbackNodePorts, old.loopback, new.loopback) {
        $0 ? "node ports answer at 127.0.0.1" : "node ports do not answer at 127.0.0.1"
      },
      difference(.otherPorts, old.otherPorts, new.otherPorts) { "other ports of cluster IPs: \($0.past)" },
      difference(.localClusterIPs, old.areClusterIPsLocal, new.areClusterIPsLocal) {
        $0 ? "cluster IPs are the node's own addresses" : "cluster IPs are no addresses of the node's"
      },
    ].compactMap(\.self)
  }

  private func difference<Value: Hashable>(
    _ id: ModeDifference, _ old: Value?, _ new: Value?, _ text: (Value) -> String
  ) -> ForwardingDiff.NodeDifference? {
    guard let old, let new, old != new else { return nil }
    let isOfModes =
      before.mode != after.mode && before.traits.isUsual(id, in: before.mode)
      && after.traits.isUsual(id, in: after.mode)
    return ForwardingDiff.NodeDifference(
      id: id, kind: isOfModes ? .mode : .differ, before: text(old), after: text(new))
  }
}

extension CanonicalForwarding {
  /// What rules say no name of is many services for the rules, and one for who compares. What a side does not have at all it does
  /// nothing with.
  fileprivate init(_ forms: [CanonicalForwarding?]) {
    let known = forms.compactMap(\.self)
    self =
      known.first { $0.doubt != nil } ?? .certain(Forwarding(known.compactMap(\.form).flatMap(\.frontends)))
  }
}

extension Forwarding {
  fileprivate subscript(place: FrontendAddress) -> ForwardedFrontend? { frontends.first { $0.place == place } }
}

extension ForwardingDiff.Counts {
  fileprivate mutating func count(_ kind: ForwardingDiff.Kind) {
    switch kind {
    case .differ: differ += 1
    case .settings: settings += 1
    case .mode: mode += 1
    case .release: release += 1
    case .uncertain: uncertain += 1
    }
  }
}

extension ForwardingDiff.Difference {
  /// Worst first, then by name.
  fileprivate var order: Order {
    Order(
      kind: ForwardingDiff.Kind.allCases.firstIndex(of: kind) ?? 0, service: service?.description ?? "~",
      frontend: frontend?.text ?? "")
  }

  fileprivate struct Order: Comparable {
    var kind: Int
    var service: String
    var frontend: String

    static func < (left: Order, right: Order) -> Bool {
      (left.kind, left.service, left.frontend) < (right.kind, right.service, right.frontend)
    }
  }
}

extension NodeTraits.Reach {
  fileprivate var text: String {
    switch self {
    case .all: "node ports are served at all addresses of the node"
    case .only(let addresses):
      "node ports are served at \(addresses.map(\.description).joined(separator: ", ")) alone"
    }
  }
}

extension NodeTraits {
  /// Whether it is as a kube-proxy does it that was started without options for it.
  fileprivate func isUsual(_ id: ModeDifference, in mode: ProxyMode) -> Bool {
    switch id {
    case .nodePortAddresses:
      switch nodePorts {
      case .all: mode != .nftables
      case .only(let addresses): mode == .nftables && addresses.count == 1
      case nil: false
      }
    case .loopbackNodePorts: loopback == (mode == .iptables)
    // Of IPVS mode since 1.26.
    case .otherPorts: mode == .iptables ? otherPorts == .unhandled : otherPorts == .reject || mode == .ipvs
    case .localClusterIPs: areClusterIPsLocal == (mode == .ipvs)
    case .localWithoutEndpoints, .localFromInside, .ownPackets: false
    }
  }
}

/// Whether packets of a frontend get the node's address for their source.
extension FrontendSummary {
  var masquerade: Masquerade {
    let forwarded = cases.all.filter { $0.outcome.endpoint != nil }
    let yes = forwarded.filter { $0.isMasqueraded && !$0.set.isDisjoint(with: asked) }
    let no = forwarded.filter { !$0.isMasqueraded && !$0.set.isDisjoint(with: asked) }
    if [yes, no].contains(where: { union($0).intersection(asked).undecidedRule != nil }) { return .uncertain }
    if yes.isEmpty { return .never }
    if no.isEmpty { return .always }
    // What is said of packets that go nowhere does not matter.
    if let when = condition(yes, within: asked.intersection(union(yes + no))) { return .conditional(when) }
    guard routing != nil else { return .always }
    // One packet may be masqueraded by where it goes, as a pod's to itself.
    return .conditional(PacketCondition(sentTo: Set(yes.compactMap(\.outcome.endpoint)).sorted()))
  }

  var markedInVain: [SocketAddress] {
    leavingUnchanged.filter { item in item.branch.lastStep(where: \.isMarkForMasquerade) != nil }.endpoints
  }

  var keepingSource: [SocketAddress] { leavingUnchanged.filter { !$0.set.isDisjoint(with: client) }.endpoints }

  /// What leaves this node for an endpoint with the source that it came with.
  private var leavingUnchanged: [Case] {
    cases.all.filter { $0.branch.end == .forwarded && $0.outcome.endpoint != nil && !$0.isMasqueraded }
  }
}

extension PacketCondition {
  /// Packets that go to some endpoints.
  init(sentTo endpoints: [SocketAddress]) {
    let names = endpoints.map(\.description)
    self.init(
      text: "sent to " + names.joined(separator: ", "), any: [Alternative(endpoint: Values(in: names))])
  }
}

extension [Case] {
  fileprivate var endpoints: [SocketAddress] { Set(flatMap(\.destinations)).sorted() }
}

extension Step {
  /// A rule of kube-proxy's chain that marks what POSTROUTING is to masquerade.
  var isMarkForMasquerade: Bool {
    guard let name = chain?.name else { return false }
    return name == WellKnownChain.markMasquerade.rawValue || name == "mark-for-masquerade"
  }
}

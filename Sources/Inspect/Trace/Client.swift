/// A kind of client, by what is known of its packets.
public struct Client: Sendable {
  /// What holds for its packets.
  let facts: [Fact]

  /// A pod of this node.
  static func pod(detectors: LocalDetectors, podRanges: [IPPrefix]) -> Client {
    // Its own address range is the narrowest thing known; else what kube-proxy takes for local.
    let source = podRanges.isEmpty ? detectors.prefixes : podRanges
    return Client(
      facts: [Fact(.localOutput, false)] + source.prefix(1).map { Fact(.source($0)) }
        + detectors.interfaces.map { Fact($0) })
  }

  /// A machine outside the cluster.
  static func external(detectors: LocalDetectors, podRanges: [IPPrefix]) -> Client {
    Client(
      // Nobody outside has a route to a loopback address.
      facts: [Fact(.localOutput, false), Fact(.sourceType(.local), false)]
        + [IPPrefix("127.0.0.0/8"), IPPrefix("::1")].compactMap(\.self).map { Fact(.destination($0), false) }
        + Set(podRanges + detectors.prefixes).sorted().map { Fact(.source($0), false) }
        + detectors.interfaces.map { Fact($0, false) })
  }

  /// This node itself.
  static let node = Client(facts: [Fact(.localOutput, true)])

  /// Whether a packet of this client may be one for which `facts` hold.
  func mayMeet(_ facts: [Fact], packet: Packet, localAddresses: [IPPrefix]) -> Bool {
    let knowledge = Knowledge(packet: packet, facts: self.facts, localAddresses: localAddresses)
    return facts.allSatisfy { knowledge.decide($0) != false }
  }

  /// What of `facts` does not follow from who the client is.
  func remaining(_ facts: [Fact], packet: Packet, localAddresses: [IPPrefix]) -> [Fact] {
    let knowledge = Knowledge(packet: packet, facts: self.facts, localAddresses: localAddresses)
    return facts.filter { knowledge.decide($0) != true }
  }
}

extension Knowledge {
  /// Whether a fact holds; nil if it does not follow either way.
  func decide(_ fact: Fact) -> Bool? {
    if case .all(let parts) = fact.condition, decide(fact.condition) == nil {
      let decided = parts.map { decide($0) }
      if decided.contains(false) { return !fact.holds }
      return decided.allSatisfy { $0 == true } ? fact.holds : nil
    }
    return decide(fact.condition).map { $0 == fact.holds }
  }
}

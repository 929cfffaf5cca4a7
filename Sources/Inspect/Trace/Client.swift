/// A kind of client, by what is known of its packets.
public struct Client: Sendable {
  /// What holds for its packets.
  let facts: [Fact]

  /// A pod of this node.
  static func pod(detectors: LocalDetectors, podRanges: [IPPrefix]) -> Client {
    // Its own address range is the narrowest thing known; else what kube-proxy takes for local.
    let source = podRanges.isEmpty ? detectors.prefixes : podRanges
    return Client(
      facts: Packet.arrivingFacts + source.prefix(1).map { Fact(.source($0)) }
        + detectors.interfaces.map { Fact($0) })
  }

  /// A machine outside the cluster.
  /// - Parameter isToNode: whether its packets go to any of the node's addresses.
  static func external(detectors: LocalDetectors, podRanges: [IPPrefix], isToNode: Bool) -> Client {
    // Nobody outside has a route to a loopback address.
    let apart = isToNode ? Packet.factsOfNoLoopback : []
    return Client(
      facts: Packet.arrivingFacts + [Fact(.sourceType(.local), false)] + apart
        + Set(podRanges + detectors.prefixes).sorted().map { Fact(.source($0), false) }
        + detectors.interfaces.map { Fact($0, false) })
  }
}

extension Packet {
  /// What holds of packets that arrive: what comes by lo was sent by this node.
  static var arrivingFacts: [Fact] {
    [
      Fact(.localOutput, false), Fact(.inInterface(name: "", wildcard: false), false),
      Fact(.inInterface(name: "lo", wildcard: false), false),
    ]
  }
  /// What holds of packets to no loopback address.
  static var factsOfNoLoopback: [Fact] { IPPrefix.loopback.map { Fact(.destination($0), false) } }
  /// What holds of packets that this node sends: they came by no interface, whose name is empty.
  static var localOutputFacts: [Fact] { [Fact(.localOutput), Fact(.inInterface(name: "", wildcard: false))] }
}

import TestSupport
import Testing

@testable import Inspect

@Suite("Sets of packets: by which interface they come")
struct ArrivalsTests {
  private let space = PacketSpace(family: .v4, localAddresses: [])
  private let arrivals = Arrivals(
    attached: ["cali1": [address("10.244.1.5")], "cali2": [address("10.244.1.6"), address("10.244.1.7")]],
    interfaces: ["lo", "eth0", "cali1", "cali2"])
  private let spoofed = Condition.other(.reversePath(ReversePathMatch(flags: 8)))

  private func packets(_ facts: Fact...) -> PacketSet { PacketSet(space, facts) }
  private func from(_ text: String) -> Fact { Fact(.source(IPPrefix(address(text)))) }
  private func by(_ name: String, _ holds: Bool = true) -> Fact {
    Fact(.inInterface(name: String(name.prefix { $0 != "+" }), wildcard: name.hasSuffix("+")), holds)
  }

  /// The two classes, when rules asked for some interfaces and for the reverse path.
  private func classes() -> (pods: PacketSet, others: PacketSet) {
    for name in ["cali+", "cali1", "cali3"] { _ = packets(by(name)) }
    _ = packets(Fact(spoofed))
    let arriving = space.arriving(arrivals)
    return (PacketSet(space, arriving.attached), PacketSet(space, arriving.others))
  }

  @Test(
    "A pod's packets come by its interface with its address and pass the check by the reverse path, and no others do")
  func pods() {
    let pods = classes().pods
    #expect(!pods.isDisjoint(with: packets(from("10.244.1.5"), by("cali1"))))
    #expect(pods.isDisjoint(with: packets(from("10.244.1.5"), by("cali1", false))))
    #expect(pods.isDisjoint(with: packets(from("10.244.1.6"), by("cali1"))))
    #expect(!pods.isDisjoint(with: packets(from("10.244.1.7"), by("cali1", false), by("cali+"))))
    #expect(pods.isDisjoint(with: packets(from("10.244.9.9"))))
    #expect(pods.isDisjoint(with: packets(Fact(spoofed))))
    #expect(pods.isDisjoint(with: packets(Fact(.localOutput))))
  }

  @Test("What comes by another interface bears no pod's address, and comes by one that there is")
  func others() {
    let others = classes().others
    #expect(others.isDisjoint(with: packets(from("10.244.1.5"))))
    #expect(!others.isDisjoint(with: packets(from("203.0.113.7"), by("cali+", false))))
    #expect(others.isDisjoint(with: packets(by("cali3"))))
    #expect(!others.isDisjoint(with: packets(Fact(spoofed))))
  }

  @Test("Where packets come from is said by class, and not by lists of interfaces")
  func words() {
    let (pods, others) = classes()
    let local = PacketSet(space, Packet.localOutputFacts)
    let all = pods.union(others).union(local)
    #expect(packets(by("cali+")).union(local).text(within: all) == "from a pod of this node or from this node")
    #expect(others.union(local).text(within: all) == "from outside this node or from this node")
    #expect(
      packets(by("cali1"), Fact(spoofed, false)).union(others).text(within: all)
        == "from a pod of this node and source is 10.244.1.5, or from outside this node")
    #expect(packets(Fact(spoofed, false)).text(within: pods) == nil)
  }

  @Test("An interface that no rule tells from others takes part in what is said of them")
  func untold() {
    _ = packets(by("eth+"))
    let arriving = space.arriving(arrivals)
    let pods = PacketSet(space, arriving.attached)
    #expect(!pods.isDisjoint(with: packets(from("10.244.1.5"))))
    #expect(pods.isSubset(of: packets(by("eth+", false))))
  }

  @Test("fib saddr . iif oif is the same check, for nf_tables")
  func fib() {
    let value = NFTValue.fib(NFTFib(result: .interfaceIndex, flags: [.source, .inInterface, .mark]))
    let missing = Condition.other(
      .native(.comparison(NFTComparison(value: value, operation: .equal, data: [0, 0, 0, 0]))))
    _ = packets(Fact(missing), by("cali+"))
    let pods = PacketSet(space, space.arriving(arrivals).attached)
    #expect(pods.isDisjoint(with: packets(Fact(missing))))
    #expect(!pods.isEmpty)
  }
}

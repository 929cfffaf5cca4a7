import TestSupport
import Testing

@testable import Inspect

/// Random rules over chains that are there in every walk.
private struct RandomRules {
  var generator: SeededGenerator

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  private static let sources = ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", "192.0.2.0/24"]
  private static let interfaces = ["eth0", "eth+", "cali+", "cali1"]

  private mutating func match() -> Match {
    let not = generator.happens(30)
    switch Int.random(in: 0..<14, using: &generator) {
    case 12: return .to("192.0.2.1", not: not)
    case 13: return .destinationIs(.local, not: not)
    case 0, 1: return .from(generator.one(of: Self.sources), not: not)
    case 2: return .in(generator.one(of: Self.interfaces), not: not)
    case 3: return .out(generator.one(of: Self.interfaces), not: not)
    case 4: return .sport(generator.one(of: [0...1023, 1000...1999]), not: not)
    case 5: return .sourceIs(.local, not: not)
    case 6: return .sender(generator.one(of: [1, 2]))
    case 7: return .geoip
    case 8: return .recent(RecentMatch(operation: .check, name: "seen", mask: .mask(32, .v4)))
    case 9: return .marked(generator.one(of: [0, 1]), 1, not: not)
    case 10: return .connmarked(generator.one(of: [0, 2]), 2, not: not)
    default: return .chance(generator.one(of: [0.25, 0.5]))
    }
  }

  private mutating func actions(_ table: String, _ chain: String, _ next: [String]) -> [Action] {
    if table == "nat" && generator.happens(40) {
      let isSource = chain == "POSTROUTING"
      return [
        isSource
          ? generator.one(of: [.masquerading, .snat(to: "192.0.2.1")])
          : generator.one(of: [.dnat(to: "10.1.2.3:8080"), .dnat(to: "10.1.2.4:8080"), .redirect(to: 99)])
      ]
    }
    switch Int.random(in: 0..<12, using: &generator) {
    case 0, 1, 2: return next.isEmpty ? [] : [.jump(generator.one(of: next))]
    case 3: return next.isEmpty ? [.return] : [.goto(generator.one(of: next))]
    case 4: return [.return]
    case 5, 6: return [.orMark(generator.one(of: [1, 4]))]
    case 7: return [.mark(MarkAction(value: 1, mask: 0))]
    case 8:
      return [
        .connmark(
          ConnmarkAction(
            mode: generator.one(of: [.set, .save, .restore]), value: 2, connectionMask: .max, packetMask: .max))
      ]
    case 9: return [.accept]
    case 10: return table == "nat" ? [] : [generator.one(of: [.drop, .refuse()])]
    default: return generator.happens(30) ? [.strange] : []
    }
  }

  mutating func filter() -> FakePacketFilter {
    let drops = generator.happens(30) ? ["filter FORWARD"] : []
    let filter = FakePacketFilter(tables: ["mangle", "nat", "filter"], drops: drops)
    let hooks = [
      "mangle": ["PREROUTING", "FORWARD", "OUTPUT"], "nat": ["PREROUTING", "OUTPUT", "POSTROUTING"],
      "filter": ["FORWARD", "INPUT", "OUTPUT"],
    ]
    for table in ["mangle", "nat", "filter"] {
      for (index, own) in ["A", "B", "C"].enumerated() {
        let next = Array(["A", "B", "C"].dropFirst(index + 1))
        for _ in 0..<3 { append(table, own, next, filter) }
      }
      for chain in hooks[table] ?? [] {
        for _ in 0..<4 { append(table, chain, ["A", "B", "C"], filter) }
      }
    }
    return filter
  }

  private mutating func append(_ table: String, _ chain: String, _ next: [String], _ filter: FakePacketFilter) {
    if generator.happens(20) {
      // Rules of one source each, as a blocklist has them.
      let action: Action = generator.one(
        of: table == "nat" ? [.accept, .return] : [.accept, .return, .drop, .refuse()])
      for _ in 0..<3 { filter.append(table, chain, [.from(generator.one(of: Self.sources))], action) }
      return
    }
    let matches = (0..<Int.random(in: 0...2, using: &generator)).map { _ in match() }
    let rule = actions(table, chain, next)
    // One of them at most.
    if let action = rule.first {
      filter.append(table, chain, matches, action)
    } else {
      filter.append(table, chain, matches)
    }
  }
}

/// What becomes of a packet at the end of a branch, without how it came there.
private struct Fate: Hashable, CustomStringConvertible {
  let end: End
  let destination: AddressKnowledge
  let port: UInt16?
  let mark: Mark
  let connectionMark: Mark
  let translation: SourceTranslation

  init(_ branch: Branch) {
    end = branch.end
    // A packet to one of the node's own addresses, whichever.
    destination = branch.packet.destination == .known(address("192.0.2.1")) ? .local : branch.packet.destination
    port = branch.packet.destinationPort
    mark = branch.packet.mark
    connectionMark = branch.packet.connectionMark
    translation = branch.packet.sourceTranslation
  }

  var description: String {
    "\(end) to \(destination) \(port ?? 0), mark \(mark.value)/\(mark.known), \(connectionMark.value)/\(connectionMark.known), \(translation)"
  }
}

extension [Branch] {
  /// What becomes of one packet, with the share of each.
  fileprivate func fates(of packet: ConcretePacket? = nil) -> [Fate: Double] {
    reduce(into: [:]) { fates, branch in
      guard packet.map(branch.set.contains) ?? true else { return }
      fates[Fate(branch), default: 0] += branch.share
    }
  }
}

@Suite("Walk: what is said of all packets is what is said of each")
struct WalkPartitionTests {
  private let target = "203.0.113.5:80"

  private func concrete(
    _ space: PacketSpace, to destination: IPAddress, isLocalOutput: Bool, _ generator: inout SeededGenerator
  ) -> ConcretePacket {
    var packet = ConcretePacket(
      source: address(
        isLocalOutput ? "192.0.2.1" : generator.one(of: ["10.1.2.3", "10.1.2.4", "10.2.0.1", "192.0.2.77", "8.8.8.8"])),
      destination: destination)
    packet.isLocalOutput = isLocalOutput
    let interfaces = ["eth0", "eth1", "cali1", "cali2", "wlan0"]
    packet.inInterface = isLocalOutput ? "" : generator.one(of: interfaces)
    // What the node sends to itself leaves by lo.
    let isLooped = isLocalOutput && destination == packet.source
    packet.outInterface = isLooped ? "lo" : generator.one(of: interfaces)
    packet.outInterfaceAnew = generator.one(of: interfaces)
    packet.sourcePort = generator.one(of: [80, 1010, 1500, 50_000])
    packet.holding = Set(space.conditions.filter { _ in generator.happens(50) })
    return packet
  }

  /// A walk of that packet alone, of which all is known.
  private func walk(_ packet: ConcretePacket, _ filter: FakePacketFilter, opaque: [Condition]) throws -> [Branch] {
    var known = Packet.to("\(packet.destination):80", from: "\(packet.source)")
    known.sourcePort = packet.sourcePort
    known.outInterface = .known(packet.outInterface)
    let facts =
      opaque.map { Fact($0, packet.holding.contains($0)) }
      + [Fact(.outInterfaceAnew(name: packet.outInterfaceAnew, wildcard: false))]
    let walker = Walker(filter)
    if packet.isLocalOutput { return try walker.walkLocalOutput(known, assuming: facts) }
    known.inInterface = .known(packet.inInterface)
    return try walker.walkArriving(known, assuming: facts)
  }

  @Test("Shares of all ways of a packet are 1 in sum, and what becomes of it is what a walk of it alone finds")
  func shares() throws {
    for seed in 1...160 as ClosedRange<UInt64> {
      var rules = RandomRules(seed: seed)
      let filter = rules.filter()
      for isLocalOutput in [false, true] {
        // To an address that is known, or to one of the node's own.
        let isToNode = seed % 2 == 0
        let space = PacketSpace(family: .v4, localAddresses: filter.localAddresses ?? [])
        let walker = Walker(filter, space: space)
        var packet = isToNode ? Packet.toNode(80) : Packet.to(target)
        if isLocalOutput { packet.source = .local }
        let branches = try isLocalOutput ? walker.walkLocalOutput(packet) : walker.walkArriving(packet)
        for _ in 0..<12 {
          let one = concrete(
            space, to: address(isToNode ? "192.0.2.1" : "203.0.113.5"), isLocalOutput: isLocalOutput, &rules.generator)
          let found = branches.fates(of: one)
          #expect(abs(found.values.reduce(0, +) - 1) < 1e-6, "seed \(seed): \(one)")
          let expected = try walk(one, filter, opaque: space.conditions).fates()
          let differing = Set(found.keys).union(expected.keys).filter {
            abs((found[$0] ?? 0) - (expected[$0] ?? 0)) > 1e-6
          }.map { "\($0): \(found[$0] ?? 0), alone \(expected[$0] ?? 0)" }
          #expect(differing == [], "seed \(seed): \(one)")
        }
      }
    }
  }

  @Test("Ways that end alike with the same packets are one, and no set is empty")
  func branches() throws {
    for seed in 200...260 as ClosedRange<UInt64> {
      var rules = RandomRules(seed: seed)
      let branches = try Walker(rules.filter()).walkArriving(.to(target))
      #expect(branches.allSatisfy { !$0.set.isEmpty && $0.share > 0 && $0.share <= 1 })
      let ends = branches.map { "\($0.end) \($0.packet) \(String(describing: $0.recalled)) \($0.share)" }
      #expect(Set(ends).count == ends.count, "seed \(seed)")
    }
  }

  @Test("A walk that tells more packets apart than there is room for ends as uncertain and forwards nothing")
  func isFull() throws {
    let users = FakePacketFilter()
    let interfaces = FakePacketFilter()
    for number in 0...PacketSpace.mostConditions {
      users.append("filter", "FORWARD", [.sender(UInt32(number))], .drop)
      interfaces.append("filter", "FORWARD", [.in("veth\(number)")], .drop)
    }
    for filter in [users, interfaces] {
      filter.append("filter", "FORWARD", [.from("10.0.0.0/8")], .refuse())
      #expect(
        try arriving(.to(target), filter) == ["uncertain: the rules tell more packets apart than kpx has room for"])
    }
  }

  @Test("A chain that is met many times does each time what chains of its own with the same rules would do")
  func sharedChains() throws {
    for seed in 1...150 as ClosedRange<UInt64> {
      var generator = SeededGenerator(seed: seed)
      // What a called chain does: nothing, or something by chance, by where packets come from or by what they bear.
      let rules: [([Match], Action?)] = (0..<3).map { _ in
        let matches: [Match] = (0..<Int.random(in: 0...2, using: &generator)).map { _ in
          generator.one(of: [
            .chance(0.5), .from("10.0.0.0/8"), .in("eth0"), .marked(1, 1), .marked(4, 4, not: true), .sender(1),
          ])
        }
        let action: Action? = generator.one(of: [
          nil, .return, .mark(MarkAction(value: 1, mask: 0)), .orMark(4), .drop, .accept, .goto("INNER"),
          .jump("INNER"),
        ])
        return (matches, action)
      }
      let calls: [[Match]] = (0..<5).map { _ in
        generator.one(of: [[], [], [.chance(0.5)], [.marked(1, 1)], [.in("eth0")]])
      }
      let (shared, apart) = (FakePacketFilter(), FakePacketFilter())
      for (filter, isShared) in [(shared, true), (apart, false)] {
        for (index, matches) in calls.enumerated() {
          let suffix = isShared ? "" : "\(index)"
          filter.append("mangle", "FORWARD", matches, .jump("CALLED\(suffix)"))
          guard index == 0 || !isShared else { continue }
          for (matches, action) in rules {
            switch action {
            case nil: filter.append("mangle", "CALLED\(suffix)", matches)
            case .goto?: filter.append("mangle", "CALLED\(suffix)", matches, .goto("INNER\(suffix)"))
            case .jump?: filter.append("mangle", "CALLED\(suffix)", matches, .jump("INNER\(suffix)"))
            case let action?: filter.append("mangle", "CALLED\(suffix)", matches, action)
            }
          }
          filter.append("mangle", "INNER\(suffix)", [.from("10.1.0.0/16")], .return)
          filter.append("mangle", "INNER\(suffix)", [.chance(0.25)], .mark(MarkAction(value: 8, mask: 0)))
        }
      }
      #expect(try arriving(.to(target), shared) == arriving(.to(target), apart), "seed \(seed)")
    }
  }
}

@Suite("Walk: what real kube-proxies wrote")
struct CapturePartitionTests {
  @Test(
    "Shares of all ways to every frontend are 1 in sum, whoever sends", arguments: LegacyCapture.names)
  func frontends(name: String) throws {
    let localAddresses = try capturedAddresses(name)
    let node = try SavedNode(SavedMembers(Capture(name).members()), localAddresses: localAddresses)
    let proxy = try ProxyRules(
      node, families: IPFamily.allCases, others: [], port: KubeProxyPort(of: node, named: .unknown))
    let entries = try RuleIndex(node, proxy.installations).entries
    #expect(!entries.isEmpty)
    var spaces: [IPFamily: PacketSpace] = [:]
    for frontend in entries.map(\.frontend) {
      let space = spaces[frontend.family] ?? PacketSpace(family: frontend.family, localAddresses: localAddresses)
      spaces[frontend.family] = space
      var packet = Packet(
        transport: frontend.transport, family: frontend.family,
        destination: frontend.address.map(AddressKnowledge.known) ?? .local, destinationPort: frontend.port)
      let walker = Walker(node, space: space)
      let arriving = try walker.walkArriving(packet, assuming: [Fact(.sourceType(.local), false)])
      packet.source = .local
      let sent = try walker.walkLocalOutput(packet)
      for one in concrete(frontend, localAddresses) {
        // What clients that were noted before meet is beside what new ones do: of those nobody is.
        let ways = (one.isLocalOutput ? sent : arriving).filter { $0.set.contains(one) }
        let sum = ways.reduce(0) { $0 + $1.share }
        #expect(abs(sum - 1) < 1e-6, "\(frontend.text) from \(one.source) by \(one.inInterface): \(ways.map(\.text))")
      }
    }
  }

  private func concrete(_ frontend: Frontend, _ localAddresses: [IPPrefix]) -> [ConcretePacket] {
    let own = localAddresses.filter { $0.family == frontend.family && $0.isSingle }.map(\.address)
    let isV4 = frontend.family == .v4
    let destinations = frontend.address.map { [$0] } ?? own
    let sources =
      isV4
      ? ["10.244.16.10", "10.244.32.10", "203.0.113.77", "198.51.100.7"]
      : ["fd00:10:244:20::a", "fd00:10:244:1::5", "2001:db8:ffff::7"]
    return destinations.flatMap { destination in
      let arriving = sources.flatMap { source in
        ["eth0", "cali1", "cni0"].map { interface in
          var packet = ConcretePacket(source: address(source), destination: destination)
          packet.inInterface = interface
          packet.outInterface = "eth0"
          packet.outInterfaceAnew = "eth0"
          return packet
        }
      }
      let sent = own.map { source in
        var packet = ConcretePacket(source: source, destination: destination)
        packet.isLocalOutput = true
        packet.outInterface = "eth0"
        packet.outInterfaceAnew = "lo"
        return packet
      }
      return arriving + sent
    }
  }
}

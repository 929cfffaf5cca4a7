import TestSupport
import Testing

@testable import Inspect

@Suite("Legacy tables")
struct LegacyTableTests {
  /// The blobs were saved a moment after the text, with traffic going on.
  @Test("A capture's chains and rules print as iptables-save printed them", arguments: LegacyCapture.all)
  func printsWhatSavePrinted(capture: LegacyCapture) throws {
    let saved = try capture.savedLines().map(Line.init)
    let read = try lines(of: capture.read()).map(Line.init)
    try #require(!saved.isEmpty)
    #expect(read.map(\.text) == saved.map(\.text))
    for (later, earlier) in zip(read, saved) where later.packets < earlier.packets || later.bytes < earlier.bytes {
      Issue.record("\(later) has counted less than \(earlier)")
    }
  }

  @Test("A chain is found by name without having been jumped to", arguments: [IPFamily.v4, .v6])
  func chainByName(family: IPFamily) throws {
    let table = try LegacyCapture(name: "lab-iptables-legacy-v1.34", family: family, table: "nat").read()
    #expect(try table.chain(named: "KUBE-POSTROUTING") != nil)
    #expect(try table.chain(named: "KUBE-SVC-NOSUCHCHAIN") == nil)
    #expect(try table.forEachRule(in: "KUBE-SVC-NOSUCHCHAIN") { _, _ in true } == false)
  }

  @Test("A walk that stops early gets no further rule")
  func stopsEarly() throws {
    let table = try LegacyCapture(name: "lab-iptables-legacy-v1.34", family: .v4, table: "nat").read()
    var numbers: [Int] = []
    let found = try table.forEachRule(in: "KUBE-SERVICES") { number, _ in
      numbers.append(number)
      return number < 3
    }
    #expect(found)
    #expect(numbers == [1, 2, 3])
  }

  @Test(
    "A hint leaves out only rules that cannot match, and keeps the others' numbers",
    arguments: LegacyCapture.all.filter { $0.table != "mangle" })
  func hintAgreesWithDecodedHeaders(capture: LegacyCapture) throws {
    let table = try capture.read()
    let chains = try table.chains().map(\.name)
    let addresses =
      capture.family == .v4 ? ["10.96.0.1", "10.96.0.10", "192.0.2.1"] : ["fd00:10:96::a", "2001:db8::1"]
    for text in addresses {
      for transport in [TransportProtocol.tcp, .udp, .sctp] {
        let destination = try #require(IPAddress(text))
        let hint = RuleHint(destination: destination, transport: transport)
        for chain in chains {
          var kept: [Int] = []
          _ = try table.forEachRule(in: chain, hint: hint) { number, _ in
            kept.append(number)
            return true
          }
          let rules = try #require(try table.rules(of: chain))
          let wanted = rules.indices.filter { Self.mayMatch(rules[$0], destination, transport) }.map { $0 + 1 }
          #expect(kept == wanted, "\(chain) \(destination) \(transport)")
        }
      }
    }
  }

  @Test(
    "Of several destinations, or the node's own, only rules for other single addresses are left out, read or indexed",
    arguments: LegacyCapture.all.filter { $0.table != "mangle" })
  func severalDestinations(capture: LegacyCapture) throws {
    let table = try capture.read()
    let texts = capture.family == .v4 ? ["10.96.0.1", "10.96.0.10", "127.0.0.0/8"] : ["fd00:10:96::a", "::1"]
    let prefixes = try texts.map { try #require(IPPrefix($0)) }
    for count in 1...prefixes.count {
      var hint = RuleHint()
      hint.destinations = Array(prefixes[..<count])
      for chain in try table.chains().map(\.name) {
        let rules = try #require(try table.rules(of: chain)).enumerated().map { (number: $0 + 1, rule: $1) }
        let wanted = rules.filter { Self.mayMatch($0.rule, hint.destinations ?? []) }.map(\.number)
        var read: [Int] = []
        _ = try table.forEachRule(in: chain, hint: hint) { number, _ in
          read.append(number)
          return true
        }
        #expect(read == wanted, "\(chain)")
        var indexed: [Int] = []
        IndexedChain(rules).forEachRule(hint: hint) { number, _ in
          indexed.append(number)
          return true
        }
        #expect(indexed == wanted, "\(chain)")
      }
    }
  }

  @Test("Of a known port and protocol only rules for other ports are left out", arguments: 0..<100)
  func ports(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    func match() -> Match {
      let port = UInt16(random.one(of: [80, 81, 82]))
      let range = random.happens(80) ? port...port : port...(port + 1)
      switch random.one(of: [0, 1, 2, 3, 4]) {
      case 0: return .dport(range, not: random.happens(20))
      case 1: return .udp(UDPMatch(destination: PortMatch(range, inverted: random.happens(20))))
      case 2: return .sport(range)
      case 3: return .to("10.0.0.\(random.one(of: [1, 2]))", not: random.happens(20))
      default: return .marked(1)
      }
    }
    let rules = (1...random.one(of: [1, 30, 200])).map { number in
      (number: number, rule: Rule(matches: (0..<random.one(of: [0, 1, 2])).map { _ in match() }, actions: [.drop]))
    }
    let chain = IndexedChain(rules)
    for transport in [TransportProtocol.tcp, .udp, .sctp] {
      for ports: [UInt16]? in [nil, [80], [82, 80], [7]] {
        for destination in [nil, IPAddress("10.0.0.1")] {
          var hint = RuleHint(destination: destination, transport: transport)
          hint.destinationPorts = ports
          var met: [Int] = []
          chain.forEachRule(hint: hint) { number, _ in
            met.append(number)
            return true
          }
          #expect(met == met.sorted() && Set(met).count == met.count)
          // What a packet may match is among them.
          let left = rules.filter { !met.contains($0.number) }
          for port in ports ?? [80, 81, 82, 83] {
            for address in destination.map({ [$0] }) ?? ["10.0.0.1", "10.0.0.2", "10.0.0.3"].map(address) {
              #expect(left.allSatisfy { !Self.mayMatch($0.rule, address, port, transport) })
            }
          }
        }
      }
    }
  }

  private static func mayMatch(
    _ rule: Rule, _ destination: IPAddress, _ port: UInt16, _ transport: TransportProtocol
  ) -> Bool {
    func holds(_ match: PortMatch) -> Bool { match.range.contains(port) != match.inverted }
    return rule.matches.allSatisfy { match in
      switch match {
      case .destination(let test): (destination & test.mask == test.address) != test.inverted
      case .tcp(let test): transport == .tcp && holds(test.destination)
      case .udp(let test): transport == .udp && holds(test.destination)
      default: true
      }
    }
  }

  private static func mayMatch(_ rule: Rule, _ destinations: [IPPrefix]) -> Bool {
    rule.matches.allSatisfy { match in
      guard case .destination(let test) = match, !test.inverted, let prefix = test.prefix, prefix.isSingle else {
        return true
      }
      return destinations.contains { $0.contains(prefix.address) }
    }
  }

  @Test("Who asks for one of a thousand services' addresses by the index meets its rules and those for all, in order")
  func index() {
    func rule(_ address: IPAddress?) -> Rule {
      let mask = IPAddress.v4(.max)
      return Rule(matches: address.map { [.destination(AddressMatch(address: $0, mask: mask))] } ?? [], actions: [])
    }
    let rules = (1...1000).map { number in
      (number: number, rule: rule(number % 100 == 0 ? nil : .v4(UInt32(number % 500))))
    }
    let chain = IndexedChain(rules)
    var met: [Int] = []
    chain.forEachRule(hint: RuleHint(destination: .v4(7))) { number, _ in
      met.append(number)
      return true
    }
    #expect(met == [7, 100, 200, 300, 400, 500, 507, 600, 700, 800, 900, 1000])
    met = []
    chain.forEachRule(hint: .none) { number, _ in
      met.append(number)
      return number < 10
    }
    #expect(met == Array(1...10))
  }

  private static func mayMatch(_ rule: Rule, _ destination: IPAddress, _ transport: TransportProtocol) -> Bool {
    rule.matches.allSatisfy { match in
      switch match {
      case .destination(let test): (destination & test.mask == test.address) != test.inverted
      case .transport(let test): (transport == test.number) != test.inverted
      default: true
      }
    }
  }
}

/// A table's lines as `iptables-save -c` prints them.
func lines(of table: LegacyTable) throws -> [String] {
  var lines: [String] = []
  try table.forEachLine { lines.append($0) }
  return lines
}

/// A line of iptables-save -c, its counters taken out.
struct Line {
  let text: String
  let packets: UInt64
  let bytes: UInt64

  init(_ line: String) {
    let isChain = line.hasPrefix(":")
    let counters = isChain ? line.split(separator: " ").last : line.split(separator: " ").first
    let numbers = (counters ?? "").dropFirst().dropLast().split(separator: ":").compactMap { UInt64($0) }
    packets = numbers.first ?? .max
    bytes = numbers.last ?? .max
    let count = (counters ?? "").count
    text = String(isChain ? line.dropLast(count) : line.dropFirst(count))
  }
}

@Suite("How two readings of a legacy table compare")
struct LegacyComparisonTests {
  private static let capture = LegacyCapture(name: "yaobank-iptables-legacy-v1.34", family: .v4, table: "nat")

  private static func result(_ rules: Int...) -> Verification {
    var result = Verification(table: Table(backend: .legacy, family: .v4, name: "nat"), peer: "libip4tc")
    for rule in rules { result.add(.init(chain: "KUBE-SERVICES", rule: rule, direct: "a", other: "b")) }
    return result
  }

  @Test("A difference counts if it is there each time while the table stays; else the table only changed")
  func repeated() throws {
    let table = try Self.capture.read()
    let other = try LegacyCapture(name: "yaobank-drift-iptables-legacy-v1.34", family: .v4, table: "nat").read()
    func verify(_ results: [Verification], again: LegacyTable) throws -> (Verification, Int) {
      var compared = 0
      let result = try LegacyTable.verify(table) { _ in
        compared += 1
        return results[min(compared, results.count) - 1]
      } readAgain: {
        again
      }
      return (result, compared)
    }
    let same = Self.result()
    let different = Self.result(3, 7)
    #expect(try verify([same], again: table).1 == 1)
    #expect(try verify([different, same], again: table).0.isDoubtful == false)
    let real = try verify([different], again: table)
    #expect(real.0.differenceCount == 2 && real.0.changingCount == 0 && real.1 == Verification.attempts)
    for changed in [try verify([different], again: other), try verify([different, Self.result(4)], again: table)] {
      #expect(changed.0.differenceCount == 0 && changed.0.differences == [] && changed.0.changingCount == 1)
      #expect(changed.0.isDoubtful)
    }
  }

  @Test("Tables are the same whatever their counters, and differ by any other byte of a rule")
  func sameRules() throws {
    let info = try Self.capture.info()
    let entries = try Self.capture.entries()
    let table = try LegacyTable(info: info, entries: entries, family: .v4)
    let header = entries.count - table.blob.bytes.count
    let first = try table.blob.entry(at: 0)
    func changed(at offset: Int) throws -> LegacyTable {
      var bytes = entries
      bytes[header + offset] ^= 1
      return try LegacyTable(info: info, entries: bytes, family: .v4)
    }
    let counters = first.next + table.blob.layout.counters
    for offset in [counters, counters + 15] { #expect(try table.hasSameRules(as: changed(at: offset))) }
    for offset in [first.next, counters - 1, counters + 16, table.blob.bytes.count - 1] {
      #expect(try !table.hasSameRules(as: changed(at: offset)), "\(offset)")
    }
  }

  @Test("Entries are taken only if the table's description is the same before and after")
  func together() throws {
    let info = try LegacyInfo(Self.capture.info())
    var bytes = try Self.capture.info()
    bytes[36] ^= 8
    let moved = try LegacyInfo(bytes)
    func read(_ infos: LegacyInfo..., entries: Int?) throws -> Int? {
      var left = infos
      return try LegacySocket.together {
        left.removeFirst()
      } entries: { size in
        #expect(size == Int(infos[0].entriesSize))
        return entries
      }?.1
    }
    #expect(try read(info, info, entries: 5) == 5)
    // As large as before, and with chains in other places.
    #expect(try read(info, moved, entries: 5) == nil)
    #expect(try read(info, info, entries: nil) == nil)
  }
}

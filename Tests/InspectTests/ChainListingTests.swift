import TestSupport
import Testing

@testable import Inspect

/// Tables of a node of rules held in memory, whose state changes as often as is told.
private struct FakeTables: RuleTables {
  let chains: [ChainHead]
  /// What is told one after the other; the last one again and again.
  var generations: [UInt32] = [1]
  let asked = Counter()

  final class Counter {
    var count = 0
  }

  func tableHeads() -> [TableHead] {
    var tables: [Table] = []
    for chain in chains where !tables.contains(chain.chain.table) { tables.append(chain.chain.table) }
    return tables.map { TableHead(table: $0) }
  }

  func chainHeads(of tables: [Table]) -> [Table: [ChainHead]] {
    Dictionary(grouping: chains.filter { tables.contains($0.chain.table) }) { $0.chain.table }
  }

  func chainHead(_ reference: ChainReference) -> ChainHead? { chains.first { $0.chain == reference } }

  func otherTables() -> [String] { ["bridge filter"] }

  func generation() -> UInt32? {
    asked.count += 1
    return generations[min(asked.count, generations.count) - 1]
  }
}

private final class FakeNode: Node {
  let rules = FakePacketFilter(tables: [])
  var filter: any PacketFilter { rules }
  var tables: any RuleTables

  init(_ chains: [(table: Table, name: String)], generations: [UInt32] = [1]) {
    tables = FakeTables(
      chains: chains.map { ChainHead(chain: ChainReference(table: $0.table, name: $0.name)) }, generations: generations)
  }
}

private let nat = Table(backend: .legacy, family: .v4, name: "nat")

extension Session {
  /// The events of a listing, in few words.
  fileprivate func listed(_ query: ChainQuery) throws -> ChainAnswer<[String]> {
    try chains(query) { listing in
      var events: [String] = []
      try listing.forEach { events.append($0.words) }
      return events
    }
  }
}

extension ChainListing.Event {
  fileprivate var words: String {
    switch self {
    case .table(let table, let chains):
      "\(table.table.backend) \(table.table.qualifiedName): \(chains.map(\.chain.name).joined(separator: " "))"
    case .chain(let chain, let depth): "\(depth) chain \(chain.chain.name)"
    case .rule(let rule):
      "\(rule.depth) rule \(rule.chain.name) \(rule.number)"
        + rule.targets.map { " \($0.target.chain ?? "?") \($0.place)" }.joined()
    case .element(let element): "\(element.depth) element \(element.text)"
    case .endOfChain(let chain, _): "end \(chain.chain.name)"
    case .endOfTable: "end"
    case .cut: "cut"
    }
  }
}

@Suite("Chains, from what was asked to what is listed")
struct ChainListingTests {
  private func session(_ node: FakeNode) -> Session {
    var session = Session()
    // Asked on this thread alone.
    nonisolated(unsafe) let node = node
    session.openNode = { node }
    return session
  }

  private func query(_ name: String? = nil, table: String? = nil, tree: Bool = false) throws -> ChainQuery {
    var query = ChainQuery()
    query.name = name
    query.table = try table.map { try TableSelection($0) }
    query.isTree = tree
    return query
  }

  private static let tables: [(table: Table, name: String)] = [
    (nat, "A"), (Table(backend: .legacy, family: .v4, name: "filter"), "A"),
    (Table(backend: .nft, family: .v6, name: "nat"), "B"), (Table(backend: .nft, family: .v4, name: "kube-proxy"), "C"),
    (Table(backend: .nft, family: nil, name: "kube-proxy"), "A"),
    (Table(backend: .legacy, family: .v6, name: "kube-proxy"), "D"),
  ]

  @Test("Without a name the tables are those where services are; of one chain, all that have it")
  func selection() throws {
    let node = FakeNode(Self.tables)
    func tables(_ query: ChainQuery) throws -> [String] {
      try session(node).listed(query).value.filter { $0.contains(":") }
    }
    #expect(
      try tables(query()) == [
        "legacy ip nat: A", "nft ip6 nat: B", "nft ip kube-proxy: C", "nft inet kube-proxy: A",
      ])
    #expect(try tables(query("A")) == ["legacy ip nat: A", "legacy ip filter: A", "nft inet kube-proxy: A"])
    #expect(try tables(query(table: "nat")) == ["legacy ip nat: A", "nft ip6 nat: B"])
    #expect(try tables(query(table: "ip6 nat")) == ["nft ip6 nat: B"])
    #expect(try tables(query(table: "inet kube-proxy")) == ["nft inet kube-proxy: A"])
    #expect(try tables(query("A", table: "filter")) == ["legacy ip filter: A"])
    #expect(try tables(query(table: "all")).count == Self.tables.count)
    var onlyIPv6 = try query(table: "all")
    onlyIPv6.families = [.v6]
    #expect(try tables(onlyIPv6) == ["nft ip6 nat: B", "nft inet kube-proxy: A", "legacy ip6 kube-proxy: D"])
  }

  @Test("What is not there is said with near names", arguments: ["'ip nat'", "bridge nat", "a b c", ""])
  func noTableByThatName(text: String) {
    #expect(throws: TargetError.self) { try TableSelection(text) }
  }

  @Test("A chain or table that is not there is said with near names")
  func missing() throws {
    let node = FakeNode([(nat, "KUBE-SERVICES"), (nat, "KUBE-NODEPORTS")])
    #expect(throws: SessionError.noSuchChain("KUBE-SERVICE", nearest: ["KUBE-SERVICES"])) {
      try session(node).listed(query("KUBE-SERVICE"))
    }
    #expect(throws: SessionError.noSuchTable("nta", nearest: ["nat"])) { try session(node).listed(query(table: "nta")) }
    #expect(throws: SessionError.noSuchTable("ip6 nat", nearest: ["nat"])) {
      try session(node).listed(query("KUBE-SERVICES", table: "ip6 nat"))
    }
  }

  @Test("A node without nat has an empty answer and a note, and tables of bridges are said to be left out")
  func notes() throws {
    let empty = try session(FakeNode([])).listed(query())
    #expect(empty.value == [] && empty.addresses.notes.map(\.text).contains("there is no nat table here"))
    let notes = try session(FakeNode([(nat, "A")])).listed(query(table: "all")).addresses.notes.map(\.text)
    #expect(notes.contains("not shown, for kpx reads IP's tables alone: bridge filter"))
    #expect(
      try !session(FakeNode([(nat, "A")])).listed(query("A")).addresses.notes.contains { $0.text.contains("bridge") })
  }

  @Test("Where rules change all is read again, three times at most, and then it is said")
  func changes() throws {
    func readings(_ generations: [UInt32]) throws -> (Int, isNoted: Bool) {
      let node = FakeNode([(nat, "A")], generations: generations)
      nonisolated(unsafe) var count = 0
      let answer = try session(node).chains(query()) { _ in count += 1 }
      return (count, answer.addresses.notes.contains { $0.text.hasPrefix("the rules changed each time") })
    }
    #expect(try readings([1, 1]) == (1, false))
    #expect(try readings([1, 2, 3, 3]) == (2, false))
    #expect(try readings([1, 2, 3, 4, 5, 6]) == (3, true))
  }

  @Test("What a chain that is gone a moment later leads to is no error")
  func goneMeanwhile() throws {
    let node = FakeNode([(nat, "A")], generations: [1, 2, 2, 2])
    nonisolated(unsafe) var count = 0
    let answer = try session(node).chains(query()) { _ in
      count += 1
      if count == 1 { throw KernelError.unavailable("gone") }
      return count
    }
    #expect(answer.value == 2)
    #expect(throws: SessionError.kernel(.unavailable("gone"))) {
      _ = try session(FakeNode([(nat, "A")])).chains(query()) { _ in throw KernelError.unavailable("gone") }
    }
  }

  // MARK: - Trees

  @Test("A tree has below each jump what it leads to, each chain once")
  func tree() throws {
    let node = FakeNode([(nat, "A"), (nat, "B"), (nat, "C")])
    node.rules.append("nat", "A", [], .jump("B"))
    node.rules.append("nat", "A", [], .goto("C"))
    node.rules.append("nat", "A", [], .accept)
    node.rules.append("nat", "B", [], .jump("C"))
    node.rules.append("nat", "C", [], .return)
    #expect(
      try session(node).listed(query("A", tree: true)).value == [
        "legacy ip nat: A", "0 chain A", "0 rule A 1 B here", "1 chain B", "1 rule B 1 C here", "2 chain C",
        "2 rule C 1", "end C", "end B", "0 rule A 2 C above", "0 rule A 3", "end A", "end",
      ])
  }

  @Test("A tree of jumps that lead on and on ends, and says where")
  func deep() throws {
    let names = (0...ChainWalk.deepest + 5).map { "C\($0)" }
    let node = FakeNode(names.map { (nat, $0) })
    for (name, next) in zip(names, names.dropFirst()) { node.rules.append("nat", name, [], .goto(next)) }
    let events = try session(node).listed(query("C0", tree: true)).value
    #expect(events.count { $0.contains("tooDeep") } == 1)
    #expect(events.count { $0.contains(" chain ") } == ChainWalk.deepest + 1)
  }

  @Test("A tree of too many rules is cut, and says so; a list is not")
  func many() throws {
    let node = FakeNode([(nat, "A")])
    for _ in 0...ChainWalk.mostLines { node.rules.append("nat", "A", [], .accept) }
    let tree = try session(node).listed(query("A", tree: true)).value
    #expect(tree.count { $0.contains(" rule ") } == ChainWalk.mostLines)
    #expect(tree.suffix(3) == ["cut", "end A", "end"])
    let list = try session(node).listed(query("A")).value
    #expect(list.count { $0.contains(" rule ") } == ChainWalk.mostLines + 1 && !list.contains("cut"))
  }

  @Test("In a tree of nftables mode the elements of a map stand below its rule, each with the chain that it leads to")
  func elements() throws {
    var query = try query("services", table: "ip kube-proxy", tree: true)
    query.families = [.v4]
    let capture = try CapturedNode(Capture("yaobank-nftables-v1.34"))
    var session = Session()
    nonisolated(unsafe) let node = capture.node
    session.openNode = { node }
    let events = try session.listed(query).value
    let start = try #require(
      events.firstIndex {
        $0 == "1 element 10.96.188.204 . tcp . 80 : goto service-AJPIQSYU-yaobank/summary/tcp/http"
      })
    #expect(events[start + 1] == "2 chain service-AJPIQSYU-yaobank/summary/tcp/http")
    #expect(events[start + 2].hasPrefix("2 rule service-AJPIQSYU-yaobank/summary/tcp/http 1 mark-for-masquerade "))
  }
}

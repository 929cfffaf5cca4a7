import TestSupport
import Testing

@testable import Inspect
@testable import kpx

@Suite("Chains as text and as documents")
struct ChainTextTests {
  private static let nat = Table(backend: .legacy, family: .v4, name: "nat")
  private static let native = Table(backend: .nft, family: nil, name: "t")

  private func text(_ events: [ChainListing.Event], hasHeadings: Bool = true) -> String {
    var text = ChainText(terminal: Terminal(width: nil, hasColor: false), hasHeadings: hasHeadings)
    for event in events { text.add(event) }
    return text.text
  }

  private func rule(
    _ table: Table, _ rule: Rule, _ targets: [ListedTarget] = [], chain: String = "A", depth: Int = 0
  ) -> ChainListing.Event {
    .rule(
      ListedRule(
        chain: ChainReference(table: table, name: chain), number: 1, rule: rule, targets: targets, depth: depth))
  }

  private func head(_ table: Table, _ name: String) -> ChainHead {
    ChainHead(chain: ChainReference(table: table, name: name))
  }

  @Test("Nothing that somebody wrote into a rule, or called a chain, is obeyed by a terminal")
  func escapes() {
    for table in [Self.nat, Self.native] {
      let evil = head(table, "A\u{1b}[31m")
      let jump = Rule(
        matches: [.comment("a\u{1b}]0;x\u{7}\n\u{202e}b")], actions: [.jump("B\u{9b}")],
        counters: Counters(packets: 0, bytes: 0))
      var commented = head(table, "B")
      commented.comment = "\u{1b}[2J"
      let text = text([
        .table(TableHead(table: table), [evil]), .chain(evil, depth: 0), rule(table, jump), .endOfChain(evil, depth: 0),
        .chain(commented, depth: 0), .endOfChain(commented, depth: 0), .endOfTable(TableHead(table: table)),
      ])
      #expect(text.contains("\\x1b"))
      #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || $0 == "\t" || !$0.isUnsafeToPrint })
      #expect(!text.contains("\nb") && text.contains("a\\x1b]0;x\\x07\\n\\u{202e}b"))
    }
  }

  @Test("What cannot be decoded is said behind the rule: its bytes alone may be overlooked")
  func undecoded() {
    let unknown = UnknownExtension(name: "ttl", revision: 0, bytes: [0, 3], reason: "not known")
    let counters = Counters(packets: 1, bytes: 2)
    let match = Rule(matches: [.unknown(unknown)], actions: [.accept], counters: counters)
    #expect(
      text([rule(Self.nat, match)]) == "[1:2] -A A -m ttl [revision 0: 0003] -j ACCEPT  # not decoded: ttl: not known\n"
    )
    let target = Rule(matches: [], actions: [.unknown(unknown)], counters: counters)
    #expect(text([rule(Self.nat, target)]).hasSuffix("  # not decoded: ttl: not known\n"))
    let nft = Rule(matches: [], actions: [.native(.passive("dup"))])
    #expect(text([rule(Self.native, nft)]) == "\t\tdup  # not decoded: dup: its options are not read\n")
    let field = NFTComparison(value: .unknown(unknown), operation: .equal, data: [1])
    let test = Rule(matches: [.native(.comparison(field))], actions: [.drop])
    #expect(text([rule(Self.native, test)]).hasSuffix("  # not decoded: ttl: not known\n"))
  }

  @Test("A rule of others in iptables-nft's table has nft's words in brackets, and says so")
  func nativeInTable() {
    let table = Table(backend: .nft, family: .v4, name: "nat")
    let mark = NFTComparison(value: .field(.transportProtocol), operation: .notEqual, data: [6])
    let line = text([rule(table, Rule(matches: [.native(.comparison(mark))], actions: [.drop]))])
    #expect(line == "-A A [meta l4proto != tcp] -j DROP  # [nft's words]\n")
  }

  @Test("A base chain that iptables does not make says what enters it")
  func foreignBase() {
    let table = Table(backend: .nft, family: .v4, name: "nat")
    var own = head(table, "PREROUTING")
    own.base = BaseChain(chain: own.chain, hook: .prerouting, priority: -100, isNAT: true, policy: .accept)
    var other = head(table, "mine")
    other.base = BaseChain(chain: other.chain, hook: .output, priority: -95, isNAT: true, policy: .drop)
    other.type = "nat"
    #expect(
      text([.table(TableHead(table: table), [own, other]), .endOfTable(TableHead(table: table))]) == """
        # iptables-nft
        *nat
        :PREROUTING ACCEPT [0:0]
        :mine DROP [0:0]  # type nat hook output priority -95; policy drop;
        COMMIT

        """)
  }

  @Test("Priorities have nft's names where nft has one for the hook")
  func priorities() {
    func hook(_ hook: Hook, _ priority: Int32, netdev: Bool = false, devices: [String] = []) -> String? {
      var table = Self.native
      table.isNetdev = netdev
      var chain = head(table, "A")
      chain.base = BaseChain(
        chain: chain.chain, hook: hook, priority: priority, isNAT: false, policy: .accept, devices: devices)
      return chain.nftHook?.replacing("type filter hook ", with: "").replacing("; policy accept;", with: "")
    }
    #expect(hook(.prerouting, -110) == "prerouting priority dstnat - 10")
    #expect(hook(.prerouting, -100) == "prerouting priority dstnat")
    #expect(hook(.output, -100) == "output priority -100")
    #expect(hook(.postrouting, 105) == "postrouting priority srcnat + 5")
    #expect(hook(.input, 0) == "input priority filter")
    #expect(hook(.forward, 11) == "forward priority 11")
    #expect(hook(.forward, .min) == "forward priority -2147483648")
    #expect(hook(.ingress, 5, netdev: true, devices: ["lo"]) == "ingress device \"lo\" priority filter + 5")
    #expect(
      hook(.ingress, -300, netdev: true, devices: ["a", "b"]) == "ingress devices = { \"a\", \"b\" } priority -300")
  }

  @Test("A tree has each level further in, and without headings the rules alone")
  func indentation() {
    let (first, second) = (head(Self.native, "A"), head(Self.native, "B"))
    let target = ListedTarget(target: RuleTarget(chain: "B"), place: .here)
    let above = ListedTarget(target: RuleTarget(chain: "A"), place: .above)
    let events: [ChainListing.Event] = [
      .table(TableHead(table: Self.native, isDormant: true), [first]), .chain(first, depth: 0),
      rule(Self.native, Rule(matches: [], actions: [.jump("B")]), [target]), .chain(second, depth: 1),
      rule(Self.native, Rule(matches: [], actions: [.jump("A")]), [above], chain: "B", depth: 1),
      .element(ListedElement(table: Self.native, text: "1 : jump A", target: above, depth: 2)),
      .endOfChain(second, depth: 1), .endOfChain(first, depth: 0), .cut, .endOfTable(TableHead(table: Self.native)),
    ]
    #expect(
      text(events) == """
        table inet t {
        \tflags dormant

        \tchain A {
        \t\tjump B
        \t\t  chain B {
        \t\t    jump A  # (above)
        \t\t      1 : jump A  # (above)
        \t\t  }
        \t}
        # more rules than a tree can show: name a chain further down
        }

        """)
    #expect(
      text(events, hasHeadings: false) == """
        jump B
            jump A  # (above)
              1 : jump A  # (above)
        # more rules than a tree can show: name a chain further down

        """)
  }

  @Test("Those behind a rule's targets are named once each, pods as such")
  func names() {
    let name = NamespacedName("yaobank", "summary-1")
    let targets = ["E1", "E2"].map { ListedTarget(target: RuleTarget(chain: $0, owner: .pod(name)), place: .here) }
    let port = ServicePortName("yaobank", "summary", port: "http")
    let service = ListedTarget(target: RuleTarget(chain: "S", owner: .servicePort(port)), place: .above)
    #expect(
      text([rule(Self.native, Rule(matches: [], actions: [.accept]), targets + [service])])
        == "\t\taccept  # pod yaobank/summary-1, yaobank/summary:http (above)\n")
  }

  @Test("In a document a tree's chains stand one after the other, each with its own rules")
  func document() {
    let (first, second) = (head(Self.native, "A"), head(Self.native, "B"))
    var document = ChainDocument(node: AnsweringNode(name: nil))
    let map = ListedTarget(target: RuleTarget(chain: "B"), place: .here)
    for event: ChainListing.Event in [
      .table(TableHead(table: Self.native, isDormant: true), [first]), .chain(first, depth: 0),
      rule(Self.native, Rule(matches: [], actions: [.accept])),
      .element(ListedElement(table: Self.native, text: "1 : goto B", target: map, depth: 1)), .chain(second, depth: 2),
      rule(Self.native, Rule(matches: [], actions: [.drop]), chain: "B", depth: 2), .endOfChain(second, depth: 2),
      rule(Self.native, Rule(matches: [], actions: [.return])), .endOfChain(first, depth: 0), .cut,
      .endOfTable(TableHead(table: Self.native)),
    ] {
      document.add(event)
    }
    let chains = document.list.items
    #expect(chains.map(\.name) == ["A", "B"] && chains.allSatisfy { $0.isDormant == true })
    #expect(chains.map { $0.rules.map(\.text) } == [["accept", "return"], ["drop"]])
    #expect(chains[0].rules[0].targets?.map(\.element) == ["1 : goto B"] && document.list.isCut == true)
  }
}

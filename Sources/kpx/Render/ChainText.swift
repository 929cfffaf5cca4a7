import Inspect

/// Chains for a person at a terminal: as iptables-save and nft print them, and behind `#` what those do not know.
struct ChainText {
  private let terminal: Terminal
  private let hasHeadings: Bool
  private(set) var text = ""
  private var isFirstChain = true

  /// - Parameter hasHeadings: whether tables and chains have lines of their own.
  init(terminal: Terminal, hasHeadings: Bool) {
    self.terminal = terminal
    self.hasHeadings = hasHeadings
  }

  mutating func add(_ event: ChainListing.Event) {
    switch event {
    case .table(let table, let chains): begin(table, chains)
    case .chain(let chain, let depth): begin(chain, depth)
    case .rule(let rule): add(rule)
    case .element(let element): add(element)
    case .endOfChain(let chain, let depth): end(chain, depth)
    case .endOfTable(let table): end(table)
    case .cut: text += terminal.yellow("# more rules than a tree can show: name a chain further down") + "\n"
    }
  }

  // MARK: - Tables

  private mutating func begin(_ head: TableHead, _ chains: [ChainHead]) {
    isFirstChain = true
    guard hasHeadings else { return }
    let table = head.table
    if table.isNative {
      text += "table \(table.familyName) \(printable(table.name)) {\n"
      if head.isDormant { text += "\tflags dormant\n\n" }
      return
    }
    text += terminal.faint("# \(table.family == .v6 ? "ip6tables" : "iptables")-\(table.backend.rawValue)")
    text += "\n*\(printable(table.name))\n"
    for chain in chains {
      text += printable(chain.text, hasEscapes: true)
      if chain.isForeign, let hook = chain.nftHook { text += remark([hook]) }
      text += "\n"
    }
  }

  private mutating func end(_ head: TableHead) {
    guard hasHeadings else { return }
    text += head.table.isNative ? "}\n" : "COMMIT\n"
  }

  // MARK: - Chains

  private mutating func begin(_ chain: ChainHead, _ depth: Int) {
    guard hasHeadings, chain.chain.table.isNative else { return }
    let indent = Self.indent(2 * depth)
    if depth == 0 {
      if !isFirstChain { text += "\n" }
      isFirstChain = false
    }
    text += indent + "chain \(printable(chain.chain.name)) {" + handle(chain.handle) + "\n"
    let inner = Self.indent(2 * depth + 1)
    if let comment = chain.comment { text += inner + "comment \"\(printable(comment, hasEscapes: true))\"\n" }
    if let hook = chain.nftHook { text += inner + printable(hook) + "\n" }
  }

  private mutating func end(_ chain: ChainHead, _ depth: Int) {
    guard hasHeadings, chain.chain.table.isNative else { return }
    text += Self.indent(2 * depth) + "}\n"
  }

  // MARK: - Rules

  private mutating func add(_ rule: ListedRule) {
    let table = rule.chain.table
    text += ruleIndent(table, rule.depth)
    if table.isNative {
      text += printable(rule.rule.nftText(in: table), hasEscapes: true) + handle(rule.rule.handle)
    } else {
      if let counters = rule.rule.counters { text += counters.text + " " }
      text += printable(rule.rule.text(chain: rule.chain.name), hasEscapes: true)
    }
    text += remark(remarks(rule)) + "\n"
  }

  private mutating func add(_ element: ListedElement) {
    text += hasHeadings ? Self.indent(2 * element.depth) : String(repeating: "  ", count: 2 * element.depth - 1)
    text += printable(element.text, hasEscapes: true)
    text += remark(Self.names(element.target.map { [$0] } ?? [])) + "\n"
  }

  private func remarks(_ rule: ListedRule) -> [String] {
    var remarks = Self.names(rule.targets)
    if !rule.chain.table.isNative, rule.rule.hasNativeParts { remarks.append("[nft's words]") }
    return remarks + rule.rule.undecoded.map { "not decoded: \($0)" }
  }

  /// Who is behind the targets, each once.
  private static func names(_ targets: [ListedTarget]) -> [String] {
    var names: [String] = []
    for target in targets {
      var words: [String] = []
      if let owner = target.target.owner { words.append(owner.description) }
      switch target.place {
      case .here: break
      case .above: words.append("(above)")
      case .tooDeep: words.append("(too deep to follow)")
      }
      let name = words.joined(separator: " ")
      if !name.isEmpty, !names.contains(name) { names.append(name) }
    }
    return names
  }

  private func remark(_ remarks: [String]) -> String {
    remarks.isEmpty ? "" : terminal.faint("  # " + printable(remarks.joined(separator: ", ")))
  }

  /// nft writes it behind chains and rules.
  private func handle(_ handle: UInt64?) -> String { handle.map { " # handle \($0)" } ?? "" }

  // MARK: - Indentation

  /// A rule of nft's stands within its chain's braces.
  private func ruleIndent(_ table: Table, _ depth: Int) -> String {
    guard table.isNative else { return String(repeating: "  ", count: depth) }
    return hasHeadings ? Self.indent(2 * depth + 1) : String(repeating: "  ", count: 2 * depth)
  }

  /// Of chains and rules nft's own tabs, of what stands below them two blanks for each level.
  private static func indent(_ level: Int) -> String {
    level == 0 ? "\t" : "\t\t" + String(repeating: "  ", count: level - 1)
  }
}

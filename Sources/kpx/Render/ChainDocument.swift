import Inspect

/// Chains as a document has them, gathered from a listing: in a tree, a chain's rules come with others between them.
struct ChainDocument {
  private(set) var list: ChainList
  private var table: TableHead?
  /// Where the chains are in the list that have begun and not ended, outermost first.
  private var open: [Int] = []

  init(node: AnsweringNode) { list = ChainList(node: node, items: []) }

  mutating func add(_ event: ChainListing.Event) {
    switch event {
    case .table(let table, _): self.table = table
    case .chain(let chain, _):
      guard let table else { return }
      open.append(list.items.count)
      list.items.append(ChainReport(chain, in: table))
    case .rule(let rule):
      change { chain in
        chain.rules.append(
          ChainRuleReport(rule.rule, number: rule.number, in: rule.chain, targets: rule.targets.map(\.target)))
      }
    case .element(let element):
      change { chain in
        guard let last = chain.rules.indices.last else { return }
        chain.rules[last].targets =
          (chain.rules[last].targets ?? [])
          + [ChainTargetReport(element.target?.target, element: element.text)]
      }
    case .endOfChain: open.removeLast()
    case .endOfTable: table = nil
    case .cut: list.isCut = true
    }
  }

  /// Changes the chain that is being listed.
  private mutating func change(_ body: (inout ChainReport) -> Void) {
    guard let last = open.last else { return }
    body(&list.items[last])
  }
}

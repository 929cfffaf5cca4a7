/// Goes through chains rule by rule, and in a tree through what they lead to, each chain once.
struct ChainWalk {
  /// More than anybody reads.
  static let mostLines = 10_000
  /// nf_tables follows 16 jumps (NFT_JUMP_STACK_SIZE); `goto` may lead on for ever.
  static let deepest = 32

  private let node: any Node
  private let targets: RuleTargets
  private let isTree: Bool
  /// In a tree: chains that are shown, or about to be.
  private var shown: Set<ChainReference> = []
  private var lines = 0

  init(_ listing: ChainListing, isTree: Bool) {
    let node = listing.node
    self.node = node
    self.isTree = isTree
    targets = RuleTargets(names: listing.names) { chain, body in
      _ = try node.filter.forEachRule(in: chain, hint: .none) { _, rule in body(rule) }
    }
  }

  /// Whether a chain stands in the tree already.
  func shows(_ chain: ChainHead) -> Bool { shown.contains(chain.chain) }

  private var isCut: Bool { isTree && lines >= Self.mostLines }

  /// Gives `body` a chain with its rules. A chain that is gone meanwhile is left out.
  mutating func list(_ head: ChainHead, _ body: (ChainListing.Event) throws -> Void) throws {
    if isTree { shown.insert(head.chain) }
    try list(head, depth: 0, body)
  }

  private mutating func list(
    _ head: ChainHead, depth: Int, _ body: (ChainListing.Event) throws -> Void
  ) throws {
    guard !isCut, let rules = try rules(of: head.chain) else { return }
    try body(.chain(head, depth: depth))
    for (index, rule) in rules.enumerated() where !isCut {
      var listed = ListedRule(chain: head.chain, number: index + 1, rule: rule, targets: [], depth: depth)
      listed.targets = try targets.targets(of: rule, in: head.chain).map { place($0, in: head.chain.table, depth) }
      try body(.rule(listed))
      try count(body)
      if isTree { try follow(listed, body) }
    }
    try body(.endOfChain(head, depth: depth))
  }

  /// Read as one state: what is anonymous in nf_tables may have another's name a moment later.
  private func rules(of chain: ChainReference) throws -> [Rule]? {
    func read() throws -> [Rule]? {
      var rules: [Rule] = []
      let isThere = try node.filter.forEachRule(in: chain, hint: .none) { _, rule in
        rules.append(rule)
        return true
      }
      return isThere ? rules : nil
    }
    return chain.table.backend == .nft ? try node.filter.consistently(read) : try read()
  }

  // MARK: - The tree

  private mutating func count(_ body: (ChainListing.Event) throws -> Void) throws {
    lines += 1
    if isCut { try body(.cut) }
  }

  /// Where the rules of a target are; of a chain that is not shown yet, below the rule.
  private mutating func place(_ target: RuleTarget, in table: Table, _ depth: Int) -> ListedTarget {
    guard isTree, let name = target.chain else { return ListedTarget(target: target, place: .here) }
    guard depth < Self.deepest else { return ListedTarget(target: target, place: .tooDeep) }
    let isNew = shown.insert(ChainReference(table: table, name: name)).inserted
    return ListedTarget(target: target, place: isNew ? .here : .above)
  }

  private mutating func follow(_ rule: ListedRule, _ body: (ChainListing.Event) throws -> Void) throws {
    for target in rule.targets { try follow(target, in: rule.chain.table, depth: rule.depth + 1, body) }
    for case .native(.verdictMap(let lookup)) in rule.rule.actions where lookup.set.elements == nil {
      for element in try node.maps.elements(of: lookup.set) where !isCut {
        try follow(element, of: lookup, rule, body)
      }
    }
  }

  private mutating func follow(
    _ element: NFTSetElement, of lookup: NFTLookup, _ rule: ListedRule, _ body: (ChainListing.Event) throws -> Void
  ) throws {
    let table = rule.chain.table
    let target = try targets.target(of: element, of: rule.rule, in: rule.chain).map { place($0, in: table, rule.depth) }
    let text = NFTSetText.text(element, of: lookup)
    try body(.element(ListedElement(table: table, text: text, target: target, depth: rule.depth + 1)))
    try count(body)
    if let target { try follow(target, in: table, depth: rule.depth + 2, body) }
  }

  private mutating func follow(
    _ target: ListedTarget, in table: Table, depth: Int, _ body: (ChainListing.Event) throws -> Void
  ) throws {
    guard case .here = target.place, let name = target.target.chain, !isCut,
      let head = try node.tables.chainHead(ChainReference(table: table, name: name))
    else { return }
    try list(head, depth: depth, body)
  }
}

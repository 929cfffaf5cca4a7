/// This node's packet filter as a packet meets it: legacy tables and nf_tables together.
public final class NodePacketFilter: PacketFilter {
  /// nil where there is no legacy table.
  public let legacy: LegacyPacketFilter?
  /// nil where nf_tables is not in the kernel.
  public let nft: NFTPacketFilter?
  /// As the routing tables had them when this was made.
  public let localAddresses: [IPPrefix]
  /// The kernel's ipsets, which rules of both kinds of tables ask.
  public let sets = LiveSets()
  /// Asked of the kernel.
  public let ipvs: any VirtualServer = LiveIPVS()
  /// Made when a packet's way is first asked for.
  private var liveRouting: LiveRouting?
  /// Which of the two comes first where their priorities are the same: the kernel takes what was registered last, and
  /// does not tell.
  private var legacyComesFirst = false

  private struct Asked: Hashable {
    let chain: ChainReference
    let destination: IPAddress?
    let transport: TransportProtocol?
  }
  private struct Kept {
    let exists: Bool
    let rules: [(number: Int, rule: Rule)]
  }
  /// Chains of nf_tables that were read: a dump costs a request, and several packets meet the same chains.
  private var kept: [Asked: Kept] = [:]
  /// More is not kept: a list of all services meets every chain, and most of them once.
  private static let mostKept = 4096

  /// How many questions there were for each chain.
  private var questions: [ChainReference: Int] = [:]
  /// Chains that were asked for so often that they were read whole, by name.
  private var indexed: [ChainReference: IndexedChain] = [:]
  /// A trace of one service asks less often.
  private static let questionsBeforeIndex = 32

  /// Their names, in the order in which they were first met.
  private var chainsInOrder: [ChainReference] = []
  private var chainsRead: Set<ChainReference> = []

  /// The packet filter of the network namespace that the calling thread is in.
  public init() throws {
    let hasLegacy = try IPFamily.allCases.contains { try !LegacyTable.instantiated($0).isEmpty }
    legacy = hasLegacy ? try LegacyPacketFilter() : nil
    do {
      nft = try NFTPacketFilter()
    } catch KernelError.unavailable {
      nft = nil
    }
    localAddresses = try legacy?.localAddresses ?? nft?.localAddresses ?? LocalAddresses.read()
  }

  /// Those of both backends, in the kernel's order.
  public func baseChains(at hook: Hook, family: IPFamily) throws -> [BaseChain] {
    let native = try nft?.baseChains(at: hook, family: family) ?? []
    let old = try legacy?.baseChains(at: hook, family: family) ?? []
    let all = legacyComesFirst ? old + native : native + old
    return all.enumerated().sorted { ($0.element.priority, $0.offset) < ($1.element.priority, $1.offset) }.map(
      \.element)
  }

  /// With the chains of the two backends in the other order, where they stand at one place.
  public func inOtherOrder<T>(_ body: () throws -> T) rethrows -> T {
    legacyComesFirst.toggle()
    defer { legacyComesFirst.toggle() }
    return try body()
  }

  /// Where both backends have a base chain of nat at one hook, of one priority.
  public func isOrderUnknown(family: IPFamily) throws -> Bool {
    try [Hook.prerouting, .output, .postrouting].contains { hook in
      let chains = try baseChains(at: hook, family: family).filter(\.isNAT)
      return chains.contains { chain in
        chains.contains {
          $0.priority == chain.priority && $0.chain.table.backend != chain.chain.table.backend
        }
      }
    }
  }

  /// Chains that are met again and again are kept.
  public func forEachRule(
    in chain: ChainReference, hint: RuleHint, _ body: (Int, Rule) throws -> Bool
  ) throws -> Bool {
    // Without a hint somebody looks for one rule or reads all once: nothing to keep.
    guard hint.transport != nil else { return try readRules(in: chain, hint: hint, body) }
    if let index = try index(of: chain) {
      try index.forEachRule(hint: hint, body)
      return true
    }
    guard chain.table.backend == .nft else { return try readRules(in: chain, hint: hint, body) }
    let kept = try read(chain, hint)
    for (number, rule) in kept.rules {
      guard try body(number, rule) else { break }
    }
    return kept.exists
  }

  private func readRules(
    in chain: ChainReference, hint: RuleHint, _ body: (Int, Rule) throws -> Bool
  ) throws -> Bool {
    guard chain.table.backend == .nft else { return try legacy?.forEachRule(in: chain, hint: hint, body) ?? false }
    if chainsRead.insert(chain).inserted { chainsInOrder.append(chain) }
    return try nft?.forEachRule(in: chain, hint: hint, body) ?? false
  }

  private func index(of chain: ChainReference) throws -> IndexedChain? {
    let asked = questions[chain, default: 0] + 1
    questions[chain] = asked
    guard asked > Self.questionsBeforeIndex else { return nil }
    if let known = indexed[chain] { return known }
    var rules: [IndexedChain.Numbered] = []
    let exists = try readRules(in: chain, hint: .none) { number, rule in
      rules.append((number, rule))
      return true
    }
    guard exists else { return nil }
    let index = IndexedChain(rules)
    indexed[chain] = index
    return index
  }

  private func read(_ chain: ChainReference, _ hint: RuleHint) throws -> Kept {
    let asked = Asked(chain: chain, destination: hint.destination, transport: hint.transport)
    if let known = kept[asked] { return known }
    var rules: [(number: Int, rule: Rule)] = []
    let exists =
      try readRules(in: chain, hint: hint) { number, rule in
        rules.append((number, rule))
        return true
      }
    let read = Kept(exists: exists, rules: rules)
    if kept.count >= Self.mostKept { kept = [:] }
    kept[asked] = read
    return read
  }

  /// Asked of the kernel by IPSET_CMD_TEST.
  public func set(_ match: SetMatch, family: IPFamily, holds element: SetElement) throws -> Bool? {
    try sets.holds(match, family: family, element: element)
  }

  /// Whether the kernel has ipset.
  public var readsSets: Bool { sets.isAvailable }

  /// Asked of the kernel by a list of the set.
  public func addresses(
    in match: SetMatch, family: IPFamily, completing element: SetElement
  ) throws -> [IPPrefix]? {
    try sets.addresses(in: match, family: family, completing: element)
  }

  /// By the release of the kernel that runs.
  public var tellsWhereForwardedCameFrom: Bool { KernelRelease.running.map { $0 >= KernelRelease(5, 7) } ?? true }

  /// The node's routes; its links and addresses as they were when they were first asked for.
  public var routing: any NodeRouting {
    get throws {
      if let liveRouting { return liveRouting }
      let made = try LiveRouting()
      liveRouting = made
      return made
    }
  }

  /// Asked of the kernel by key.
  public func element(for key: [UInt8], in set: NFTSet) throws -> NFTSetElement? {
    try nft?.element(for: key, in: set)
  }

  /// Asked of the kernel as a whole.
  public func elements(of set: NFTSet) throws -> [NFTSetElement] { try nft?.elements(of: set) ?? [] }

  /// Asked of the kernel by name.
  public func namedSet(_ name: String, in table: Table) throws -> NFTSet? { try nft?.namedSet(name, in: table) }

  /// Those of nf_tables with more chains than are listed.
  public var unreadTables: [String] { nft?.unreadTables ?? [] }

  /// Again, where the rules' generation changed meanwhile.
  public func consistently<T>(_ body: () throws -> T) throws -> T {
    guard let nft else { return try body() }
    return try nft.consistently {
      kept = [:]
      indexed = [:]
      questions = [:]
      chainsRead = []
      chainsInOrder = []
      return try body()
    }
  }

  /// Compares what has been read until now with what others read of it: legacy tables whole, of nf_tables the chains that
  /// were met. To be called on the thread that read them.
  public func verify() throws -> [Verification] {
    try (legacy?.verify() ?? []) + (nft?.verify(chainsInOrder) ?? [])
  }
}

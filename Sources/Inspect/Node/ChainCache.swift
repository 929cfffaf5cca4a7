/// Chains that were read, for as long as the rules stay as they are: to read one costs a request or the decoding of its
/// rules, and several packets meet the same chains.
///
/// Short chains are kept whole. A long one is read for what each packet may meet of it, until it was asked for so often that
/// to read it whole is cheaper.
final class ChainCache {
  typealias Read = (ChainReference, RuleHint, (Int, Rule) throws -> Bool) throws -> Bool

  private struct Asked: Hashable {
    let chain: ChainReference
    let transport: TransportProtocol?
  }
  private var short: [Asked: KeptRules] = [:]
  /// Rules of a chain that is not long.
  private static let mostOfShort = 64
  /// Fewer are met one after the other in less time than an index takes.
  private static let fewestOfIndex = 16
  /// More is not kept: a list of all services meets every chain, and most of them once.
  private static let mostKept = 4096

  private struct AskedOfLong: Hashable {
    let chain: ChainReference
    let destination: IPAddress?
    let transport: TransportProtocol?
  }
  /// What was read of long chains for one destination.
  private var kept: [AskedOfLong: [IndexedChain.Numbered]] = [:]
  /// Long chains, and how many questions there were for each.
  private var questions: [ChainReference: Int] = [:]
  /// Those that were asked for so often that they were read whole.
  private var indexed: [ChainReference: IndexedChain] = [:]
  /// A trace of one service asks less often.
  private static let questionsBeforeIndex = 32

  /// The rules of a chain that a packet may meet.
  func rules(of chain: ChainReference, hint: RuleHint, _ read: Read) throws -> KeptRules {
    if let known = try readShort(chain, hint.transport, read) { return known }
    if let index = try index(of: chain, read) { return .indexed(index) }
    // Nothing is decoded of legacy tables that a hint rules out; of nf_tables each reading is a request.
    guard chain.table.backend == .nft else { return .unread }
    let asked = AskedOfLong(chain: chain, destination: hint.destination, transport: hint.transport)
    if let known = kept[asked] { return .list(known) }
    var rules: [IndexedChain.Numbered] = []
    let exists = try read(chain, hint) { number, rule in
      rules.append((number, rule))
      return true
    }
    guard exists else { return .missing }
    if kept.count >= Self.mostKept { kept = [:] }
    kept[asked] = rules
    return .list(rules)
  }

  /// For rules that may have changed.
  func forget() {
    short = [:]
    kept = [:]
    questions = [:]
    indexed = [:]
  }

  /// nil for a long chain.
  private func readShort(
    _ chain: ChainReference, _ transport: TransportProtocol?, _ read: Read
  ) throws -> KeptRules? {
    let asked = Asked(chain: chain, transport: transport)
    if let known = short[asked] { return known }
    if questions[chain] != nil { return nil }
    var rules: [IndexedChain.Numbered] = []
    let exists = try read(chain, RuleHint(transport: transport)) { number, rule in
      rules.append((number, rule))
      return rules.count <= Self.mostOfShort
    }
    guard rules.count <= Self.mostOfShort else {
      questions[chain] = 0
      return nil
    }
    let made: KeptRules =
      !exists ? .missing : rules.count < Self.fewestOfIndex ? .list(rules) : .indexed(IndexedChain(rules))
    if short.count >= Self.mostKept { short.removeAll(keepingCapacity: true) }
    short[asked] = made
    return made
  }

  /// The whole of a long chain, if it is asked for often; nil if it is not, or not there.
  private func index(of chain: ChainReference, _ read: Read) throws -> IndexedChain? {
    if let known = indexed[chain] { return known }
    let asked = questions[chain, default: 0] + 1
    questions[chain] = asked
    guard asked > Self.questionsBeforeIndex else { return nil }
    var rules: [IndexedChain.Numbered] = []
    let exists = try read(chain, .none) { number, rule in
      rules.append((number, rule))
      return true
    }
    guard exists else { return nil }
    let index = IndexedChain(rules)
    indexed[chain] = index
    return index
  }
}

/// What is kept of a chain for a packet.
enum KeptRules {
  /// There is no such chain.
  case missing
  case list([IndexedChain.Numbered])
  case indexed(IndexedChain)
  /// It is to be read.
  case unread

  /// Gives `body` the rules that a hint does not rule out, in order, until it answers false.
  func forEachRule(hint: RuleHint, _ body: (Int, Rule) throws -> Bool) rethrows {
    switch self {
    case .missing, .unread: return
    case .indexed(let index): try index.forEachRule(hint: hint, body)
    case .list(let rules):
      for (number, rule) in rules {
        guard try body(number, rule) else { return }
      }
    }
  }
}

/// Chains that were read, for as long as the rules stay as they are: to read one costs a request or the decoding of its
/// rules, and several packets meet the same chains.
struct ChainCache {
  typealias Read = (ChainReference, RuleHint, (Int, Rule) throws -> Bool) throws -> Bool

  private struct Asked: Hashable {
    let chain: ChainReference
    let destination: IPAddress?
    let transport: TransportProtocol?
  }
  /// nil for a chain that is not there.
  private var kept: [Asked: [IndexedChain.Numbered]?] = [:]
  /// More is not kept: a list of all services meets every chain, and most of them once.
  private static let mostKept = 4096

  /// How many questions there were for each chain.
  private var questions: [ChainReference: Int] = [:]
  /// Chains that were asked for so often that they were read whole, by name.
  private var indexed: [ChainReference: IndexedChain] = [:]
  /// A trace of one service asks less often.
  private static let questionsBeforeIndex = 32

  /// The whole chain, if it is asked for often; nil if it is not, or not there.
  mutating func index(of chain: ChainReference, _ read: Read) throws -> IndexedChain? {
    let asked = questions[chain, default: 0] + 1
    questions[chain] = asked
    guard asked > Self.questionsBeforeIndex else { return nil }
    if let known = indexed[chain] { return known }
    guard let rules = try Self.rules(of: chain, .none, read) else { return nil }
    let index = IndexedChain(rules)
    indexed[chain] = index
    return index
  }

  /// The rules that a hint does not rule out; nil if there is no such chain.
  mutating func rules(of chain: ChainReference, _ hint: RuleHint, _ read: Read) throws -> [IndexedChain.Numbered]? {
    let asked = Asked(chain: chain, destination: hint.destination, transport: hint.transport)
    if let known = kept[asked] { return known }
    let rules = try Self.rules(of: chain, hint, read)
    if kept.count >= Self.mostKept { kept = [:] }
    kept[asked] = .some(rules)
    return rules
  }

  private static func rules(
    of chain: ChainReference, _ hint: RuleHint, _ read: Read
  ) throws -> [IndexedChain.Numbered]? {
    var rules: [IndexedChain.Numbered] = []
    let exists = try read(chain, hint) { number, rule in
      rules.append((number, rule))
      return true
    }
    return exists ? rules : nil
  }
}

import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// Reads nf_tables of the calling thread's network namespace, no more of it than is asked for.
public final class NFTReader {
  private let connection = NFTConnection()
  private let setNames: SetNames
  private var sets: [Table: [String: NFTSet?]] = [:]
  private var isConsistent = false
  /// Answers of sets, for as long as they are of one state: many ways of a packet ask for the same key.
  private var answers: [Question: NFTSetElement?] = [:]
  /// Sets that were listed whole, likewise, up to so many elements.
  private var lists: [Question: [NFTSetElement]] = [:]
  private var listed = 0
  private static let mostListed = 65_536

  private struct Question: Hashable {
    let table: Table
    let set: String
    /// nil: the element for all keys that have none.
    let key: [UInt8]?
  }

  /// Requests sent to the kernel until now.
  public var requests: Int { connection.requests }
  /// Datagrams received until now.
  public var datagrams: Int { connection.datagrams }

  /// A reader; `setNames` gives the names of ipsets that iptables' rules use.
  /// - Throws: `KernelError.unavailable` if nf_tables is not in the kernel: asking would load it.
  public init(setNames: @escaping SetNames = { _ in nil }) throws {
    guard KernelModule.nfTables.isPresent else {
      throw KernelError.unavailable("nf_tables is not loaded in this kernel")
    }
    self.setNames = setNames
  }

  /// The number of the rules' state; every change of any table makes another.
  public func generation() throws -> UInt32 {
    var generation: UInt32?
    let request = request(NFT_MSG_GETGEN)
    _ = try connection.send(request, reading: "the generation of nf_tables") { message in
      generation = try message.netfilterPayload.attributes.number(NFTA_GEN_ID)
      return false
    }
    guard let generation else { throw KernelError.unavailable("nf_tables does not tell its generation") }
    return generation
  }

  /// Runs `body` until no rule changed meanwhile.
  /// - Throws: `KernelError.changing` if rules changed in every attempt; whatever `body` throws otherwise.
  public func consistently<T>(attempts: Int = 10, _ body: () throws -> T) throws -> T {
    if isConsistent { return try body() }
    isConsistent = true
    defer { isConsistent = false }
    defer { forgetSets() }
    for _ in 0..<max(attempts, 1) {
      sets = [:]
      forgetSets()
      let before = try generation()
      do {
        let result = try body()
        if try generation() == before { return result }
      } catch KernelError.changing {
        continue
      } catch {
        if try generation() == before { throw error }
      }
    }
    throw KernelError.changing(reading: "nf_tables", attempts: max(attempts, 1))
  }

  /// All tables, of every family.
  public func tables() throws -> [NFTTable] {
    var tables: [NFTTable] = []
    let request = request(NFT_MSG_GETTABLE, flags: NLM_F_DUMP)
    _ = try connection.send(request, reading: "the tables of nf_tables") { message in
      if message.isNFTables(NFT_MSG_NEWTABLE) { tables.append(try NFTTable(message)) }
      return true
    }
    return tables
  }

  /// A chain by name; nil if there is none.
  public func chain(_ reference: ChainReference) throws -> NFTChain? {
    var request = request(NFT_MSG_GETCHAIN, family: reference.table.protocolFamily)
    request.append(NFTA_CHAIN_TABLE, text: reference.table.name)
    request.append(NFTA_CHAIN_NAME, text: reference.name)
    var chain: NFTChain?
    _ = try connection.send(request, reading: "chain \(reference.name)") { message in
      chain = try NFTChain(message)
      return false
    }
    return chain
  }

  /// All chains of all tables of a family. The kernel's time for it grows with the square of their number.
  public func chains(protocolFamily: UInt8) throws -> [NFTChain] {
    var chains: [NFTChain] = []
    let request = request(NFT_MSG_GETCHAIN, flags: NLM_F_DUMP, family: protocolFamily)
    _ = try connection.send(request, reading: "the chains of nf_tables") { message in
      if message.isNFTables(NFT_MSG_NEWCHAIN) { chains.append(try NFTChain(message)) }
      return true
    }
    return chains
  }

  /// The base chains of type filter and route that the kernel lists at a hook, in its order. Those of type nat are
  /// not among them: they hang behind a hook of the nat core.
  public func hookedChains(at hook: Hook, family: IPFamily) throws -> [ChainReference] {
    var chains: [ChainReference] = []
    var request = NFTRequest(
      subsystem: NFNL_SUBSYS_HOOK, type: NFNL_MSG_HOOK_GET.rawValue, flags: NLM_F_DUMP,
      family: family == .v4 ? 2 : 10)
    request.append(NFNLA_HOOK_HOOKNUM, number: UInt32(hook.rawValue))
    _ = try connection.send(request, reading: "the hooks of netfilter") { message in
      if let chain = try ChainReference(hook: message) { chains.append(chain) }
      return true
    }
    return chains
  }

  /// Gives `body` the rules of a chain in order, each with its number from 1, until it answers false; rules that
  /// `hint` rules out are only counted.
  /// - Returns: false if there is no such chain.
  public func forEachRule(
    in reference: ChainReference, hint: RuleHint = .none, _ body: (Int, Rule) throws -> Bool
  ) throws -> Bool {
    let table = reference.table
    var request = request(NFT_MSG_GETRULE, flags: NLM_F_DUMP, family: table.protocolFamily)
    request.append(NFTA_RULE_TABLE, text: table.name)
    request.append(NFTA_RULE_CHAIN, text: reference.name)
    let decoder = NFTRuleDecoder(table: table, setNames: setNames) { try self.set($0, in: table) }
    let filter = NFTHintFilter(hint, table: table)
    var number = 0
    _ = try connection.send(request, reading: "the rules of chain \(reference.name)") { message in
      guard message.isNFTables(NFT_MSG_NEWRULE) else { return true }
      number += 1
      let bytes = try message.netfilterPayload
      guard filter.admits(bytes) else { return true }
      return try body(number, try decoder.rule(bytes.attributes))
    }
    // A dump of a chain that is not there is as empty as one of a chain without rules.
    return try number > 0 || chain(reference) != nil
  }

  /// A set by name, with its elements if it is anonymous; nil if there is none.
  public func set(_ name: String, in table: Table) throws -> NFTSet? {
    if let known = sets[table]?[name] { return known }
    var request = request(NFT_MSG_GETSET, family: table.protocolFamily)
    request.append(NFTA_SET_TABLE, text: table.name)
    request.append(NFTA_SET_NAME, text: name)
    var set: NFTSet?
    _ = try connection.send(request, reading: "set \(name)") { message in
      set = try NFTSet(message)
      return false
    }
    if let found = set, found.isAnonymous { set?.elements = try elements(of: found) }
    sets[table, default: [:]][name] = .some(set)
    return set
  }

  /// All elements of a set.
  public func elements(of set: NFTSet) throws -> [NFTSetElement] {
    if let elements = set.elements { return elements }
    let question = Question(table: set.table, set: set.name, key: nil)
    if let known = lists[question] { return known }
    var raw: [NFTRawElement] = []
    let request = elementRequest(set, flags: NLM_F_DUMP)
    let found = try connection.send(request, reading: "set \(set.name)") { message in
      if message.isNFTables(NFT_MSG_NEWSETELEM) { raw += try NFTRawElement.list(message) }
      return true
    }
    guard found else { throw KernelError.changing(reading: "set \(set.name)", attempts: 1) }
    let elements = set.joined(raw)
    if isConsistent, listed + elements.count <= Self.mostListed {
      lists[question] = elements
      listed += elements.count
    }
    return elements
  }

  /// The element of a set that a key finds: itself, the range that holds it, or the one for all others.
  public func element(for key: [UInt8], in set: NFTSet) throws -> NFTSetElement? {
    if let elements = set.elements { return set.element(for: key, in: elements) }
    guard key.count == set.keyLength else {
      throw KernelError.unavailable("a key of \(key.count) bytes for set \(set.name), whose keys have \(set.keyLength)")
    }
    return try answer(Question(table: set.table, set: set.name, key: key)) {
      do {
        let found = try ask(set) { $0.nest(NFTA_SET_ELEM_KEY) { $0.append(NFTA_DATA_VALUE, key) } }
        if let found { return found }
      } catch KernelError.system(_, EOPNOTSUPP) {
        // Before Linux 4.19 not every kind of set can be asked.
        return set.element(for: key, in: try elements(of: set))
      }
      return try answer(Question(table: set.table, set: set.name, key: nil)) { try catchAll(set) }
    }
  }

  private func forgetSets() {
    answers = [:]
    lists = [:]
    listed = 0
  }

  private func answer(_ question: Question, _ ask: () throws -> NFTSetElement?) throws -> NFTSetElement? {
    if let known = answers[question] { return known }
    let answer = try ask()
    if isConsistent { answers[question] = .some(answer) }
    return answer
  }

  /// The element for all keys that have none, since Linux 5.13; older kernels say EINVAL, for they miss the key.
  private func catchAll(_ set: NFTSet) throws -> NFTSetElement? {
    do {
      return try ask(set) { $0.append(NFTA_SET_ELEM_FLAGS, number: NFT_SET_ELEM_CATCHALL.rawValue) }
    } catch KernelError.system(_, EINVAL) {
      return nil
    }
  }

  private func ask(_ set: NFTSet, _ element: (inout NFTRequest) -> Void) throws -> NFTSetElement? {
    var request = elementRequest(set)
    request.nest(NFTA_SET_ELEM_LIST_ELEMENTS) { list in list.nest(NFTA_LIST_ELEM, element) }
    var answer: NFTSetElement?
    _ = try connection.send(request, reading: "set \(set.name)") { message in
      answer = try NFTRawElement.list(message).first?.element
      return false
    }
    return answer
  }

  private func elementRequest(_ set: NFTSet, flags: Int32 = 0) -> NFTRequest {
    var request = request(NFT_MSG_GETSETELEM, flags: flags, family: set.table.protocolFamily)
    request.append(NFTA_SET_ELEM_LIST_TABLE, text: set.table.name)
    request.append(NFTA_SET_ELEM_LIST_SET, text: set.name)
    return request
  }

  private func request(_ type: nf_tables_msg_types, flags: Int32 = 0, family: UInt8 = 0) -> NFTRequest {
    NFTRequest(subsystem: NFNL_SUBSYS_NFTABLES, type: type.rawValue, flags: flags, family: family)
  }
}

extension NFTMessage {
  /// Whether it is a message of nf_tables of this type.
  func isNFTables(_ wanted: nf_tables_msg_types) -> Bool {
    type == UInt16(NFNL_SUBSYS_NFTABLES) << 8 | UInt16(truncatingIfNeeded: wanted.rawValue)
  }
}

import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// Reads nf_tables of the calling thread's network namespace, no more of it than is asked for.
public final class NFTReader: NFTSets {
  // What changed is asked for anew with all that was read before: see `consistently`.
  private let sockets = NetlinkSockets(NETLINK_NETFILTER, reading: "nf_tables", attempts: 1)
  private let setNames: SetNames
  private var sets: [Table: [String: NFTSet?]] = [:]
  /// The rules' state that all is to be read of; nil outside of `consistently`.
  private var begun: UInt32?
  /// Answers of sets, for as long as they are of one state: many ways of a packet ask for the same key.
  private var answers: [Question: NFTSetElement?] = [:]
  /// Sets that were listed whole, likewise, up to so many elements.
  private var lists: [Place: NFTSetIndex] = [:]
  private var listed = 0
  private static let mostListed = 262_144
  /// The anonymous sets of a table without their elements, where they were listed.
  private var declared: [Table: [String: NFTSet]] = [:]
  private var askedAnonymous: [Table: Int] = [:]
  /// A trace of one service asks for fewer.
  private static let anonymousBeforeList = 64
  /// Each is a message of its own, and they must have room in the socket.
  private static let mostNumbered: UInt32 = 64
  /// Sets of a table, from which on to look for one by name takes longer than some messages.
  private static let setsThatTakeLong = 2048
  /// How many keys each set was asked for.
  private var asked: [Place: Int] = [:]
  /// A trace of one service asks less often. To list a set takes as long as some hundred such questions.
  private static let questionsBeforeList = 256

  private struct Place: Hashable {
    let table: Table
    let set: String

    /// By the set's name, as sets are asked all the time: few tables have one of the same.
    func hash(into hasher: inout Hasher) { hasher.combine(set) }
  }

  private struct Question: Hashable {
    let place: Place
    /// nil: the element for all keys that have none.
    let key: [UInt8]?
  }

  /// Requests sent to the kernel until now.
  public var requests: Int { sockets.requests }

  /// A reader; `setNames` gives the names of ipsets that iptables' rules use.
  /// - Throws: `KernelError.unavailable` if nf_tables is not in the kernel: asking would load it.
  public init(setNames: @escaping SetNames = { _ in nil }) throws {
    guard KernelModule.nfTables.isPresent else {
      throw KernelError.unavailable("nf_tables is not loaded in this kernel")
    }
    self.setNames = setNames
  }

  /// The number of the rules' state; every change of any table makes another.
  public func generation() throws(KernelError) -> UInt32 {
    let request = request(NFT_MSG_GETGEN, reading: "the generation of nf_tables")
    let generation = try sockets.value(request) { message throws(KernelError) in
      try message.netfilterAttributes(of: "generation").be32(NFTA_GEN_ID, "number")
    }
    guard let generation else { throw .unavailable("nf_tables does not tell its generation") }
    return generation
  }

  /// Runs `body` until no rule changed meanwhile.
  /// - Throws: `KernelError.changing` if rules changed in every attempt; whatever `body` throws otherwise.
  public func consistently<T>(attempts: Int = 10, _ body: () throws -> T) throws -> T {
    if begun != nil { return try body() }
    defer {
      begun = nil
      forgetSets()
    }
    for _ in 0..<max(attempts, 1) {
      sets = [:]
      forgetSets()
      begun = try generation()
      do {
        let result = try body()
        if try !hasChanged() { return result }
      } catch KernelError.changing {
        continue
      } catch {
        if try !hasChanged() { throw error }
      }
    }
    throw KernelError.changing(reading: "nf_tables", attempts: max(attempts, 1))
  }

  /// Whether rules changed since `consistently` began its body.
  public func hasChanged() throws(KernelError) -> Bool {
    guard let begun else { return false }
    return try generation() != begun
  }

  /// All tables, of every family.
  public func tables() throws(KernelError) -> [NFTTable] {
    try sockets.list(request(NFT_MSG_GETTABLE, flags: NLM_F_DUMP, reading: "the tables of nf_tables")) {
      message throws(KernelError) in
      message.isNFTables(NFT_MSG_NEWTABLE) ? try NFTTable(message) : nil
    }
  }

  /// A chain by name; nil if there is none.
  public func chain(_ reference: ChainReference) throws(KernelError) -> NFTChain? {
    var request = request(
      NFT_MSG_GETCHAIN, family: reference.table.protocolFamily, reading: "chain \(reference.name)")
    request.append(NFTA_CHAIN_TABLE, text: reference.table.name)
    request.append(NFTA_CHAIN_NAME, text: reference.name)
    return try present { () throws(KernelError) in
      try sockets.value(request) { message throws(KernelError) in try NFTChain(message) }
    }
  }

  /// As the kernel counts (chain->use): rules, jumps, and elements of maps.
  public func uses(of chain: ChainReference) throws(KernelError) -> UInt32? { try self.chain(chain)?.uses }

  /// All chains of all tables of a family. The kernel's time for it grows with the square of their number.
  public func chains(protocolFamily: UInt8) throws(KernelError) -> [NFTChain] {
    let request = request(
      NFT_MSG_GETCHAIN, flags: NLM_F_DUMP, family: protocolFamily, reading: "the chains of nf_tables")
    return try sockets.list(request) { message throws(KernelError) in
      message.isNFTables(NFT_MSG_NEWCHAIN) ? try NFTChain(message) : nil
    }
  }

  /// The base chains of type filter and route that the kernel lists at a hook, in its order. Those of type nat are
  /// not among them: they hang behind a hook of the nat core.
  public func hookedChains(at hook: Hook, family: IPFamily) throws(KernelError) -> [ChainReference] {
    var request = NetlinkRequest.netfilter(
      subsystem: NFNL_SUBSYS_HOOK, command: NFNL_MSG_HOOK_GET.rawValue, flags: NLM_F_DUMP,
      family: family == .v4 ? 2 : 10, reading: "the hooks of netfilter")
    request.append(NFNLA_HOOK_HOOKNUM, be32: UInt32(hook.rawValue))
    return try present { () throws(KernelError) in
      try sockets.list(request) { message throws(KernelError) in try ChainReference(hook: message) }
    } ?? []
  }

  /// Gives `body` the rules of a chain in order, each with its number from 1, until it answers false; rules that
  /// `hint` rules out are only counted.
  /// - Returns: false if there is no such chain.
  public func forEachRule(
    in reference: ChainReference, hint: RuleHint = .none, _ body: (Int, Rule) throws -> Bool
  ) throws -> Bool {
    let table = reference.table
    var request = request(
      NFT_MSG_GETRULE, flags: NLM_F_DUMP, family: table.protocolFamily,
      reading: "the rules of chain \(reference.name)")
    request.append(NFTA_RULE_TABLE, text: table.name)
    request.append(NFTA_RULE_CHAIN, text: reference.name)
    let decoder = NFTRuleDecoder(table: table, setNames: setNames) { try self.namedSet($0, in: table) }
    let filter = NFTHintFilter(hint, table: table)
    var number = 0
    // `body` may ask for something else meanwhile.
    var socket = try sockets.send(request)
    do {
      while let message = try socket.next() {
        guard message.isNFTables(NFT_MSG_NEWRULE) else { continue }
        number += 1
        let rule = try message.netfilterAttributes(of: "rule")
        guard try filter.admits(rule) else { continue }
        if try !body(number, try decoder.rule(rule)) { return true }
      }
    } catch KernelError.refused(_, ENOENT, _) where socket.isIdle {}
    sockets.put(socket)
    // A dump of a chain that is not there is as empty as one of a chain without rules.
    return try number > 0 || chain(reference) != nil
  }

  /// A set by name, with its elements if it is anonymous; nil if there is none.
  public func namedSet(_ name: String, in table: Table) throws(KernelError) -> NFTSet? {
    if let known = sets[table]?[name] { return known }
    if var set = try declaration(name, in: table) {
      // Most are asked for once, and they are many: none is kept.
      if let numbered = try numberedElements(of: set) {
        set.elements = numbered
      } else {
        set.elements = try listElements(of: set)
      }
      return set
    }
    var request = request(NFT_MSG_GETSET, family: table.protocolFamily, reading: "set \(name)")
    request.append(NFTA_SET_TABLE, text: table.name)
    request.append(NFTA_SET_NAME, text: name)
    var set = try present { () throws(KernelError) in
      try sockets.value(request) { message throws(KernelError) in try NFTSet(message) }
    }
    if let found = set, found.isAnonymous { set?.elements = try listElements(of: found) }
    sets[table, default: [:]][name] = .some(set)
    return set
  }

  /// An anonymous set without its elements, where so many are asked for that all are listed: the kernel looks for a name
  /// through all sets of the table.
  private func declaration(_ name: String, in table: Table) throws(KernelError) -> NFTSet? {
    // As the kernel names what a rule makes for itself (nf_tables_set_alloc_name).
    guard begun != nil, name.hasPrefix("__") else { return nil }
    if let known = declared[table] { return known[name] }
    let count = askedAnonymous[table, default: 0] + 1
    askedAnonymous[table] = count
    guard count > Self.anonymousBeforeList else { return nil }
    var request = request(
      NFT_MSG_GETSET, flags: NLM_F_DUMP, family: table.protocolFamily, reading: "the sets of table \(table.name)")
    request.append(NFTA_SET_TABLE, text: table.name)
    let listed = try sockets.list(request) { message throws(KernelError) in
      message.isNFTables(NFT_MSG_NEWSET) ? try NFTSet(message) : nil
    }
    let anonymous = Dictionary(listed.filter(\.isAnonymous).map { ($0.name, $0) }) { first, _ in first }
    declared[table] = anonymous
    return anonymous[name]
  }

  /// All elements of a set.
  public func elements(of set: NFTSet) throws(KernelError) -> [NFTSetElement] {
    if let elements = set.elements { return elements }
    return try index(of: set).elements
  }

  /// Found by what is known of their keys.
  public func elements(of set: NFTSet, having parts: [NFTKeyPart]) throws(KernelError) -> [NFTSetElement] {
    if let elements = set.elements { return elements }
    return try index(of: set).elements(having: parts)
  }

  private func index(of set: NFTSet) throws(KernelError) -> NFTSetIndex {
    let place = Place(table: set.table, set: set.name)
    if let known = lists[place] { return known }
    let index = NFTSetIndex(try listElements(of: set), of: set)
    if begun != nil, listed + index.elements.count <= Self.mostListed {
      lists[place] = index
      listed += index.elements.count
    }
    return index
  }

  private func listElements(of set: NFTSet) throws(KernelError) -> [NFTSetElement] {
    let request = elementRequest(set, flags: NLM_F_DUMP)
    let raw = try present { () throws(KernelError) in
      try sockets.list(request) { message throws(KernelError) in
        message.isNFTables(NFT_MSG_NEWSETELEM) ? try NFTRawElement.list(message) : nil
      }
    }
    guard let raw else { throw .changing(reading: "set \(set.name)", attempts: 1) }
    return set.joined(Array(raw.joined()))
  }

  /// All elements of an anonymous map whose keys are the numbers from 0 on, as those for generated numbers are, asked for by
  /// their keys; nil for any other. To list a set the kernel looks for it through all sets of the table, and once more for
  /// each part of the answer.
  private func numberedElements(of set: NFTSet) throws(KernelError) -> [NFTSetElement]? {
    // As many as it may have: if all are there, it has no others.
    guard let count = set.size, set.keyLength == 4, (1...Self.mostNumbered).contains(count),
      set.flags.isDisjoint(with: [.interval, .timeout, .dynamic]),
      declared[set.table, default: [:]].count > Self.setsThatTakeLong
    else { return nil }
    var request = elementRequest(set, flags: NLM_F_ACK)
    request.nest(NFTA_SET_ELEM_LIST_ELEMENTS) { list in
      for number in 0..<count {
        list.nest(NFTA_LIST_ELEM) { element in
          element.nest(NFTA_SET_ELEM_KEY) { $0.append(NFTA_DATA_VALUE, number.hostBytes) }
        }
      }
    }
    let raw = try present { () throws(KernelError) in
      try sockets.list(request) { message throws(KernelError) in
        message.isNFTables(NFT_MSG_NEWSETELEM) ? try NFTRawElement.list(message) : nil
      }
    }
    guard let raw, raw.count == Int(count) else { return nil }
    return set.joined(Array(raw.joined()))
  }

  /// The element of a set that a key finds: itself, the range that holds it, or the one for all others.
  public func element(for key: [UInt8], in set: NFTSet) throws(KernelError) -> NFTSetElement? {
    if let elements = set.elements { return set.element(for: key, in: elements) }
    guard key.count == set.keyLength else {
      throw .unavailable("a key of \(key.count) bytes for set \(set.name), whose keys have \(set.keyLength)")
    }
    let place = Place(table: set.table, set: set.name)
    if let index = try indexIfAskedOften(set, place) { return index.element(for: key) }
    return try answer(Question(place: place, key: key)) { () throws(KernelError) in
      do throws(KernelError) {
        let found = try ask(set) { $0.nest(NFTA_SET_ELEM_KEY) { $0.append(NFTA_DATA_VALUE, key) } }
        if let found { return found }
      } catch .refused(_, EOPNOTSUPP, _) {
        // Before Linux 4.19 not every kind of set can be asked.
        return set.element(for: key, in: try elements(of: set))
      }
      return try answer(Question(place: place, key: nil)) { () throws(KernelError) in
        try catchAll(set)
      }
    }
  }

  /// A set whole, where so many of its keys are asked for that this is cheaper. Not where packets change it meanwhile, and not
  /// where the kernel finds ranges.
  private func indexIfAskedOften(_ set: NFTSet, _ place: Place) throws(KernelError) -> NFTSetIndex? {
    guard begun != nil, set.flags.isDisjoint(with: [.dynamic, .timeout, .interval]) else { return nil }
    if let known = lists[place] { return known }
    let count = asked[place, default: 0] + 1
    asked[place] = count
    // One that is too large to be kept is not listed again and again.
    return count == Self.questionsBeforeList + 1 ? try index(of: set) : nil
  }

  private func forgetSets() {
    answers = [:]
    lists = [:]
    listed = 0
    asked = [:]
    declared = [:]
    askedAnonymous = [:]
  }

  private func answer(
    _ question: Question, _ ask: () throws(KernelError) -> NFTSetElement?
  ) throws(KernelError) -> NFTSetElement? {
    if let known = answers[question] { return known }
    let answer = try ask()
    if begun != nil { answers[question] = .some(answer) }
    return answer
  }

  /// The element for all keys that have none, since Linux 5.13; older kernels say EINVAL, for they miss the key.
  private func catchAll(_ set: NFTSet) throws(KernelError) -> NFTSetElement? {
    do throws(KernelError) {
      return try ask(set) { $0.append(NFTA_SET_ELEM_FLAGS, be32: NFT_SET_ELEM_CATCHALL.rawValue) }
    } catch .refused(_, EINVAL, _) {
      return nil
    }
  }

  private func ask(
    _ set: NFTSet, _ element: (inout NetlinkRequest) -> Void
  ) throws(KernelError) -> NFTSetElement? {
    var request = elementRequest(set)
    request.nest(NFTA_SET_ELEM_LIST_ELEMENTS) { list in list.nest(NFTA_LIST_ELEM, element) }
    return try present { () throws(KernelError) in
      try sockets.value(request) { message throws(KernelError) in try NFTRawElement.list(message).first?.element }
    }
  }

  /// What is asked for; nil where there is no such thing.
  private func present<Value>(_ ask: () throws(KernelError) -> Value?) throws(KernelError) -> Value? {
    do throws(KernelError) {
      return try ask()
    } catch .refused(_, ENOENT, _) {
      return nil
    }
  }

  private func elementRequest(_ set: NFTSet, flags: Int32 = 0) -> NetlinkRequest {
    elementRequest(set.table.name, set.name, set.table.protocolFamily, flags: flags)
  }

  private func elementRequest(
    _ table: String, _ set: String, _ protocolFamily: UInt8, flags: Int32 = NLM_F_DUMP
  ) -> NetlinkRequest {
    var request = request(NFT_MSG_GETSETELEM, flags: flags, family: protocolFamily, reading: "set \(set)")
    request.append(NFTA_SET_ELEM_LIST_TABLE, text: table)
    request.append(NFTA_SET_ELEM_LIST_SET, text: set)
    return request
  }

  private func request(
    _ type: nf_tables_msg_types, flags: Int32 = 0, family: UInt8 = 0, reading: String
  ) -> NetlinkRequest {
    .netfilter(
      subsystem: NFNL_SUBSYS_NFTABLES, command: type.rawValue, flags: flags, family: family, reading: reading)
  }

  // MARK: - As they are

  /// What the kernel answers when it is asked for all tables, chains, rules, sets and their elements, byte for byte; the elements
  /// one dump for each set.
  func record() throws(KernelError) -> RecordedTables {
    var socket = try NetlinkSocket(NETLINK_NETFILTER, reading: "nf_tables", attempts: 1)
    for _ in 0..<3 {
      do throws(KernelError) {
        let generation = try generation()
        var recorded = RecordedTables(generation: generation)
        recorded.tables = try socket.record(dump(NFT_MSG_GETTABLE, "the tables"))
        recorded.chains = try socket.record(dump(NFT_MSG_GETCHAIN, "the chains"))
        recorded.rules = try socket.record(dump(NFT_MSG_GETRULE, "the rules"))
        recorded.sets = try socket.record(dump(NFT_MSG_GETSET, "the sets"))
        for set in try NFTSetName.list(recorded.sets) {
          recorded.elements += try socket.record(elementRequest(set.table, set.name, set.protocolFamily))
        }
        if try self.generation() == generation { return recorded }
      } catch .changing {
        continue
      }
    }
    throw .changing(reading: "nf_tables", attempts: 3)
  }

  private func dump(_ type: nf_tables_msg_types, _ what: String) -> NetlinkRequest {
    request(type, flags: NLM_F_DUMP, reading: "\(what) of nf_tables")
  }

  /// nf_tables as the kernel listed them at one time.
  struct RecordedTables {
    let generation: UInt32
    var tables: [UInt8] = []
    var chains: [UInt8] = []
    var rules: [UInt8] = []
    var sets: [UInt8] = []
    var elements: [UInt8] = []
  }
}

/// A set of any family, by what it is asked for.
private struct NFTSetName {
  let table: String
  let name: String
  let protocolFamily: UInt8

  static func list(_ sets: [UInt8]) throws(KernelError) -> [NFTSetName] {
    var names: [NFTSetName] = []
    var messages = NetlinkMessages(sets.span.bytes, reading: "the sets of nf_tables")
    while let message = try messages.next() {
      guard message.isNFTables(NFT_MSG_NEWSET) else { continue }
      let attributes = try message.netfilterAttributes(of: "set")
      names.append(
        NFTSetName(
          table: try attributes.required(NFTA_SET_TABLE, "table").string,
          name: try attributes.required(NFTA_SET_NAME, "name").string, protocolFamily: attributes.protocolFamily))
    }
    return names
  }
}

extension NFTPacketFilter {
  /// Compares chains as kpx reads them with what the node's own programs print of them: iptables-nft for the tables that
  /// it makes, nft for all others.
  ///
  /// Nothing is run for a table of which no chain is given, and a program that is not there is said to be missing.
  func verify(_ chains: [ChainReference]) throws -> [Verification] {
    var tables: [Table] = []
    for chain in chains where !tables.contains(chain.table) { tables.append(chain.table) }
    return try tables.sorted { $0.qualifiedName < $1.qualifiedName }.map { table in
      let names = chains.filter { $0.table == table }.map(\.name)
      return table.isXTables ? try verifyXTables(table, names) : try verifyNative(table, names)
    }
  }

  private func read(_ chain: ChainReference) throws -> [Rule]? {
    var rules: [Rule] = []
    let isThere = try forEachRule(in: chain, hint: .none) { _, rule in
      rules.append(rule)
      return true
    }
    return isThere ? rules : nil
  }

  /// Compares chains until each has agreed once, or differed while no rule of any table changed. What then is left
  /// changed each time.
  private func compare(
    _ chains: [String], _ result: inout Verification,
    _ compare: ([String]) throws -> [ChainComparison]
  ) throws {
    var open = chains
    for _ in 0..<Verification.attempts where !open.isEmpty {
      var found: [ChainComparison] = []
      var isOneState = true
      do {
        // What the reader kept of sets is of another state by now.
        try reader.consistently(attempts: 1) { found = try compare(open) }
      } catch KernelError.changing {
        isOneState = false
      }
      // Nothing was read or printed for a change.
      if found.isEmpty, !isOneState { continue }
      open = []
      for comparison in found {
        if comparison.differences.isEmpty || isOneState {
          result.take(comparison)
        } else {
          open.append(comparison.chain)
        }
      }
    }
    result.changingCount += open.count
  }

  // MARK: - iptables-nft

  /// One run for each chain: `iptables-nft-save` prints whole tables.
  private func verifyXTables(_ table: Table, _ chains: [String]) throws -> Verification {
    let name = table.family == .v6 ? "ip6tables-nft" : "iptables-nft"
    var result = Verification(table: table, peer: name)
    guard let program = PeerProgram(name) else {
      result.note = "\(name) is not installed here"
      return result
    }
    for chain in chains {
      var hasCrashed = false
      try compare([chain], &result) { _ in
        let printed = try program.run(["-t", table.name, "-S", chain])
        if case .signaled = printed.end {
          hasCrashed = true
          return []
        }
        // It says with its status that there is no such chain.
        let other = printed.end == .exited(0) ? Self.lines(printed.output).filter { $0.hasPrefix("-A ") } : nil
        let rules = try read(ChainReference(table: table, name: chain))
        return [
          ChainComparison(chain, rules, other, table) { OptionGroups($0) == OptionGroups($1) ? .same : .different }
        ]
      }
      guard !hasCrashed else {
        result.note = "\(name) crashed on chain \(chain)"
        return result
      }
    }
    return result
  }

  // MARK: - nft

  /// One run for the table: for one chain nft fetches the table's chains and sets, too.
  private func verifyNative(_ table: Table, _ chains: [String]) throws -> Verification {
    var result = Verification(table: table, peer: "nft")
    guard let program = PeerProgram("nft") else {
      result.note = "nft is not installed here"
      return result
    }
    var isPrinted = true
    try compare(chains, &result) { chains in
      let printed = try program.run(["list", "table", table.familyName, table.name])
      isPrinted = printed.end == .exited(0)
      guard isPrinted else { return [] }
      let listed = NFTListing(Self.lines(printed.output))
      return try chains.map { chain in
        let rules = try read(ChainReference(table: table, name: chain))
        return ChainComparison(chain, rules, listed.chains[chain], table, NFTListing.agreement)
      }
    }
    if !isPrinted {
      result.note = "nft could not print table \(table.qualifiedName)"
    } else if result.unprintableCount > 0 {
      result.note =
        "nft is older than the writer of these rules: \(result.unprintableCount) of them it cannot print as they are"
    }
    return result
  }

  private static func lines(_ output: [UInt8]) -> [String] {
    output.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
  }
}

/// A chain by kpx and as a program printed it.
private struct ChainComparison {
  let chain: String
  private(set) var ruleCount = 0
  private(set) var unprintableCount = 0
  private(set) var differences: [Verification.Difference] = []

  /// - Parameters:
  ///   - rules: nil where kpx finds no such chain.
  ///   - other: the program's lines; nil where it finds none.
  init(
    _ chain: String, _ rules: [Rule]?, _ other: [String]?, _ table: Table,
    _ agree: (String, String) -> NFTListing.Agreement
  ) {
    self.chain = chain
    guard let rules, let other else {
      if rules != nil || other != nil {
        differences.append(
          .init(chain: chain, direct: rules.map { _ in "a chain" }, other: other.map { _ in "a chain" }))
      }
      return
    }
    let texts = rules.map { $0.text(in: ChainReference(table: table, name: chain)) }
    ruleCount = texts.count
    for index in 0..<max(texts.count, other.count) {
      let direct = index < texts.count ? texts[index] : nil
      let printed = index < other.count ? other[index] : nil
      let agreement = direct.flatMap { direct in printed.map { agree(direct, $0) } } ?? .different
      if agreement == .unprintable { unprintableCount += 1 }
      if agreement == .different {
        differences.append(.init(chain: chain, rule: index + 1, direct: direct, other: printed))
      }
    }
  }
}

extension Verification {
  fileprivate mutating func take(_ comparison: ChainComparison) {
    chainCount += 1
    ruleCount += comparison.ruleCount
    unprintableCount += comparison.unprintableCount
    for difference in comparison.differences { add(difference) }
  }
}

/// A rule of iptables-save as what it asks for and does, whatever the order: versions print matches in different ones,
/// and name a match's module (`-m tcp`) or leave it out.
struct OptionGroups: Equatable {
  private let groups: [[String]]

  init(_ line: String) {
    var groups: [[String]] = []
    var isInverted = false
    for word in Self.words(line) {
      if word == "!" {
        isInverted = true
      } else if word.hasPrefix("-"), word.utf8.count > 1, !Self.isNumber(word) {
        groups.append(isInverted ? ["!", word] : [word])
        isInverted = false
      } else if groups.isEmpty {
        groups.append([word])
      } else {
        groups[groups.count - 1].append(word)
      }
    }
    self.groups = groups.filter { $0.first != "-m" }.sorted { $0.lexicographicallyPrecedes($1) }
  }

  /// A negative value is no option.
  private static func isNumber(_ word: String) -> Bool {
    word.utf8.dropFirst().first.map { (0x30...0x39).contains($0) } ?? false
  }

  /// Words between blanks; quotes hold blanks together, and a backslash takes the next letter as it is. What was in quotes
  /// is no option, whatever it begins with.
  private static func words(_ line: String) -> [String] {
    var words: [String] = []
    var word: String?
    var isQuoted = false
    var isEscaped = false
    // In place: a sum would copy the word for each of its letters.
    func add(_ character: Unicode.Scalar) {
      if word == nil { word = "" }
      word?.unicodeScalars.append(character)
    }
    for character in line.unicodeScalars {
      if isEscaped {
        add(character)
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else if character == "\"" {
        // Marked, so that a comment "-j" is not taken for an option.
        word = word ?? "\""
        isQuoted.toggle()
      } else if character == " " && !isQuoted {
        if let word { words.append(word) }
        word = nil
      } else {
        add(character)
      }
    }
    return words + (word.map { [$0] } ?? [])
  }
}

/// The chains of a table as `nft list table` prints them.
struct NFTListing {
  /// How a rule compares with what nft printed of it.
  enum Agreement {
    case same
    case different
    /// nft left out something that it does not know.
    case unprintable
  }

  /// Each chain's rules.
  private(set) var chains: [String: [String]] = [:]

  init(_ lines: [String]) {
    var chain: String?
    for line in lines {
      let depth = line.prefix { $0 == "\t" }.count
      let text = String(line.dropFirst(depth))
      if depth == 1, text.hasPrefix("chain "), text.hasSuffix(" {") {
        let name = String(text.dropFirst(6).dropLast(2))
        chains[name] = []
        chain = name
      } else if depth <= 1 {
        chain = nil
      } else if let chain, depth == 2, !Self.isHead(text) {
        chains[chain, default: []].append(text)
      }
    }
  }

  /// What stands in a chain before its rules: `type filter hook input priority filter; policy accept;`, a comment.
  private static func isHead(_ text: String) -> Bool {
    text.hasPrefix("type ") && text.contains(" hook ") || text.hasPrefix("comment \"") && text.hasSuffix("\"")
  }

  /// A rule by kpx, and by nft.
  static func agreement(_ direct: String, _ printed: String) -> Agreement {
    let (direct, printed) = (plain(direct), plain(printed))
    if direct == printed { return .same }
    // Before 1.0.7 nft did not say that a map gives address and port, and other versions print it without a name.
    if direct.replacing(" addr . port to ", with: " to ") == printed { return .unprintable }
    // Extensions of iptables in a table that is not iptables'.
    return printed.contains("xt match ") || printed.contains("xt target ") ? .unprintable : .different
  }

  /// Without what moves from one reading to the next: counters.
  private static func plain(_ text: String) -> String {
    let words = text.split(separator: " ", omittingEmptySubsequences: true)
    var kept: [Substring] = []
    var index = 0
    while index < words.count {
      if words[index] == "packets", index + 3 < words.count, words[index + 2] == "bytes" {
        index += 4
      } else {
        kept.append(words[index])
        index += 1
      }
    }
    return kept.joined(separator: " ")
  }
}

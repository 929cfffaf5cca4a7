extension PacketSet {
  /// For which packets of `context` it is, in words: "a and b, or c". nil if it is for all of them.
  ///
  /// Long lists are cut and counted, so that the text has a bound.
  func text(within context: PacketSet) -> String? {
    context.isSubset(of: self) ? nil : text(of: listed(within: context), within: context)
  }

  /// The alternatives to tell; nil where they are too many.
  func listed(within context: PacketSet) -> [Cube]? {
    guard let alternatives = alternatives(within: context), lines(of: alternatives) <= Self.mostLines else {
      return nil
    }
    return alternatives
  }

  /// Alternatives in words; nil for too many.
  func text(of alternatives: [Cube]?, within context: PacketSet) -> String {
    guard let alternatives else {
      let conditions = intersection(context).conditions.prefix(3).map { Fact($0).description }
      return "conditions that are too many to list"
        + (conditions.isEmpty ? "" : ", on " + conditions.joined(separator: ", "))
    }
    let texts = Set(alternatives.flatMap { words(of: $0) }).sorted()
    return texts.joined(separator: texts.contains { $0.contains(Self.and) } ? ", or " : " or ")
  }

  /// A field's values may take several alternatives, and each goes with each of another field's.
  private static let mostLines = 64

  private func lines(of cubes: [Cube]) -> Int { cubes.reduce(0) { $0 + $1.reduce(1) { $0 * words(of: $1).count } } }

  /// The cover with the fewest words: packets told apart by where they are from, or not.
  private func alternatives(within context: PacketSet) -> [Cube]? {
    var best = cover(within: context)
    for origins in space.origins {
      guard let parted = cover(within: context, by: origins) else { continue }
      // Where packets are from is said rather than that they have one of the node's addresses.
      let isOne = Set(parted.map(\.first)).count == 1
      if best.map({ weight(parted) <= weight($0) + (isOne ? 1 : 0) }) ?? true { best = parted }
    }
    return best
  }

  /// A cover of each part of the context; nil where only one part is not empty, or where it takes too many alternatives.
  private func cover(within context: PacketSet, by origins: [Values]) -> [Cube]? {
    let parts = origins.map { ($0, context.intersection(PacketSet(space, $0.set))) }.filter { !$0.1.isEmpty }
    guard parts.count > 1 else { return nil }
    var cubes: [Cube] = []
    for (origin, part) in parts {
      guard let cover = cover(within: part) else { return nil }
      // What holds for all packets is said without where they are from, but for this node's own: what holds for them is
      // told first.
      let isLocal = origin == origins.first
      let told = cover.map {
        !isLocal && members(of: $0).intersection(context).isSubset(of: self) ? $0 : [origin] + $0
      }
      cubes += told.filter { !cubes.contains($0) }
    }
    return cubes
  }

  private func members(of cube: Cube) -> PacketSet {
    cube.reduce(PacketSet.all(space)) { PacketSet(space, space.both($0.root, $1.set)) }
  }

  private func weight(_ cubes: [Cube]) -> Int { cubes.reduce(0) { $0 + max(1, $1.reduce(0) { $0 + weight($1) }) } }

  /// How many conditions it takes to say some values; each of a list counts.
  private func weight(_ values: Values) -> Int {
    words(of: values).reduce(0) {
      $0 + $1.split(separator: Self.and).reduce(0) { $0 + $1.split(separator: ", ").count }
    }
  }

  // MARK: - Words

  /// Between conditions that must hold together. It binds closer than the "or" between alternatives.
  fileprivate static let and = " and "

  /// An alternative in words; several, where a field's values can only be said in alternatives.
  private func words(of cube: Cube) -> [String] {
    let ordered = cube.sorted { Self.order($0.field) < Self.order($1.field) }
    return ordered.reduce([""]) { texts, values in
      let own = words(of: values)
      return texts.flatMap { text in own.map { text.isEmpty ? $0 : $0.isEmpty ? text : text + Self.and + $0 } }
    }
  }

  /// Who sends comes first, then by which way, then what only the moment decides.
  private static func order(_ field: PacketField) -> Int {
    switch field {
    case .localOutput, .arrival: 0
    case .source: 1
    case .sourcePort: 2
    case .inInterface: 3
    case .destination: 4
    case .destinationPort: 5
    case .outInterface: 6
    case .outInterfaceAnew: 7
    case .condition(let place): 8 + place
    }
  }

  private func words(of values: Values) -> [String] {
    if let known = space.words[values] { return known }
    let made = space.describe(values)
    space.words[values] = made
    return made
  }
}

extension PacketSpace {
  /// The ways to tell packets apart by where they are from.
  fileprivate var origins: [[PacketSet.Values]] {
    let local = PacketSet.Values(field: .localOutput, set: set(.localOutput))
    let elsewhere = PacketSet.Values(field: .localOutput, set: local.set ^ 1)
    guard let arrivals else { return [[local, elsewhere]] }
    let arriving = [arrivals.attached, arrivals.others].map { PacketSet.Values(field: .arrival, set: $0) }
    return [[local, elsewhere], [local] + arriving]
  }

  /// More of a kind are counted and not listed.
  private static let mostListed = 8

  /// A field's values in words, in as many alternatives as it takes.
  fileprivate func describe(_ values: PacketSet.Values) -> [String] {
    let set = values.set
    switch values.field {
    case .condition(let place):
      return [Fact(conditions[place], set & 1 == 0).description]
    case .localOutput: return [Fact(.localOutput, set & 1 == 0).description]
    case .arrival: return [set == arrivals?.attached ? "from a pod of this node" : "from outside this node"]
    case .source: return addresses("source", values, localSource)
    case .destination: return addresses("destination", values, localDestination)
    case .sourcePort: return ports("source port", values)
    case .destinationPort: return ports("destination port", values)
    case .inInterface: return interfaces("arriving by", values)
    case .outInterface: return interfaces("leaving by", values)
    case .outInterfaceAnew: return interfaces("leaving after translation by", values)
    }
  }

  private func addresses(_ side: String, _ values: PacketSet.Values, _ local: Reference) -> [String] {
    if values.set == local { return ["\(side) is an address of this node"] }
    if values.set == local ^ 1 { return ["\(side) is no address of this node"] }
    let words = prefixes(values.field, from: values.set, to: values.set)
    let pieces = words.dropFirst()
    if pieces.contains(where: { $0.depth > 1 }) { return nested(side, words) }
    let shown = pieces.prefix(Self.mostListed)
    let rest = pieces.count > shown.count ? ["\(pieces.count - shown.count) more"] : []
    let without = shown.filter { !$0.isIn }.map { text(side, $0) }
    let within = shown.filter(\.isIn).map { text(side, $0) }
    if words.first?.isIn == true { return [joined(without, rest)] + within }
    if within.count == 1 { return [joined(within + without, rest)] }
    if without.isEmpty, within.count <= 2, rest.isEmpty { return within }
    let sum = shown.filter(\.isIn).compactMap { $0.pattern.map { "\($0)" } } + rest
    return [joined(["\(side) in one of \(sum.joined(separator: ", "))"] + without)]
  }

  /// Conditions that must hold together, and how many more there are.
  private func joined(_ conditions: [String], _ rest: [String] = []) -> String {
    (conditions + rest).joined(separator: PacketSet.and)
  }

  /// Networks within exceptions of others: each with its own exceptions is an alternative.
  private func nested(_ side: String, _ words: [SignedPattern<IPPrefix>]) -> [String] {
    var parts: [(word: SignedPattern<IPPrefix>, exceptions: [SignedPattern<IPPrefix>])] = []
    for word in words {
      if word.isIn {
        parts.append((word, []))
      } else if let around = parts.lastIndex(where: { $0.word.pattern == nil || $0.word.depth < word.depth }) {
        parts[around].exceptions.append(word)
      }
    }
    let whole = parts.filter { $0.exceptions.isEmpty }.compactMap { $0.word.pattern.map { "\($0)" } }
    let others = parts.filter { !$0.exceptions.isEmpty }.map { part in
      let shown = part.exceptions.prefix(Self.mostListed).map { text(side, $0) }
      let rest = part.exceptions.count - shown.count
      let all = (part.word.pattern == nil ? [] : [text(side, part.word)]) + shown + (rest > 0 ? ["\(rest) more"] : [])
      return joined(all)
    }
    if whole.count > 2 { return others + ["\(side) in one of \(cut(whole))"] }
    return others + parts.filter { $0.exceptions.isEmpty }.map { text(side, $0.word) }
  }

  private func text(_ side: String, _ word: SignedPattern<IPPrefix>) -> String {
    guard let prefix = word.pattern else { return "" }
    let verb = prefix.isSingle ? (word.isIn ? "is" : "is not") : (word.isIn ? "in" : "outside")
    return "\(side) \(verb) \(prefix)"
  }

  private func ports(_ side: String, _ values: PacketSet.Values) -> [String] {
    let within = ranges(values.field, values.set)
    let without = ranges(values.field, values.set ^ 1)
    let isShorter = within.count <= without.count
    let list = isShorter ? within : without
    let shown = list.prefix(Self.mostListed).map(\.text)
    let rest = list.count > shown.count ? ["\(list.count - shown.count) more"] : []
    return [side + (isShorter ? " " : " not ") + (shown + rest).joined(separator: ", ")]
  }

  private func interfaces(_ verb: String, _ values: PacketSet.Values) -> [String] {
    let words = patterns(values.field, from: values.set, to: values.set)
    // Each with the exceptions that follow it.
    var texts: [(name: String, isIn: Bool, exceptions: [String])] = []
    for word in words {
      guard let pattern = word.pattern else { continue }
      if word.depth > 0, !texts.isEmpty {
        texts[texts.count - 1].exceptions.append(pattern.text)
      } else {
        texts.append((pattern.text, word.isIn, []))
      }
    }
    let pieces = texts.map { text in
      let exceptions = text.exceptions.isEmpty ? "" : " (but for \(cut(text.exceptions)))"
      return (text.isIn ? "" : "not ") + "\(verb) \(text.name)\(exceptions)"
    }
    if words.first?.isIn == true {
      let shown = pieces.prefix(Self.mostListed)
      let rest = pieces.count > shown.count ? ["\(pieces.count - shown.count) more interfaces"] : []
      return [joined(Array(shown), rest)]
    }
    if pieces.count <= 2 { return pieces }
    if texts.contains(where: { !$0.exceptions.isEmpty }) {
      let rest = pieces.count - Self.mostListed
      return pieces.prefix(Self.mostListed) + (rest > 0 ? ["\(verb) one of \(rest) more interfaces"] : [])
    }
    return ["\(verb) one of \(cut(texts.map(\.name)))"]
  }

  private func cut(_ names: [String]) -> String {
    let shown = names.prefix(Self.mostListed)
    return (shown + (names.count > shown.count ? ["\(names.count - shown.count) more"] : [])).joined(separator: ", ")
  }
}

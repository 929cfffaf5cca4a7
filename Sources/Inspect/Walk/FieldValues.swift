/// The values of one field as somebody would write them: prefixes and interface patterns that rules ask for, ranges of
/// ports.
extension PacketSpace {
  /// More ranges than this nobody reads.
  private static let most = 512

  /// Of the sets of a field's values between two bounds the one that takes the fewest words.
  func simplest(_ field: PacketField, from meant: Reference, to allowed: Reference) -> Reference {
    if meant == allowed || allowed == Self.all { return allowed }
    switch field {
    case .source, .destination:
      return prefixes(field, from: meant, to: allowed).reduce(Self.none) { set, word in
        guard let prefix = word.pattern else { return word.isIn ? Self.all : Self.none }
        let own = self.set(field == .source ? .source(prefix) : .destination(prefix))
        return word.isIn ? either(set, own) : both(set, own ^ 1)
      }
    case .inInterface, .outInterface, .outInterfaceAnew:
      let known = Dictionary((interfaces[field]?.list ?? []).map { ($0.pattern, $0.set) }) { first, _ in first }
      return patterns(field, from: meant, to: allowed).reduce(Self.none) { set, word in
        guard let own = word.pattern.flatMap({ known[$0] }) else { return word.isIn ? Self.all : Self.none }
        return word.isIn ? either(set, own) : both(set, own ^ 1)
      }
    case .sourcePort, .destinationPort:
      func words(_ set: Reference) -> Int { min(ranges(field, set).count, ranges(field, set ^ 1).count) }
      return words(allowed) < words(meant) ? allowed : meant
    case .condition, .localOutput, .arrival: return meant
    }
  }

  /// The prefixes that say which addresses are in a set between two bounds.
  func prefixes(_ field: PacketField, from meant: Reference, to allowed: Reference) -> [SignedPattern<IPPrefix>] {
    let tree = prefixTree(field)
    return tree.fewest { index in
      guard let address = tree.addressOutsideInner(index, family) else { return nil }
      let bits = IPPrefix(address).bits
      let first = field.levels.lowerBound
      func has(_ set: Reference) -> Bool { contains(set) { bits[Int($0 - first)] } }
      return has(meant) ? true : has(allowed) ? nil : false
    }
  }

  /// The interface patterns that say which interfaces are in a set between two bounds.
  func patterns(
    _ field: PacketField, from meant: Reference, to allowed: Reference
  ) -> [SignedPattern<InterfacePattern>] {
    guard let known = interfaces[field] else { return [] }
    let tree = known.tree
    let last = field.levels.upperBound - 1
    return tree.fewest { index in
      let own = tree.places[index].pattern
      func has(_ set: Reference) -> Bool {
        contains(set) { level in own.map { known.list[Int(last - level)].pattern.contains($0) } ?? false }
      }
      return has(meant) ? true : has(allowed) ? nil : false
    }
  }

  /// The ports that are in a set, in ascending order; no more than anybody reads.
  func ranges(_ field: PacketField, _ set: Reference) -> [ClosedRange<UInt16>] {
    var found: [ClosedRange<UInt16>] = []
    func visit(_ set: Reference, _ offset: UInt16, _ first: UInt16) {
      guard set != Self.none, found.count <= Self.most else { return }
      if set == Self.all {
        let last = first | (offset == 0 ? .max : UInt16((1 << (16 - Int(offset))) - 1))
        if let before = found.last, Int(before.upperBound) + 1 == Int(first) {
          found[found.count - 1] = before.lowerBound...last
        } else {
          found.append(first...last)
        }
        return
      }
      let (low, high) = halves(set, at: field.levels.lowerBound + offset)
      visit(low, offset + 1, first)
      visit(high, offset + 1, first | 1 << (15 - offset))
    }
    visit(set, 0, 0)
    return found
  }
}

extension PatternTree<IPPrefix> {
  /// An address of a place that is in none of those inside; nil if there is none.
  func addressOutsideInner(_ index: Int, _ family: IPFamily) -> IPAddress? {
    let whole = places[index].pattern ?? IPPrefix(.any(family), length: 0)
    var address = whole.address
    for inner in places[index].inner {
      guard let prefix = places[inner].pattern, prefix.contains(address) else { return address }
      guard let next = prefix.last.successor, whole.contains(next) else { return nil }
      address = next
    }
    return address
  }
}

extension IPAddress {
  /// The next address; nil behind the last.
  fileprivate var successor: IPAddress? {
    switch self {
    case .v4(let value): value == .max ? nil : .v4(value + 1)
    case .v6(let high, let low):
      low < .max ? .v6(high: high, low: low + 1) : high < .max ? .v6(high: high + 1, low: 0) : nil
    }
  }
}

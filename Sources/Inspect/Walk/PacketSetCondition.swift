extension PacketSet {
  /// For which packets of `context` it is; nil if it is for all of them.
  func condition(within context: PacketSet) -> PacketCondition? {
    if context.isSubset(of: self) { return nil }
    // In a space that is full, sets are not what was asked for, and what was said of them is no answer.
    let key = Told(set: root, context: context.root)
    if !space.isFull, let known = space.told[key] { return known }
    let listed = listed(within: context)
    let made = PacketCondition(text: text(of: listed, within: context), any: listed.map { $0.map(alternative) })
    space.told[key] = made
    return made
  }

  /// A set among others.
  struct Told: Hashable {
    let set: PacketSpace.Reference
    let context: PacketSpace.Reference
  }

  private func alternative(_ cube: Cube) -> PacketCondition.Alternative {
    var result = PacketCondition.Alternative()
    for values in cube {
      switch values.field {
      case .condition(let place):
        result.tests = (result.tests ?? []) + [PacketCondition.Test(space.conditions[place], values.set & 1 == 0)]
      case .localOutput: result.local = values.set & 1 == 0
      case .arrival: result.fromPod = values.set == space.arrivals?.attached
      case .source: result.source = space.list(values)
      case .sourcePort: result.sourcePort = space.list(values)
      case .inInterface: result.inInterface = space.list(values)
      case .destination: result.destination = space.list(values)
      case .destinationPort: result.destinationPort = space.list(values)
      case .outInterface: result.outInterface = space.list(values)
      case .outInterfaceAnew: result.outInterfaceAnew = space.list(values)
      }
    }
    return result
  }
}

extension PacketSpace {
  /// A field's values as lists.
  fileprivate func list(_ values: PacketSet.Values) -> PacketCondition.Values {
    switch values.field {
    case .source, .destination:
      let local = values.field == .source ? localSource : localDestination
      if values.set == local { return PacketCondition.Values(local: true) }
      if values.set == local ^ 1 { return PacketCondition.Values(local: false) }
      let all = family == .v4 ? "0.0.0.0/0" : "::/0"
      return list(prefixes(values.field, from: values.set, to: values.set), all: all) { "\($0)" }
    case .inInterface, .outInterface, .outInterfaceAnew:
      return list(patterns(values.field, from: values.set, to: values.set), all: "+") {
        $0.name + ($0.wildcard ? "+" : "")
      }
    case .sourcePort, .destinationPort:
      let (within, without) = (ranges(values.field, values.set), ranges(values.field, values.set ^ 1))
      return within.count <= without.count
        ? PacketCondition.Values(in: within.map(\.text)) : PacketCondition.Values(not: without.map(\.text))
    case .condition, .localOutput, .arrival: return PacketCondition.Values()
    }
  }

  /// - Parameter all: what stands for all values, to be said where those outside all others are meant and some inside.
  private func list<Pattern>(
    _ words: [SignedPattern<Pattern>], all: String, _ text: (Pattern) -> String
  ) -> PacketCondition.Values {
    let within = words.filter(\.isIn).compactMap(\.pattern).map(text)
    let without = words.filter { !$0.isIn }.compactMap(\.pattern).map(text)
    let isAround = words.first?.isIn == true && !within.isEmpty
    return PacketCondition.Values(in: (isAround ? [all] : []) + within, not: without)
  }
}

extension PacketCondition.Test {
  fileprivate init(_ condition: Condition, _ holds: Bool) {
    self.init(kind: Kind(condition), text: Fact(condition).description, holds: holds)
  }
}

extension PacketCondition.Test.Kind {
  fileprivate init(_ condition: Condition) {
    switch condition {
    case .recent: self = .recent
    case .set: self = .set
    case .chosen(.scheduler): self = .scheduler
    case .chosen(.addressRange): self = .addressRange
    case .undecided: self = .undecided
    case .sourceType, .destinationType: self = .addressType
    case .maskedSource, .maskedDestination, .source, .destination: self = .address
    case .localOutput, .inInterface, .outInterface, .outInterfaceAnew, .sourcePort, .destinationPort, .other,
      .undecoded,
      .all:
      self = .match
    }
  }
}

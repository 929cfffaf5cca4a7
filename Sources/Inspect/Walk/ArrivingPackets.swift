/// The packets that arrive, in two classes: from what has an interface of its own, and from all else.
struct ArrivingPackets {
  /// They come by the interface that leads to their source, and so pass the check by the reverse path.
  let attached: PacketSpace.Reference
  let others: PacketSpace.Reference
}

extension PacketSpace {
  /// Whether rules asked by which interface packets come. Of every packet that arrives it is told that it does not come by
  /// lo.
  var asksArrivals: Bool {
    interfaces[.inInterface]?.list.contains { !["", "lo"].contains($0.pattern.name) } ?? false
  }

  /// Sets of the packets that `arrivals` speaks of, which are the same for all walks of a space.
  func arriving(_ arrivals: Arrivals) -> ArrivingPackets {
    let patterns = interfaces[.inInterface]?.list.count ?? 0
    let routed = byRoute.flatMap { $0.patterns == patterns ? $0.packets : nil } ?? packets(arrivals)
    byRoute = (patterns, routed)
    let arriving = ArrivingPackets(attached: passingReversePath(routed.attached), others: routed.others)
    self.arrivals = arriving
    return arriving
  }

  /// Those of some packets that are found to come by the interface that leads to their source.
  func passingReversePath(_ packets: Reference) -> Reference {
    conditions.reduce(packets) { set, condition in
      guard let passes = condition.holdsByReversePath else { return set }
      return both(set, self.set(Fact(condition, passes)))
    }
  }

  /// The packets that come by one of some interfaces.
  func coming(by names: [String]) -> Reference { byInterface(names) { $0.isEmpty ? Self.none : Self.all } }

  /// By interface and source alone.
  private func packets(_ arrivals: Arrivals) -> ArrivingPackets {
    let own = Set(arrivals.attached.keys)
    let everywhere = sources(arrivals.attached.values.flatMap(\.self)) ^ 1
    let remote = Set(arrivals.interfaces).subtracting(own)
    let behind = byInterface(own.sorted()) { names in sources(names.flatMap { arrivals.attached[$0] ?? [] }) }
    let elsewhere = byInterface(remote.sorted()) { names in names.isEmpty ? Self.none : everywhere }
    let sent = set(.localOutput) ^ 1
    return ArrivingPackets(attached: both(behind, sent), others: both(elsewhere, sent))
  }

  private func sources(_ addresses: [IPAddress]) -> Reference {
    addresses.reduce(Self.none) { either($0, set(.source(IPPrefix($1)))) }
  }

  /// The packets that come by some interfaces, for each of the sets of names that rules do not tell apart what `packets`
  /// says.
  private func byInterface(_ names: [String], _ packets: ([String]) -> Reference) -> Reference {
    let patterns = interfaces[.inInterface]?.list.map(\.pattern) ?? []
    let last = PacketField.inInterface.levels.upperBound - 1
    /// Those of `names` that agree in the patterns from `index` on; the last pattern is the nearest to the top.
    func part(_ names: [String], _ index: Int) -> Reference {
      if names.isEmpty { return Self.none }
      guard index >= 0 else { return packets(names) }
      let matching = names.filter { patterns[index].contains(InterfacePattern(name: $0, wildcard: false)) }
      let rest = matching.isEmpty ? names : names.filter { !matching.contains($0) }
      return node(last - UInt16(index), part(rest, index - 1), part(matching, index - 1))
    }
    return part(names, patterns.count - 1)
  }
}

extension Condition {
  /// Whether it holds for a packet that comes by the interface that leads to its source; nil where it asks for something else.
  fileprivate var holdsByReversePath: Bool? {
    switch self {
    case .other(.reversePath(let match)): return match.flags & 8 == 0
    case .other(.native(.comparison(let comparison))):
      // fib saddr . iif oif: the interface's index, or 0 where packets to the source leave by another.
      guard case .fib(let fib) = comparison.value, fib.result != .addressType,
        fib.flags.isSuperset(of: [.source, .inInterface]), comparison.data.allSatisfy({ $0 == 0 })
      else { return nil }
      switch comparison.operation {
      case .equal: return false
      case .notEqual: return true
      default: return nil
      }
    default: return nil
    }
  }
}

/// Chains that were found to let some ways pass as they came: the same ways need not be walked through them again.
///
/// Chains that jump to chains that jump to chains would otherwise take exponential time.
struct UnchangedWays {
  /// More ways together than this seldom come a second time.
  private static let mostWays = 64
  private static let mostPassages = 65_536

  private struct Passage: Hashable {
    let chain: ChainReference
    let ways: [State.Way]
  }

  private var passages: Set<Passage> = []

  func contains(_ states: [State], by chain: ChainReference) -> Bool {
    guard !passages.isEmpty, states.count <= Self.mostWays else { return false }
    return passages.contains(Passage(chain: chain, ways: states.map(\.way)))
  }

  /// - Parameter left: what came back, while nothing ended or left the chain otherwise.
  mutating func note(_ states: [State], by chain: ChainReference, after left: [State]) {
    guard states.count == left.count, states.count <= Self.mostWays, passages.count < Self.mostPassages else { return }
    let ways = states.map(\.way)
    if ways == left.map(\.way) { passages.insert(Passage(chain: chain, ways: ways)) }
  }
}

extension State {
  /// All but how a way came about.
  fileprivate var way: Way { Way(packet: shared, set: set, share: share, recalled: recalled, group: group) }

  fileprivate struct Way: Hashable {
    let packet: SharedPacket
    let set: PacketSet
    let share: Double
    let recalled: Condition?
    let group: DestinationGroup?

    func hash(into hasher: inout Hasher) {
      packet.hash(into: &hasher)
      set.hash(into: &hasher)
    }
  }
}

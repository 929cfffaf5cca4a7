/// Blocklists: packets that are told from others by who sends them, and by few addresses of all that there are.
extension PacketSet {
  /// Somebody who lists less than one address in 256 means these, and not nearly everybody.
  private static let few = 1.0 / 256

  /// Whether, among the packets of `context`, it is of listed sources alone.
  /// - Parameter others: who is in no such list by intent.
  func isOfListedSources(within context: PacketSet, sparing others: [IPAddress]) -> Bool {
    guard let cubes = cover(within: context), !cubes.isEmpty else { return false }
    let sources = cubes.compactMap { $0.first { $0.field == .source }?.set }
    guard sources.count == cubes.count else { return false }
    let listed = sources.reduce(PacketSpace.none) { space.either($0, $1) }
    let first = PacketField.source.levels.lowerBound
    return space.fraction(listed) < Self.few
      && !others.contains { address in
        guard address.family == space.family else { return false }
        let prefix = IPPrefix(address)
        return space.contains(listed) { prefix.bit(Int($0 - first)) }
      }
  }
}

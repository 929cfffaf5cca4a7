/// The addresses that `-m recent` remembers under one name (/proc/net/xt_recent/NAME): how many and since when, and not whose.
public struct RecentList: Codable, Sendable, Hashable {
  /// Seconds since each was noted last.
  public var ages: [Int]
  /// How many it remembers at most (the parameter ip_list_tot of the module xt_recent); nil where that cannot be read. For one
  /// more the kernel forgets the one that was noted least recently (recent_entry_init).
  public var limit: Int?

  /// A list.
  public init(ages: [Int], limit: Int?) {
    self.ages = ages
    self.limit = limit
  }

  /// Whether a new address drives out one that was noted less than so many seconds ago.
  func forgets(within seconds: Int) -> Bool {
    guard let limit, limit > 0, ages.count >= limit, let oldest = ages.max() else { return false }
    return oldest < seconds - Self.slack
  }

  /// How many of them were noted less than so many seconds ago.
  func count(within seconds: Int) -> Int { ages.count { $0 < seconds - Self.slack } }

  /// The kernel notes ticks, which it counts from a moment of its start that is not quite that of its clock.
  private static let slack = 5
}

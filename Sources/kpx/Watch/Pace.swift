import Inspect
import Synchronization

/// How often a node is looked at: as often as is wanted, unless looking costs too much.
struct Pace {
  /// Of the time looks take no more than this part.
  private static let largestPart = 5
  /// A legacy table of more rules, which the kernel copies as a whole, is read no more often than every `slowest`.
  static let mostRules = 20_000
  static let slowest = Duration.seconds(10)

  /// What is wanted.
  let wanted: Duration

  /// From the beginning of a look to the next one's, and why it is not as wanted.
  func interval(after look: Look) -> (time: Duration, reason: String?) {
    var (time, reason): (Duration, String?) = (wanted, nil)
    let cost = look.cost
    if cost * Self.largestPart > time {
      time = cost * Self.largestPart
      reason = "a look takes \(Self.text(cost))"
    }
    if look.rules > Self.mostRules, time < Self.slowest {
      time = Self.slowest
      reason = "a legacy table has \(grouped(look.rules)) rules"
    }
    return (time, reason)
  }

  /// `2 s`, `0.5 s`
  static func text(_ time: Duration) -> String { "\(CounterRates.number(time / .seconds(1))) s" }

  /// What one look took.
  struct Look: Equatable {
    /// From its beginning to its end.
    var duration = Duration.zero
    /// How much of that was waiting on purpose.
    var pauses = Duration.zero
    /// How many rules the largest legacy table has that was read.
    var rules = 0

    /// What weighs on the node and the API.
    var cost: Duration { max(.zero, duration - pauses) }

    mutating func note(_ activity: Activity) {
      switch activity {
      case .readingTable(_, let count): rules = max(rules, count)
      case .waitingForSync(let pause): pauses += pause
      default: break
      }
    }
  }
}

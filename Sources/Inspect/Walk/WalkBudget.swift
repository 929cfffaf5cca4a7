#if canImport(Glibc)
  import Glibc
#endif

/// What all walks of a run may cost together. Where it is used up, walks end with `uncertain`, and what was found until
/// then stands.
public final class WalkBudget {
  /// Chains inside chains. The kernel refuses loops; a damaged table need not.
  static let depth = 64
  private let seconds: Double
  private let mostEvaluations: Int
  private let ways: Int
  private let started = WalkBudget.cpuSeconds
  /// Rules looked at, counted once for each way that met them.
  private var evaluations = 0
  private var nextLook = 0
  private var usedUp: String?

  /// - Parameters:
  ///   - seconds: of the processor, of the thread that makes it and walks.
  ///   - evaluations: rules looked at, counted once for each way that meets them.
  ///   - ways: under way at the same time; each bears a packet of its own.
  public init(seconds: Double = 10, evaluations: Int = .max, ways: Int = 65_536) {
    self.seconds = seconds
    mostEvaluations = evaluations
    self.ways = ways
  }

  /// Counts a rule that some ways are about to meet. Gives back why no more may be, in words.
  func spend(_ count: Int, on space: PacketSpace) -> String? {
    if let usedUp { return usedUp }
    evaluations += count
    if count > ways { return "more than \(ways) ways" }
    if space.isFull { return "the rules tell more packets apart than kpx has room for" }
    if evaluations > mostEvaluations {
      usedUp = "more than \(mostEvaluations) rules were met"
    } else if evaluations >= nextLook {
      nextLook = evaluations + 1024
      let isLate = Self.cpuSeconds - started > seconds
      usedUp = isLate ? "the time limit of \(seconds.formatted) s was reached after \(evaluations) rules" : nil
    }
    return usedUp
  }

  private static var cpuSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}

extension Double {
  /// `10`, `0.5`
  fileprivate var formatted: String { self == rounded() ? "\(Int(self))" : "\(self)" }
}

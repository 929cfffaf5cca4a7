@testable import Inspect

/// What a run came to.
struct Tally: Sendable {
  var pairs = 0
  private(set) var certain = 0
  /// Ways that hang on something that the walk cannot know: whether a client is remembered, say.
  private(set) var conditional = 0
  private(set) var uncertain = 0
  private(set) var doubts: [String: Int] = [:]
  /// What became of packets, by the kernel.
  private(set) var fates: [String: Int] = [:]
  /// How often shares were measured.
  var shares = 0
  /// How often the rules on the way were compared, one by one, with the kernel's trace.
  private(set) var traced = 0

  mutating func count(_ judgement: Judgement) {
    pairs += 1
    fates[judgement.fate.name, default: 0] += 1
    if judgement.isTraced { traced += 1 }
    if judgement.branches.contains(where: { !$0.isCertain }) {
      uncertain += 1
    } else if judgement.doubts.isEmpty {
      certain += 1
    } else {
      conditional += 1
    }
    for doubt in Set(judgement.doubts) { doubts[doubt, default: 0] += 1 }
  }

  var text: String {
    let common = doubts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(6).map { "\($0.value) x \($0.key)" }
    let ends = fates.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
    return
      "\(pairs) pairs (\(ends.joined(separator: ", "))), \(certain) certain, \(conditional) conditional, \(uncertain) uncertain, "
      + "\(shares) shares measured, \(traced) traced"
      + (common.isEmpty ? "" : " (\(common.joined(separator: "; ")))")
  }
}

@testable import Inspect

/// Whether ways are met as often as their shares say.
struct Shares {
  let judge: Judge
  /// How often a packet is sent.
  static let count = 400

  /// Sends a packet many times: every way is met as often as its share says, and no other is.
  /// - Returns: what is wrong.
  func problem(_ trial: Trial, _ branches: [Branch]) throws -> String? {
    let ways = "\nkpx: " + branches.map(\.summary).joined(separator: "\n     ")
    var met: [Set<Int>: Int] = [:]
    for _ in 0..<Self.count {
      let again = judge.again(trial)
      let fate = try judge.wire.send(again.datagram, by: again.cable)
      let possible = Set(branches.indices.filter { judge.allows(branches[$0], fate, again) })
      guard !possible.isEmpty else { return "no share of it: \(fate)" + ways }
      met[possible, default: 0] += 1
    }
    let groups = groups(Set(met.keys), of: branches.count)
    let counts = groups.map { group in met.reduce(0) { $0 + ($1.key.isSubset(of: group) ? $1.value : 0) } }
    let expected = groups.map { group in group.reduce(0) { $0 + branches[$1].share } * Double(Self.count) }
    let isPossible = zip(counts, expected).allSatisfy { $0 == 0 || $1 > 0 }
    let chiSquare = zip(counts, expected).reduce(0.0) { sum, pair in
      pair.1 > 0 ? sum + (Double(pair.0) - pair.1) * (Double(pair.0) - pair.1) / pair.1 : sum
    }
    let freedom = expected.count { $0 > 0 } - 1
    return isPossible && chiSquare <= ChiSquare.limit(freedom: freedom)
      ? nil : "shares: met \(counts) of expected \(expected)" + ways
  }

  /// Ways that something could not be told apart by, together.
  private func groups(_ alike: Set<Set<Int>>, of count: Int) -> [Set<Int>] {
    var groups = (0..<count).map { Set([$0]) }
    for together in alike {
      let touched = groups.filter { !$0.isDisjoint(with: together) }
      groups.removeAll { !$0.isDisjoint(with: together) }
      groups.append(touched.reduce(together) { $0.union($1) })
    }
    return groups
  }
}

/// The chi-square distribution.
enum ChiSquare {
  /// What is exceeded once in a million, by Wilson and Hilferty's approximation, which is good to a few percent.
  static func limit(freedom: Int) -> Double {
    guard freedom > 0 else { return 1e-9 }
    let degrees = Double(freedom)
    // The standard normal distribution's quantile at 1 - 1e-6.
    let quantile = 4.7534
    let part = 2 / (9 * degrees)
    let root = 1 - part + quantile * part.squareRoot()
    return degrees * root * root * root * 1.1
  }
}

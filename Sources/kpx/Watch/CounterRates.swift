/// How fast counters go, between two looks at a node.
struct CounterRates {
  private var rates: [Counter: Double] = [:]

  /// Nothing is known of any.
  static let none = CounterRates()

  var isEmpty: Bool { rates.isEmpty }

  private init() {}

  /// A counter that has gone back was made anew, as kube-proxy does with a chain that it writes again: its rate is not known.
  /// - Parameter time: what lies between both looks.
  init(from before: [Counter: UInt64], to now: [Counter: UInt64], in time: Duration) {
    let seconds = time / .seconds(1)
    guard seconds > 0 else { return }
    for (counter, count) in now {
      guard let old = before[counter], count >= old else { continue }
      rates[counter] = Double(count - old) / seconds
    }
  }

  /// A second; nil where it is not known.
  subscript(counter: Counter) -> Double? { rates[counter] }

  /// `+3/s`, empty where nothing was counted or nothing is known.
  func text(of counter: Counter) -> String {
    guard let rate = self[counter], rate > 0 else { return "" }
    return "+\(Self.number(rate))/s"
  }

  /// `0.5`, `3`, `1200`; never 0 for what is not nothing.
  static func number(_ rate: Double) -> String {
    // A counter may have any number, and two looks lie close together.
    if rate >= 10 || rate == rate.rounded() { return "\(UInt64(min(rate, 1e18).rounded()))" }
    let tenths = Int((rate * 10).rounded())
    if rate > 0, tenths == 0 { return "<0.1" }
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
  }
}

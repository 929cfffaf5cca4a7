import Inspect
import Testing

@testable import kpx

@Suite("How fast counters go")
struct CounterRatesTests {
  private let counter = Counter.link(Counter.InterfacePlace(namespace: "a", sandbox: nil, index: 1), .received)

  private func text(_ before: UInt64?, _ now: UInt64, in time: Duration = .seconds(2)) -> String {
    CounterRates(from: before.map { [counter: $0] } ?? [:], to: [counter: now], in: time).text(of: counter)
  }

  @Test("A second's share of what was counted", arguments: [(6, "+3/s"), (1, "+0.5/s"), (2468, "+1234/s"), (0, "")])
  func rates(count: UInt64, expected: String) { #expect(text(100, 100 + count) == expected) }

  @Test("A number that no counter should have is one, too")
  func largest() { #expect(text(0, .max, in: .nanoseconds(1)) == "+1000000000000000000/s") }

  @Test("Not known of a counter that is new, or was made anew")
  func unknown() {
    #expect(text(nil, 5) == "")
    #expect(text(5, 3) == "")
    #expect(text(5, 9, in: .zero) == "")
    #expect(CounterRates.none[counter] == nil)
  }

  @Test("What is not nothing is not shown as nothing")
  func small() { #expect(text(0, 1, in: .seconds(100)) == "+<0.1/s") }
}

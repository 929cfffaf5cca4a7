import Inspect
import Testing

@testable import kpx

@Suite("How often a node is looked at")
struct PaceTests {
  private func look(_ duration: Duration, _ activities: Activity...) -> Pace.Look {
    var look = Pace.Look()
    for activity in activities { look.note(activity) }
    look.duration = duration
    return look
  }

  private func interval(_ look: Pace.Look, wanted: Duration = .seconds(2)) -> (Duration, String?) {
    Pace(wanted: wanted).interval(after: look)
  }

  @Test("As often as is wanted while a look takes a fifth of the time")
  func cheap() {
    #expect(interval(look(.milliseconds(400))) == (.seconds(2), nil))
  }

  @Test("Less often where it takes more, which is said")
  func costly() {
    #expect(interval(look(.milliseconds(900))) == (.milliseconds(4500), "a look takes 0.9 s"))
  }

  @Test("A pause for kube-proxy to follow the API costs nothing")
  func pause() {
    #expect(interval(look(.milliseconds(1600), .waitingForSync(.milliseconds(1500)))) == (.seconds(2), nil))
  }

  @Test("A legacy table of more than 20,000 rules is read every 10 s, whatever is wanted")
  func largeTable() {
    let small = Activity.readingTable(name: "filter", rules: 20_000)
    let large = Activity.readingTable(name: "nat", rules: 149_004)
    #expect(interval(look(.milliseconds(300), small)) == (.seconds(2), nil))
    let found = interval(look(.milliseconds(300), large, small))
    #expect(found == (.seconds(10), "a legacy table has 149,004 rules"))
    // Who wants it more seldom has it so.
    #expect(interval(look(.milliseconds(300), large), wanted: .seconds(60)) == (.seconds(60), nil))
  }
}

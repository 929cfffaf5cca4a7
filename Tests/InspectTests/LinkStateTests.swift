import Testing

@testable import Inspect

@Suite("Whether an interface is down")
struct LinkStateTests {
  private func link(flags: UInt32 = 1, state: String, hasCarrier: Bool?) -> Link {
    var link = Link(name: "eth0", index: 2, mtu: 1500, flags: flags, state: state)
    link.hasCarrier = hasCarrier
    return link
  }

  @Test("The carrier tells, since the state follows it up to a second later; where the kernel says none, the state")
  func carrier() {
    #expect(!link(state: "DOWN", hasCarrier: true).isDown)
    #expect(link(state: "UP", hasCarrier: false).isDown)
    #expect(link(state: "LOWERLAYERDOWN", hasCarrier: nil).isDown)
    #expect(!link(state: "UNKNOWN", hasCarrier: nil).isDown)
    #expect(link(flags: 0, state: "DOWN", hasCarrier: true).isDown)
  }
}

import FoundationEssentials
import TestSupport
import Testing

@testable import Inspect
@testable import kpx

@Suite("Counters of what is watched")
struct WatchedAnswerTests {
  private func pods(received: UInt64, mtu: UInt32 = 1500) -> PodInterfaces {
    var sandbox = PodSandbox()
    sandbox.name = Sourced(NamespacedName("a", "b"), .podLogs)
    sandbox.id = Sourced("abc", .runtime)
    var link = Link(name: "eth0", index: 2, kind: "veth", mtu: mtu, flags: 1, state: "UP")
    link.statistics = LinkStatistics(
      rxPackets: received, txPackets: 4, rxBytes: 100 * received, txBytes: 400, rxErrors: 0, txErrors: 0, rxDropped: 0,
      txDropped: 1)
    let interface = PodInterface(link: link, addresses: [], side: .none)
    return PodInterfaces(pods: [PodNetwork(sandbox: sandbox, interfaces: [interface])])
  }

  private func text(_ answer: PodInterfaces, _ rates: CounterRates, isList: Bool, isWide: Bool = false) -> String {
    PodText(
      answer, terminal: Terminal(width: nil, hasColor: false), isWide: isWide, isList: isList, hasHeaders: true,
      rates: rates
    ).text
  }

  @Test("A pod's interface has the packets of a second, and those dropped, in a list and alone")
  func linkRates() {
    let (before, now) = (pods(received: 10), pods(received: 16))
    let rates = CounterRates(from: before.counters, to: now.counters, in: .seconds(2))
    let table = text(now, rates, isList: true).split(separator: "\n").map { $0.split(separator: " ") }
    #expect(table[0].contains("RX/S") && table[0].contains("TX/S") && table[0].contains("DROPS/S"))
    #expect(table[1].contains(["3", "0", "0"]))
    #expect(text(now, rates, isList: false).contains("\n    packets 3/s received, 0/s sent, 0/s dropped\n"))
    #expect(!text(now, .none, isList: true).contains("/S"))
  }

  @Test("Two answers that differ in counters alone have the same text once they count the same")
  func links() {
    let (before, now) = (pods(received: 10), pods(received: 16))
    let text = text(now, .none, isList: false, isWide: true)
    #expect(self.text(before, .none, isList: false, isWide: true) != text)
    #expect(self.text(before.counting(as: now), .none, isList: false, isWide: true) == text)
    #expect(self.text(pods(received: 10, mtu: 9000).counting(as: now), .none, isList: false, isWide: true) != text)
  }

  @Test(
    "So have traces, with the rules on the way",
    .enabled(if: canMakeNetworkNamespaces, "needs root, for rules to trace"))
  func traces() async throws {
    let before = try await withPrivateNetworkNamespace { namespace in
      try namespace.loadEverything(Capture("yaobank-iptables-legacy-v1.34"))
      let result = try Kpx.run("trace", "yaobank/summary", "--no-api", "--proxy-version", "1.34", "-o", "json")
      return try JSONDecoder().decode(Trace.self, from: Data(result.output))
    }
    var now = before
    for index in now.frontends.indices {
      now.frontends[index].packets = now.frontends[index].packets.map { $0 + 8 }
      for place in now.frontends[index].endpoints.indices {
        now.frontends[index].endpoints[place].packets = now.frontends[index].endpoints[place].packets.map { $0 + 8 }
      }
      for place in (now.frontends[index].path ?? []).indices {
        now.frontends[index].path?[place].packets = 999
        now.frontends[index].path?[place].bytes = 9999
      }
    }
    func text(_ trace: Trace) -> String {
      TraceText(trace, terminal: Terminal(width: nil, hasColor: false), isWide: true).text
    }
    #expect(text(now).contains("[999:9999]") && text(now).contains("12 connections"))
    #expect(text(before.counting(as: now)) == text(now))
  }
}

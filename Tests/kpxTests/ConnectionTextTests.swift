import Inspect
import TestSupport
import Testing

@testable import Inspect
@testable import kpx

@Suite("kpx connections: text")
struct ConnectionTextTests {
  private func party(_ address: UInt32, port: UInt16?, _ role: ConnectionParty.Role?) -> ConnectionParty {
    ConnectionParty(
      address: .v4(0x0af4_0000 | address), port: port, role: role,
      pod: role == .pod ? ObjectName(NamespacedName("yaobank", "summary-q76fmgv48-ctxxg")) : nil,
      node: role == .node ? "worker2" : nil)
  }

  private func list(_ change: (inout ConnectionReport) -> Void = { _ in }) -> ConnectionList {
    var list = ConnectionList(node: AnsweringNode(name: "node1"))
    var item = ConnectionReport(
      transport: .tcp, client: party(1, port: 40000, .node),
      destination: ConnectionParty(address: .v4(0x0a60_0001), port: 80),
      service: OwnerName(NamespacedName("yaobank", "summary"), port: "http"), endpoint: party(2, port: 8080, .pod),
      phase: .established, expiresSeconds: 86_400)
    change(&item)
    list.items = [item]
    list.connections.established = 1
    return list
  }

  private func text(_ list: ConnectionList, width: Int? = nil, isWide: Bool = false, rates: CounterRates = .none)
    -> ConnectionText
  {
    let terminal = Terminal(width: width, hasColor: false, isTerminal: width != nil)
    return ConnectionText([list], terminal: terminal, isWide: isWide, hasHeading: true, rates: rates)
  }

  @Test("What several nodes note alike is said once, with who does where not all do")
  func notes() {
    var lists = [list(), list(), list()]
    for index in lists.indices { lists[index].node.name = "node\(index + 1)" }
    for index in lists.indices { lists[index].notes = [Note(.api, "of all")] }
    for index in 0..<2 { lists[index].notes.append(Note(.api, "of two")) }
    let text = ConnectionText(
      lists, terminal: Terminal(width: nil, hasColor: false, isTerminal: false), isWide: false, hasHeading: true)
    #expect(text.remarks == "note: of all\nnote: of two (node[1-2])\n3 connections on 3 nodes: 3 established\n")
    #expect(text.rows.map { $0.split(separator: " ")[0] } == ["NODE", "node1", "node2", "node3"])
  }

  @Test("A line says who sends what to whom; what has nothing to say is left out")
  func line() {
    #expect(
      text(list()).table
        == """
        CLIENT            FROM          TO                ENDPOINT         POD                              STATE
        10.244.0.1:40000  node worker2  10.96.0.1:80/TCP  10.244.0.2:8080  yaobank/summary-q76fmgv48-ctxxg  established

        """)
    #expect(text(list()).remarks == "1 connection on node1: 1 established\n")
  }

  @Test("Where the table has changed while it was read the number is told as about right")
  func changed() {
    var changed = list()
    changed.changed = true
    #expect(text(changed).remarks == "about 1 connection on node1: 1 established\n")
  }

  @Test("The wide form has the protocol's state, the source that is seen and how long the entry is kept")
  func wide() {
    let shown = list { item in
      item.state = "SYN_RECV"
      item.seenSource = SocketAddress(.v4(0x0af4_0009), port: 7)
      item.ageSeconds = 300
      item.sent = ConnectionTraffic(packets: 9, bytes: 12_345)
      item.received = ConnectionTraffic(packets: 9, bytes: 5_000_000_000)
    }
    let line = text(shown, isWide: true).table.split(separator: "\n")[1].split(separator: " ").map(String.init)
    #expect(line.suffix(6) == ["SYN_RECV", "5m", "12.3K", "5.0G", "10.244.0.9:7", "24h"])
    #expect(!text(shown).table.contains("10.244.0.9"))
  }

  @Test("A narrow terminal keeps who takes part and the state", arguments: [60, 80, 120])
  func narrow(width: Int) {
    let shown = list { $0.stray = .notAnEndpoint }
    let lines = text(shown, width: width).table.split(separator: "\n")
    #expect(lines.allSatisfy { $0.count <= width } && lines.count == 2, "\(lines)")
    for word in ["10.244.0.1:40000", "10.244.0.2:8080", "established", "no endpoint"] {
      #expect(lines[1].contains(word), "\(lines)")
    }
  }

  @Test("That no pod has the address of what is no endpoint stands where the pod would")
  func noPod() {
    let shown = list { item in
      item.stray = .notAnEndpoint
      item.endpoint = party(2, port: 8080, .outside)
    }
    #expect(text(shown).table.contains("10.244.0.2:8080  no pod  established  no endpoint"), "\(text(shown).table)")
    #expect(text(list { $0.endpoint = party(2, port: 8080, .outside) }).table.contains("10.244.0.2:8080  outside"))
  }

  @Test("Names that somebody else has chosen move no cursor")
  func hostile() {
    let shown = list { $0.service = OwnerName(NamespacedName("a\u{1b}[2J", "b\n"), port: "c") }
    var other = list()
    other.items = (shown.items ?? []) + (other.items ?? [])
    #expect(!text(other).table.contains("\u{1b}"))
  }

  @Test("Rates stand beside bytes, and bytes alone are no change")
  func rates() {
    let old = list { $0.sent = ConnectionTraffic(packets: 1, bytes: 1000) }
    let new = list {
      $0.sent = ConnectionTraffic(packets: 2, bytes: 31_000)
      $0.expiresSeconds = 86_399
    }
    let rates = CounterRates(from: old.counters, to: new.counters, in: .seconds(2))
    #expect(text(new, rates: rates).table.contains("31.0K +15.0K/s"))
    #expect(text(old.counting(as: new)).table == text(new).table)
  }

  @Test("Groups have their numbers, and what is left out is said")
  func groups() {
    var list = ConnectionList(node: AnsweringNode(name: nil))
    var (service, direct, other) = (ConnectionGroup(), ConnectionGroup(), ConnectionGroup())
    service.service = OwnerName(NamespacedName("yaobank", "summary"), port: "")
    service.connections.established = 3
    service.connections.unanswered = 1
    direct.connections.established = 2
    other.destination = FrontendAddress(address: .v4(1), port: 2, transport: .udp, family: .v4)
    other.connections.closing = 1
    list.groupedBy = .service
    list.groups = [service, direct, other]
    list.connections = service.connections
    (list.omitted, list.tracked) = (5, 99)
    #expect(
      text(list).table
        == """
        SERVICE                       CONNECTIONS  ESTABLISHED  UNANSWERED  CLOSING
        yaobank/summary                         4            3           1
        no service                              2            2
        0.0.0.1:2/UDP, of no service            1                                 1

        """)
    #expect(
      text(list).remarks == """
        5 more are not shown: --top 0 shows all
        4 connections: 3 established, 1 unanswered; the node tracks 99

        """)
  }
}

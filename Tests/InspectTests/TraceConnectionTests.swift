import Testing

@testable import Inspect

@Suite("The connections that a trace sees")
struct TraceConnectionTests {
  private static let (first, second) = ("10.244.1.5:8080", "10.244.1.6:8080")
  private static let synSent = ConnectionState.tcp(1)

  private func trace(
    _ connections: FakeConnections, _ reading: ConnectionReading = .ifSmall, endpoints: [String] = [first, second],
    origin: TraceOrigin? = nil, _ transport: TransportProtocol = .tcp
  ) throws -> ServiceTrace {
    let node = serviceRules(endpoints: endpoints)
    node.connections = connections
    var request = TraceRequest(target: .address(address("10.96.0.1"), port: 80, transport: .tcp))
    request.context.families = [.v4]
    var trace = try ServiceTracer.trace(request, node)
    trace.readConnections(reading, origin, node)
    return trace
  }

  private func report(_ trace: ServiceTrace) throws -> FrontendReport {
    try #require(Trace(trace, api: nil).frontends.first)
  }

  @Test("Of each endpoint those established, opening, unanswered and closing are counted", arguments: [false, true])
  func counts(ignoresFilters: Bool) throws {
    var otherZone = connection(Self.first, from: "1.2.3.4:8")
    otherZone.zone = 5
    var table = FakeConnections([
      connection(Self.first), connection(Self.first, from: "10.244.2.9:40001"),
      connection(Self.second, from: "1.2.3.4:1"),
      connection(Self.second, from: "1.2.3.4:2", state: .tcp(2)),
      connection(Self.second, from: "1.2.3.4:3", state: .tcp(7)),
      connection(Self.second, from: "1.2.3.4:4", state: Self.synSent, isAnswered: false),
      // Of other services, and of other protocols.
      connection(Self.second, from: "1.2.3.4:5", to: "10.96.0.1:81"),
      connection(Self.second, from: "1.2.3.4:6", to: "10.96.0.2:80"),
      connection(Self.second, from: "1.2.3.4:7", .udp), otherZone,
    ])
    table.ignoresFilters = ignoresFilters
    let trace = try trace(table)
    let report = try report(trace)
    #expect(report.endpoints.map { "\($0.place)" } == [Self.first, Self.second])
    #expect(report.endpoints.map { $0.connections?.established } == [2, 1])
    #expect(report.endpoints.map { $0.connections?.opening } == [0, 1])
    #expect(report.endpoints.map { $0.connections?.unanswered } == [0, 1])
    #expect(report.endpoints.map { $0.connections?.closing } == [0, 1])
    #expect(report.strays == nil && trace.findings.isEmpty, "\(trace.findings)")
  }

  @Test("A connection is counted once where a service's node port is also its port")
  func samePort() throws {
    let node = serviceRules(endpoints: [Self.first])
    node.connections = FakeConnections([connection(Self.first)])
    var trace = try trace(FakeConnections([]))
    var nodePort = trace.frontends[0]
    (nodePort.trace.frontend.address, nodePort.trace.frontend.kind) = (nil, .nodePort)
    trace.frontends.append(nodePort)
    trace.readConnections(.ifSmall, nil, node)
    let counts = Trace(trace, api: nil).frontends.map { $0.endpoints[0].connections?.established }
    #expect(counts == [1, 0])
  }

  @Test("Of one client its own are counted")
  func origin() throws {
    let table = FakeConnections([connection(Self.first), connection(Self.first, from: "1.2.3.4:1")])
    let trace = try trace(table, origin: .addresses([address("10.244.2.9")], pod: nil))
    #expect(try report(trace).endpoints[0].connections?.established == 1)
    let ofNode = FakeConnections([connection(Self.first), connection(Self.first, from: "192.0.2.1:1")])
    #expect(try report(self.trace(ofNode, origin: .node)).endpoints[0].connections?.established == 1)
    // Nobody knows which clients are outside.
    #expect(try report(self.trace(ofNode, origin: .external)).endpoints[0].connections == nil)
  }

  @Test("Those to what is no endpoint are told; a finding are only those that nobody ends")
  func strays() throws {
    let gone = "10.244.1.99:8080"
    let table = FakeConnections([connection(gone), connection(gone, from: "1.2.3.4:1", state: .tcp(7))])
    let trace = try trace(table)
    let stray = try #require(try report(trace).strays?.first)
    #expect("\(stray.place)" == gone && stray.kind == .notAnEndpoint && stray.connections.total == 2)
    #expect(trace.findings.isEmpty, "an old connection of TCP goes on to its end")
    // What only lingers after its end is no stray.
    let ended = try self.trace(FakeConnections([connection(gone, state: .tcp(7))]))
    #expect(try report(ended).strays == nil)
  }

  @Test("Of thousands of places the first are told, and how many more there are")
  func many() throws {
    let entries = (0..<3000).map { connection("10.244.\($0 >> 8).\($0 & 255):53", from: "1.2.3.4:\($0 + 1)", .udp) }
    let node = serviceRules(endpoints: [Self.first])
    node.connections = FakeConnections(entries)
    var trace = try trace(FakeConnections([]))
    trace.frontends[0].trace.frontend.transport = .udp
    trace.readConnections(.ifSmall, nil, node)
    let finding = try #require(trace.findings.first { $0.id == .conntrackStale })
    #expect(finding.message.hasPrefix("3000 connections") && finding.evidence.count == 21 && finding.advice.count == 20)
    #expect(finding.evidence.last?.text == "and 2980 more places")
    #expect(try report(trace).strays?.count == 20)
  }

  @Test("A connection that nothing has translated is stale where no answer came, and not where one did")
  func untranslated() throws {
    let lost = try trace(FakeConnections([connection("10.96.0.1:80", state: Self.synSent, isAnswered: false)]))
    #expect(lost.findings.map(\.id) == [.conntrackStale])
    #expect(
      lost.findings[0].advice[0].command == "conntrack -D -p tcp -d 10.96.0.1 --dport 80 -r 10.96.0.1",
      "\(lost.findings)")
    #expect(try report(lost).strays?.map(\.kind) == [.notTranslated])
    #expect(try trace(FakeConnections([connection("10.96.0.1:80")])).findings.isEmpty)
  }

  @Test("Where the rules leave some clients' packets alone, theirs are not stale")
  func leftAlone() throws {
    let node = serviceRules(endpoints: [Self.first])
    // An external IP up to 1.21.
    node.append(
      "nat", "KUBE-SERVICES",
      [
        .to("198.51.100.7"), .proto(.tcp), .dport(80...80), .sourceIs(.local, not: true),
        .comment("ns/svc:http external IP"),
      ],
      .jump("KUBE-SVC-AAAAAAAAAAAAAAAA"))
    node.connections = FakeConnections([
      connection("198.51.100.7:80", to: "198.51.100.7:80", state: Self.synSent, isAnswered: false)
    ])
    var request = TraceRequest(target: .address(address("198.51.100.7"), port: 80, transport: .tcp))
    request.context.families = [.v4]
    var trace = try ServiceTracer.trace(request, node)
    #expect(trace.frontends[0].trace.endpoints[0].when != nil)
    trace.readConnections(.ifSmall, nil, node)
    #expect(trace.findings.isEmpty && trace.frontends[0].strays.isEmpty, "\(trace.findings)")
  }

  @Test(
    "An endpoint is silent where clients wait in vain for longer than an answer takes, and none got one",
    arguments: [(110, false, true), (119, false, false), (110, true, false)] as [(UInt32, Bool, Bool)])
  func silent(timeout: UInt32, hasAnswered: Bool, isSilent: Bool) throws {
    var entries = [connection(Self.first, state: Self.synSent, isAnswered: false, timeout: timeout)]
    if hasAnswered { entries.append(connection(Self.first, from: "1.2.3.4:1")) }
    let findings = try trace(FakeConnections(entries)).findings
    #expect(findings.map(\.id) == (isSilent ? [.endpointSilent] : []))
    if isSilent { #expect(findings[0].evidence.compactMap(\.endpoint).map { "\($0)" } == [Self.first]) }
  }

  @Test("A large table is not read unless it is asked for, and then a note says how to")
  func large() throws {
    var table = FakeConnections([connection(Self.first)])
    table.count = 250_000
    let unread = try trace(table)
    #expect(try report(unread).endpoints[0].connections == nil)
    #expect(unread.notes.contains { $0.text.contains("250,000") || $0.text.contains("250000") })
    #expect(try report(trace(table, .always)).endpoints[0].connections?.established == 1)
    table.count = 1
    #expect(try report(trace(table, .never)).endpoints[0].connections == nil)
  }

  @Test("Where the kernel does not tell, that is a note where it was asked for, and never a number")
  func unavailable() throws {
    var table = FakeConnections([])
    table.count = 1
    table.error = .unavailable("why not")
    let asked = try trace(table, .always)
    #expect(asked.notes.contains { $0.text == "connections are not counted: why not" })
    #expect(try report(asked).endpoints[0].connections == nil)
    #expect(!(try trace(table)).notes.contains { $0.text.contains("why not") })
    table.error = .changing(reading: "connections", attempts: 5)
    #expect(try report(trace(table, .always)).endpoints[0].connections == nil)
  }

  @Test("A table that is nearly full is told of")
  func full() throws {
    var table = FakeConnections([connection(Self.first)])
    table.limit = 1
    #expect(try trace(table).notes.contains { $0.text.hasPrefix("the table of connections is full") })
  }
}

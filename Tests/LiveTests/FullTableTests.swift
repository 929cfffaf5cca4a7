import FoundationEssentials
import TestSupport
import Testing

@testable import Inspect

/// The most connections that this machine allows for (net.netfilter.nf_conntrack_max), if a test can make so many.
private let fillableLimit: Int? = LiveConnections().limit.flatMap { (1...600_000).contains($0) ? $0 : nil }

@Suite(
  "A table of connections that is full, or changes while it is read", .serialized,
  .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace"))
struct FullTableTests {
  private static let capture = Capture("yaobank-iptables-legacy-v1.34")
  private static let service = "yaobank/summary"
  private static let options = ["--no-api", "--proxy-version", "1.34", "-4", "-o", "json"]

  /// Where a cluster IP's connections go, as a trace of the rules says.
  private struct Places {
    let frontend: FrontendAddress
    let endpoints: [SocketAddress]
    /// An address of the endpoints' network that is none of theirs.
    let gone: SocketAddress

    init() throws {
      let trace: Trace = try answer("trace", service, "--no-connections").0
      let frontend = try #require(trace.frontends.first { $0.kind == .clusterIP })
      self.frontend = frontend.place
      endpoints = frontend.endpoints.map(\.place)
      gone = SocketAddress(.v4(0x0af4_10fd), port: try #require(endpoints.first).port)
      #expect(endpoints.count > 1 && !endpoints.contains(gone))
    }

    /// What makes connections to an endpoint, each of another client, below `10.SECOND.0.0`.
    func lines(_ count: Int, to endpoint: SocketAddress, second: Int, isAnswered: Bool = true) -> String {
      let address = frontend.address.map { "\($0)" } ?? ""
      return entries(
        count, second: second, to: (address, Int(frontend.port)), end: ("\(endpoint.address)", Int(endpoint.port)),
        isAnswered: isAnswered)
    }
  }

  /// Asks kpx. What it takes is bounded, however many connections there are.
  private static func answer<Answer: Decodable>(_ words: String...) throws -> (Answer, status: Int32) {
    let start = ContinuousClock.now
    let result = try runTool([Kpx.path] + words + (words[0] == "check" ? ["--no-api", "-o", "json"] : options))
    #expect(ContinuousClock.now - start < .seconds(240), "\(words)")
    return (try JSONDecoder().decode(Answer.self, from: Data(result.output)), result.status)
  }

  /// The input of `conntrack -R` for entries that the kernel keeps when the table is full: it drops those first that are not
  /// ASSURED (early_drop, gc_worker).
  private static func entries(
    _ count: Int, second: Int, to place: (address: String, port: Int), end: (address: String, port: Int),
    isAnswered: Bool = true
  ) -> String {
    let status = isAnswered ? "SEEN_REPLY,ASSURED" : "ASSURED"
    return (0..<count).map { number in
      let client = "10.\(second + number >> 16).\(number >> 8 & 255).\(number & 255)"
      return
        "-I -p tcp -s \(client) -d \(place.address) --sport 1024 --dport \(place.port) -r \(end.address) -q \(client) "
        + "--reply-port-src \(end.port) --reply-port-dst 1024 -t 4000 --state ESTABLISHED -u \(status)\n"
    }.joined()
  }

  private func load(_ lines: String, _ namespace: PrivateNetworkNamespace) throws {
    try namespace.must("conntrack", "-R", "-", input: Array(lines.utf8))
  }

  /// Adds connections that are of no service. conntrack(8) keeps what it reads: it is given some at a time.
  private func fill(_ count: Int, _ namespace: PrivateNetworkNamespace) throws {
    let part = 30_000
    for first in stride(from: 0, to: count, by: part) {
      let line =
        "-I -p tcp -s 10.%d.%d.%d -d 10.9.9.9 --sport 1024 --dport 443 -r 10.9.9.9 -q 10.%d.%d.%d "
        + "--reply-port-src 443 --reply-port-dst 1024 -t 4000 --state ESTABLISHED -u SEEN_REPLY,ASSURED\\n"
      let octets = "100 + int($1 / 65536), int($1 / 256) % 256, $1 % 256"
      let program = "{ printf \"\(line)\", \(octets), \(octets) }"
      try namespace.must(
        "sh", "-c", "seq \(first) \(min(first + part, count) - 1) | awk '\(program)' | conntrack -R -")
    }
  }

  // MARK: - Full

  @Test(
    "Of a full table what is asked for is counted exactly, in bounded time, and that it is full is found",
    .enabled(if: fillableLimit != nil, "the machine allows for too many connections to make them all"))
  func full() async throws {
    let limit = try #require(fillableLimit)
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadEverything(Self.capture)
      let places = try Places()
      try load(places.lines(300, to: places.endpoints[0], second: 20), namespace)
      try load(places.lines(41, to: places.endpoints[1], second: 21, isAnswered: false), namespace)
      try load(places.lines(7, to: places.gone, second: 22), namespace)
      try fill(limit - 348, namespace)
      #expect(LiveConnections().count == limit)
      // There is no room for another one.
      let more = try namespace.run(
        "conntrack", "-R", "-", input: Array(places.lines(1, to: places.gone, second: 23).utf8))
      #expect(more.status != 0)
      try expectTraces(places, limit)
      try expectList(places, limit)
      let (report, status): (CheckReport, Int32) = try Self.answer("check", "conntrack-full")
      #expect(report.findings.map(\.id) == [.conntrackFull] && report.findings[0].severity == .error && status == 1)
      #expect(report.findings[0].message == "the table of connections is full: new ones are dropped")
      #expect(LiveConnections().count == limit)
    }
  }

  private func expectTraces(_ places: Places, _ limit: Int) throws {
    let asked: Trace = try Self.answer("trace", Self.service, "--connections").0
    let frontend = try #require(asked.frontends.first { $0.place == places.frontend })
    #expect(frontend.verdict == .forward && frontend.endpoints.map(\.place) == places.endpoints)
    #expect(frontend.endpoints.prefix(2).map { $0.connections?.established } == [300, 0])
    #expect(frontend.endpoints.prefix(2).map { $0.connections?.unanswered } == [0, 41])
    #expect(frontend.strays?.map(\.place) == [places.gone] && frontend.strays?[0].connections.established == 7)
    let fullness = try #require(LiveConnections().fullness)
    #expect(asked.notes.contains { $0.text == fullness }, "\(asked.notes)")
    // By itself a trace reads no large table, and says so.
    let unasked: Trace = try Self.answer("trace", Self.service).0
    let isRead = unasked.frontends.contains { $0.endpoints.contains { $0.connections != nil } }
    #expect(isRead == ConnectionReading.ifSmall.isWanted(of: limit))
    #expect(isRead || unasked.notes.contains { $0.text.contains("are counted with --connections") }, "\(unasked.notes)")
    #expect(unasked.notes.contains { $0.text == fullness })
  }

  private func expectList(_ places: Places, _ limit: Int) throws {
    let list: ConnectionList = try Self.answer("connections", Self.service, "--top", "0").0
    #expect(list.tracked == limit && list.limit == limit && list.strays == 7 && list.items?.count == 348)
    #expect(list.connections.established == 307 && list.connections.unanswered == 41 && list.connections.total == 348)
    let ends = Dictionary(grouping: list.items ?? [], by: \.endpoint.text).mapValues(\.count)
    #expect(ends == ["\(places.endpoints[0])": 300, "\(places.endpoints[1])": 41, "\(places.gone)": 7])
    let all: ConnectionList = try Self.answer("connections").0
    #expect(all.connections.total == limit)
    let counts = Dictionary(grouping: all.groups ?? []) { $0.service?.name }.mapValues { $0.map(\.connections.total) }
    #expect(counts == ["summary": [348], nil: [limit - 348]])
  }

  // MARK: - Changing

  /// What goes on while kpx reads: entries come and go, marked so that they are found again.
  private func change(
    _ lines: String, _ namespace: PrivateNetworkNamespace, _ folder: borrowing ScratchDirectory
  ) throws -> String {
    let marked = lines.replacing("\n", with: " -m 7\n")
    let file = try folder.write("entries", marked)
    let loop = "while :; do conntrack -R \(file); conntrack -D -m 7; done"
    return try namespace.run("sh", "-c", "(\(loop)) >/dev/null 2>&1 & echo $!").text
  }

  /// Answers, again and again, until the table was seen to have changed in between.
  private func lists() throws -> [ConnectionList] {
    var lists: [ConnectionList] = []
    let deadline = ContinuousClock.now + .seconds(240)
    repeat {
      lists.append(try Self.answer("connections", Self.service).0)
    } while ContinuousClock.now < deadline && (lists.count < 8 || !lists.contains { $0.changed == true })
    #expect(Set(lists.map(\.tracked)).count > 1 && lists.contains { $0.changed == true })
    return lists
  }

  @Test("Where other services' connections come and go while they are read, a service's are counted exactly")
  func othersChange() async throws {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadEverything(Self.capture)
      let places = try Places()
      try load(places.lines(2000, to: places.endpoints[0], second: 20), namespace)
      try fill(20_000, namespace)
      let others = Self.entries(5000, second: 30, to: ("10.9.9.8", 443), end: ("10.9.9.7", 443))
      let folder = try ScratchDirectory()
      let process = try change(others, namespace, folder)
      defer { _ = try? namespace.run("sh", "-c", "kill \(process)") }
      for list in try lists() { #expect(list.connections.total == 2000 && list.strays == 0) }
      for _ in 0..<4 {
        let trace: Trace = try Self.answer("trace", Self.service).0
        let frontend = try #require(trace.frontends.first { $0.place == places.frontend })
        #expect(frontend.endpoints[0].connections?.established == 2000 && frontend.strays == nil)
      }
    }
  }

  @Test(
    "Where a service's own come and go, those that stay are all counted, and the numbers are said to be about right")
  func ownChange() async throws {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadEverything(Self.capture)
      let places = try Places()
      try load(places.lines(2000, to: places.endpoints[0], second: 20), namespace)
      try fill(5000, namespace)
      let folder = try ScratchDirectory()
      let process = try change(places.lines(3000, to: places.endpoints[1], second: 30), namespace, folder)
      defer { _ = try? namespace.run("sh", "-c", "kill \(process)") }
      // Where the entry goes at which a part of the dump ended, the kernel gives the few others of its bucket once more.
      let slack = 100
      for list in try lists() {
        #expect((2000...5000 + slack).contains(list.connections.total) && list.strays == 0)
      }
      for _ in 0..<4 {
        let trace: Trace = try Self.answer("trace", Self.service).0
        let frontend = try #require(trace.frontends.first { $0.place == places.frontend })
        let counts = frontend.endpoints.map { $0.connections?.established ?? 0 }
        #expect((2000...2000 + slack).contains(counts[0]) && (0...3000 + slack).contains(counts[1]), "\(counts)")
        #expect(frontend.strays == nil)
      }
    }
  }
}

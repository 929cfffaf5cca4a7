import TestSupport
import Testing

@testable import Inspect

@Suite("The kernel's connection table", .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace"))
struct ConnectionLiveTests {
  private static let addresses = ["10.0.0.1", "10.0.0.2", "10.96.0.10", "10.244.1.5"]
  private static let addresses6 = ["fd00::1", "fd00::2", "fd00:96::a"]
  private static let ports: [UInt16] = [53, 80, 8080, 40000]

  /// What `conntrack -R` makes entries of: every protocol and state, marks, zones, translations.
  private func load(_ count: Int, into namespace: PrivateNetworkNamespace, using random: inout SeededGenerator) throws {
    var lines: Set<String> = []
    var tuples: Set<String> = []
    while lines.count < count {
      let addresses = Bool.random(using: &random) ? Self.addresses : Self.addresses6
      func any<T>(_ values: [T]) -> T { values[Int.random(in: 0..<values.count, using: &random)] }
      let (source, destination, end) = (any(addresses), any(addresses), any(addresses))
      let (from, to, endPort) = (UInt16.random(in: 1024...60000, using: &random), any(Self.ports), any(Self.ports))
      let transport = any(["tcp", "udp", "sctp"])
      guard tuples.insert("\(source) \(from) \(transport)").inserted else { continue }
      var line = "-I -p \(transport) -s \(source) -d \(destination) --sport \(from) --dport \(to) "
      line += "-r \(end) -q \(source) --reply-port-src \(endPort) --reply-port-dst \(from) "
      line += "-t \(Int.random(in: 1000...5000, using: &random)) -m \(Int.random(in: 0...9, using: &random)) "
      switch transport {
      case "tcp":
        line +=
          "--state "
          + any(["SYN_SENT", "SYN_RECV", "ESTABLISHED", "FIN_WAIT", "CLOSE_WAIT", "LAST_ACK", "TIME_WAIT", "CLOSE"])
      case "sctp":
        line +=
          "--orig-vtag 1 --reply-vtag 2 --state "
          + any(["CLOSED", "COOKIE_WAIT", "COOKIE_ECHOED", "ESTABLISHED", "SHUTDOWN_SENT"])
      default: break
      }
      line += any(["", " -u SEEN_REPLY", " -u SEEN_REPLY,ASSURED"])
      if Int.random(in: 0...4, using: &random) == 0 { line += " -w \(Int.random(in: 1...3, using: &random))" }
      lines.insert(line)
    }
    try namespace.must("conntrack", "-R", "-", input: Array(lines.joined(separator: "\n").utf8 + [10]))
  }

  private func read(_ filter: ConnectionFilter) throws -> [Connection] {
    var found: [Connection] = []
    try LiveConnections().forEach(filter) { found.append($0) }
    return found
  }

  @Test("Each entry is the one that conntrack(8) lists, in both families")
  func parity() async throws {
    try await withPrivateNetworkNamespace { namespace in
      var random = SeededGenerator(seed: 1)
      try load(400, into: namespace, using: &random)
      try namespace.must(
        "conntrack", "-I", "-p", "icmp", "-s", "10.0.0.1", "-d", "10.0.0.2", "--icmp-type", "8", "--icmp-code", "0",
        "--icmp-id", "77", "-t", "600")
      var count = 0
      for family in IPFamily.allCases {
        let entries = try read(ConnectionFilter(family))
        let listed = try namespace.run("conntrack", "-L", "-f", family == .v4 ? "ipv4" : "ipv6").text
        let lines = listed.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
        // The number behind the protocol's is how long it has left.
        let wanted = lines.map { $0.replacing(#/^(\S+ \d+) \d+ /#) { "\($0.1) " }.replacing(" use=1", with: "") }
        #expect(entries.map(\.conntrackText).sorted() == wanted.sorted())
        count += entries.count
      }
      #expect(count == 401 && LiveConnections().count == 401)
    }
  }

  @Test("What is asked for is found, whether the kernel looks for it or all entries come")
  func filters() async throws {
    try await withPrivateNetworkNamespace { namespace in
      var random = SeededGenerator(seed: 2)
      try load(400, into: namespace, using: &random)
      var found = 0
      for family in IPFamily.allCases {
        let all = try read(ConnectionFilter(family))
        for _ in 0..<200 {
          // The kernel is asked for ports of a protocol alone.
          let filter = random.filter(family)
          let wanted = Set(all.filter { filter.admits($0) }.map(\.conntrackText))
          #expect(Set(try read(filter).map(\.conntrackText)) == wanted, "\(filter)")
          found += wanted.count
        }
      }
      #expect(found > 400)
    }
  }

  @Test("Real packets: answered, unanswered and ended, with what is counted and since when")
  func packets() async throws {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.must("iptables-legacy", "-A", "INPUT", "-p", "tcp", "--dport", "81", "-j", "DROP")
      try namespace.must("iptables-legacy", "-A", "OUTPUT", "-m", "conntrack", "--ctstate", "NEW", "-j", "ACCEPT")
      for name in ["acct", "timestamp"] {
        try namespace.must("sh", "-c", "echo 1 >/proc/sys/net/netfilter/nf_conntrack_\(name)")
      }
      let script = """
        import socket, time
        server = socket.create_server(("127.0.0.1", 80))
        kept = socket.create_connection(("127.0.0.1", 80)); kept.sendall(b"x" * 1000)
        ended = socket.create_connection(("127.0.0.1", 80)); ended.close(); ours = server.accept(); server.accept()[0].close()
        silent = socket.socket(); silent.setblocking(False); silent.connect_ex(("127.0.0.1", 81))
        time.sleep(30)
        """
      let process = try namespace.run("sh", "-c", "python3 -c '\(script)' >/dev/null 2>&1 & echo $!").text
      defer { _ = try? namespace.run("sh", "-c", "kill \(process)") }
      let wanted: [Connection.Phase: Int] = [.established: 1, .closing: 1, .unanswered: 1]
      var entries: [Connection] = []
      let deadline = ContinuousClock.now + .seconds(20)
      while ContinuousClock.now < deadline, Dictionary(grouping: entries, by: \.phase).mapValues(\.count) != wanted {
        entries = try read(ConnectionFilter(.v4, .tcp))
      }
      #expect(Dictionary(grouping: entries, by: \.phase).mapValues(\.count) == wanted, "\(entries)")
      let kept = try #require(entries.first { $0.phase == .established })
      #expect(kept.original.destinationPort == 80 && !kept.isTranslated && kept.status.contains(.assured))
      #expect((kept.counts?.original.bytes ?? 0) > 1000 && (kept.counts?.reply.packets ?? 0) > 0)
      #expect((kept.start ?? 0) > 1_700_000_000_000_000_000)
    }
  }
}

extension SeededGenerator {
  fileprivate mutating func filter(_ family: IPFamily) -> ConnectionFilter {
    let addresses = (family == .v4 ? ["10.0.0.1", "10.96.0.10", "10.9.9.9"] : ["fd00::1", "fd00:96::a", "fd00::9"])
      .compactMap { IPAddress($0) }
    var filter = ConnectionFilter(family, [nil, .tcp, .udp, .sctp].randomElement(using: &self) ?? nil)
    for side in [\ConnectionFilter.original, \.reply] {
      if Bool.random(using: &self) { filter[keyPath: side].source = addresses.randomElement(using: &self) }
      if Int.random(in: 0...3, using: &self) == 0 {
        filter[keyPath: side].destination = addresses.randomElement(using: &self)
      }
      if Int.random(in: 0...2, using: &self) == 0 {
        filter[keyPath: side].destinationPort = [53, 80].randomElement(using: &self)
      }
      if Int.random(in: 0...3, using: &self) == 0 {
        filter[keyPath: side].sourcePort = [53, 80, 8080].randomElement(using: &self)
      }
    }
    return filter
  }
}

extension Connection {
  /// As `conntrack -L` prints it, without how long it has left.
  fileprivate var conntrackText: String {
    func text(_ tuple: ConnectionTuple) -> String {
      let ports =
        tuple.transport == .icmp
        ? "type=\(tuple.destinationPort >> 8) code=\(tuple.destinationPort & 255) id=\(tuple.sourcePort)"
        : "sport=\(tuple.sourcePort) dport=\(tuple.destinationPort)"
      return "src=\(tuple.source) dst=\(tuple.destination) \(ports)"
    }
    let words: [String?] = [
      "\(original.transport.name) \(original.transport.rawValue)", state?.name, text(original),
      status.contains(.seenReply) ? nil : "[UNREPLIED]", text(reply), status.contains(.assured) ? "[ASSURED]" : nil,
      "mark=\(mark)", zone == 0 ? nil : "zone=\(zone)",
    ]
    return words.compactMap(\.self).joined(separator: " ")
  }
}

import TestSupport
import Testing

@testable import Inspect

#if canImport(Glibc)
  import Glibc
#endif

/// Two states of one service, between which a writer goes back and forth: other endpoints behind the same chains.
private struct TwoStates {
  static let endpoints: [Set<String>] = [
    ["10.0.1.1:8080", "10.0.1.2:8080"], ["10.0.2.1:8080", "10.0.2.2:8080", "10.0.2.3:8080"],
  ]

  /// What stays as it is.
  let base: String
  /// What makes each state, in one transaction.
  let states: [String]
  /// The program that reads them.
  let tool: [String]

  static let iptables = TwoStates(
    base: """
      *nat
      :KUBE-SERVICES - [0:0]
      :KUBE-SVC-AAAAAAAAAAAAAAAA - [0:0]
      -A PREROUTING -j KUBE-SERVICES
      -A OUTPUT -j KUBE-SERVICES
      -A KUBE-SERVICES -d 10.96.0.1/32 -p tcp -m tcp --dport 80 -j KUBE-SVC-AAAAAAAAAAAAAAAA
      COMMIT

      """,
    states: endpoints.map { endpoints in
      let chains = endpoints.indices(named: "KUBE-SEP-")
      let jumps = chains.enumerated().map { index, chain in
        let isLast = index == chains.count - 1
        let chance = isLast ? "" : "-m statistic --mode random --probability \(1 / Double(chains.count - index)) "
        return "-A KUBE-SVC-AAAAAAAAAAAAAAAA \(chance)-j \(chain.name)\n"
      }
      return "*nat\n:KUBE-SVC-AAAAAAAAAAAAAAAA - [0:0]\n"
        + chains.map { ":\($0.name) - [0:0]\n" }.joined() + jumps.joined()
        + chains.map { "-A \($0.name) -p tcp -j DNAT --to-destination \($0.endpoint)\n" }.joined() + "COMMIT\n"
    },
    tool: ["iptables-nft-restore", "--noflush"])

  static let nftables = TwoStates(
    base: """
      table ip kube-proxy {
        map service-ips { type ipv4_addr . inet_proto . inet_service : verdict; }
        chain endpoint-1 { }
        chain endpoint-2 { }
        chain endpoint-3 { }
        chain service-a { }
        chain services { ip daddr . meta l4proto . th dport vmap @service-ips; }
        chain nat-prerouting { type nat hook prerouting priority dstnat; jump services; }
        chain nat-output { type nat hook output priority -100; jump services; }
      }
      add element ip kube-proxy service-ips { 10.96.0.1 . tcp . 80 : goto service-a }

      """,
    states: endpoints.map { endpoints in
      let chains = endpoints.indices(named: "endpoint-")
      let choices = chains.enumerated().map { "\($0) : goto \($1.name)" }.joined(separator: ", ")
      return (["service-a"] + chains.map(\.name)).map { "flush chain ip kube-proxy \($0)\n" }.joined()
        + "add rule ip kube-proxy service-a numgen random mod \(chains.count) vmap { \(choices) }\n"
        + chains.map { "add rule ip kube-proxy \($0.name) meta l4proto tcp dnat to \($0.endpoint)\n" }.joined()
    },
    tool: ["nft", "-f", "-"])
}

extension Set<String> {
  /// The members in order, each with a chain's name.
  fileprivate func indices(named prefix: String) -> [(name: String, endpoint: String)] {
    sorted().enumerated().map { ("\(prefix)\($0 + 1)", $1) }
  }
}

@Suite(
  "Traces while rules change",
  .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own"))
struct TraceNFTChanging {
  /// Seconds that it goes on, and how many traces are made at least; the environment's KPX_CHANGING_SECONDS=30 is the
  /// long run, of 500.
  private static let seconds = getenv("KPX_CHANGING_SECONDS").flatMap { Int(String(cString: UnsafePointer($0))) } ?? 4
  private static var traces: Int { seconds * 50 / 3 }

  @Test("Each is of one state, or says that the rules kept changing", arguments: ["iptables-nft", "nftables"])
  func neverMixed(backend: String) async throws {
    let seen = try await whileWritten(backend) { try trace() }
    // Both states, and not only complaints.
    #expect(seen.states.allSatisfy { $0 > 0 })
    #expect(seen.states.reduce(0, +) + seen.changing >= Self.traces)
    #expect(seen.changing < Self.traces / 2)
    print("\(backend): \(seen.states) traces of either state, \(seen.changing) kept changing")
  }

  @Test("To read a second time finds no difference in what only changes", arguments: ["iptables-nft", "nftables"])
  func verified(backend: String) async throws {
    let changing = try await whileWritten(backend) {
      var request = TraceRequest(target: try TraceTarget("10.96.0.1:80/TCP"))
      request.context.families = [.v4]
      var changing: [Bool] = []
      let start = ContinuousClock.now
      while ContinuousClock.now - start < .seconds(Self.seconds) || changing.count < Self.verifications {
        let node = try LiveNode()
        do {
          _ = try ServiceTracer.trace(request, node)
        } catch KernelError.changing {
          continue
        }
        let verifications = try node.verify()
        #expect(verifications.contains { $0.chainCount > 0 })
        #expect(verifications.flatMap(\.differences).map(\.description) == [])
        changing.append(verifications.contains { $0.changingCount > 0 })
      }
      return changing
    }
    let count = changing.count { $0 }
    #expect(count < changing.count / 2)
    print("\(backend): \(count) of \(changing.count) comparisons kept changing")
  }

  private static var verifications: Int { seconds * 5 }

  /// Runs `body` in a network namespace in which a writer goes back and forth between both states.
  private func whileWritten<Value: Sendable>(
    _ backend: String, _ body: @Sendable () throws -> Value
  ) async throws -> Value {
    let rules = backend == "nftables" ? TwoStates.nftables : .iptables
    return try await withPrivateNetworkNamespace { namespace in
      let folder = "/tmp/kpx-test-changing-\(namespace.name)"
      try namespace.must("mkdir", "-p", folder)
      defer { _ = try? runTool(["rm", "-r", folder]) }
      for (number, state) in rules.states.enumerated() {
        try namespace.must("dd", "status=none", "of=\(folder)/\(number)", input: Array(state.utf8))
      }
      _ = try succeed(rules.tool, input: rules.base)
      _ = try succeed(rules.tool, input: rules.states[0])
      let command = rules.tool.joined(separator: " ")
      // Twenty changes a second or more where the machine allows it, and a note of each.
      let writer = """
        (end=$(($(date +%s) + \(Self.seconds + 60)))
        while [ $(date +%s) -lt $end ] && [ -d \(folder) ]; do for state in 1 0; do
          \(command) < \(folder)/$state && echo >> \(folder)/changes; sleep 0.005
        done; done) > /dev/null 2>&1 & echo $!
        """
      let process = try namespace.must("sh", "-c", writer)
      defer { _ = Int32(process.dropLast()).map { kill($0, SIGKILL) } }
      let value = try body()
      let changes = try readFile("\(folder)/changes")?.count ?? 0
      #expect(changes >= Self.seconds, "\(changes) changes")
      print("\(backend): \(changes) changes")
      return value
    }
  }

  private struct Seen: Sendable {
    var states = [0, 0]
    var changing = 0
  }

  private func trace() throws -> Seen {
    var seen = Seen()
    var request = TraceRequest(target: try TraceTarget("10.96.0.1:80/TCP"))
    request.context.families = [.v4]
    let start = ContinuousClock.now
    while ContinuousClock.now - start < .seconds(Self.seconds) || seen.states.reduce(seen.changing, +) < Self.traces {
      do {
        let trace = try ServiceTracer.trace(request, LiveNode())
        let endpoints = trace.frontends.first?.trace.endpoints ?? []
        let state = TwoStates.endpoints.firstIndex(of: Set(endpoints.map(\.address.description)))
        try #require(state != nil, "mixed: \(endpoints.map(\.address.description))")
        #expect(endpoints.allSatisfy { abs(($0.share ?? 0) - 1 / Double(endpoints.count)) < 1e-6 })
        #expect(trace.frontends.first?.trace.verdict == .forward)
        if let state { seen.states[state] += 1 }
      } catch KernelError.changing {
        seen.changing += 1
      }
    }
    return seen
  }

  private func succeed(_ arguments: [String], input: String) throws {
    let result = try runTool(arguments, input: Array(input.utf8))
    guard result.status == 0 else { throw SetupError(result.errorText) }
  }
}

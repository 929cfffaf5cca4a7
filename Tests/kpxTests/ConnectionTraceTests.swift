import FoundationEssentials
import TestSupport
import Testing

@testable import Inspect
@testable import kpx

@Suite(
  "A trace and the connections that are there",
  .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own"))
struct ConnectionTraceTests {
  private static let options = ["--no-api", "--proxy-version", "1.34", "-4", "-o", "json"]

  private func trace(_ service: String) throws -> Trace {
    let result = try runTool([Kpx.path, "trace", service, "--connections"] + Self.options)
    return try JSONDecoder().decode(Trace.self, from: Data(result.output))
  }

  private func connections(_ argument: String) throws -> ConnectionList {
    let result = try runTool([Kpx.path, "connections", argument] + Self.options)
    return try JSONDecoder().decode(ConnectionList.self, from: Data(result.output))
  }

  @Test(
    "A flow of UDP that still goes to an endpoint that is none any more is found, and ended by what is advised",
    arguments: ["yaobank-iptables-legacy-v1.34", "yaobank-iptables-nft-v1.23", "yaobank-nftables-v1.34"])
  func stale(capture: String) async throws {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadEverything(Capture(capture))
      let script = """
        import socket
        for port in range(40000, 40016):
            flow = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); flow.bind(("", port))
            flow.sendto(b"x", ("10.96.0.10", 53))
        """
      try namespace.must("python3", "-c", script)
      let dns = try #require(try trace("kube-system/kube-dns:dns").frontends.first)
      // All are counted, each where it went, and nobody answers.
      #expect(dns.endpoints.compactMap(\.connections?.unanswered).reduce(0, +) == 16)
      let busy = try #require(dns.endpoints.first { ($0.connections?.unanswered ?? 0) > 0 })
      let chain = try #require(busy.chain)
      switch capture {
      case let name where name.contains("legacy"): try namespace.must("iptables-legacy", "-t", "nat", "-F", chain)
      case let name where name.contains("iptables-nft"): try namespace.must("iptables-nft", "-t", "nat", "-F", chain)
      default: try namespace.must("nft", "flush", "chain", "ip", "kube-proxy", chain)
      }
      let stale = try trace("kube-system/kube-dns:dns")
      let finding = try #require(stale.findings.first { $0.id == .conntrackStale }, "\(stale.findings)")
      #expect(stale.exitStatus == 1 && finding.evidence.map(\.endpoint) == [busy.place])
      #expect(stale.frontends[0].strays?.map(\.connections.unanswered) == [busy.connections?.unanswered ?? 0])
      let listed = try connections("--stale")
      #expect(listed.findings.map(\.evidence) == [finding.evidence] && listed.exitStatus(isJudged: true) == 1)
      #expect(listed.strays == busy.connections?.unanswered && listed.items?.count == listed.strays)
      try expectHolder(of: busy)
      let command = try #require(finding.advice.first?.command)
      try namespace.must("sh", "-c", command)
      let after = try trace("kube-system/kube-dns:dns")
      #expect(!after.findings.contains { $0.id == .conntrackStale } && after.frontends[0].strays == nil)
      let others = dns.endpoints.filter { $0.place != busy.place }.compactMap(\.connections?.unanswered)
      #expect(after.frontends[0].endpoints.compactMap(\.connections?.unanswered).reduce(0, +) == others.reduce(0, +))
    }
  }

  /// The pod of what is no endpoint for the kernel any more lives: it is told wherever the connections are.
  private func expectHolder(of endpoint: EndpointReport) throws {
    let options = ["--api-dump", APIServer.objects("yaobank"), "--node", "node1", "--proxy-version", "1.34", "-4"]
    let told = "to \(endpoint.place), which is no endpoint (\(endpoint.connections?.unanswered ?? 0) unanswered); "
    for words in [
      ["trace", "kube-system/kube-dns"], ["connections", "kube-system/kube-dns"], ["connections", "--stale"],
    ] {
      let text = try runTool([Kpx.path] + words + options).text
      let line = text.split(separator: "\n").first { $0.contains(told) }
      #expect(
        line?.contains("pod kube-system/coredns-") == true && line?.hasSuffix(" has that address now") == true,
        "\(text)")
    }
    let checked = try runTool([Kpx.path, "check", "conntrack-stale", "-o", "json"] + options.dropLast(3))
    #expect(checked.text.contains("\(told)pod kube-system/coredns-"), "\(checked.text)")
  }

  @Test(
    "Flows of a service that is gone are found among all of a node's, by its address, and by a trace of that",
    arguments: ["yaobank-iptables-legacy-v1.34", "yaobank-iptables-nft-v1.23", "yaobank-nftables-v1.34"])
  func deleted(capture: String) async throws {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadEverything(Capture(capture))
      let script = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('10.96.0.10', 53))"
      try namespace.must("python3", "-c", script)
      #expect(try connections("--stale").strays == 0)
      let service = try #require(connections("kube-system/kube-dns").items?.first)
      #expect(service.service?.name == "kube-dns" && service.phase == .unanswered && service.stray == nil)
      switch capture {
      case let name where name.contains("nftables"):
        try namespace.must(
          "nft", "delete", "element", "ip", "kube-proxy", "service-ips", "{ 10.96.0.10 . udp . 53 }")
      default:
        let tool = capture.contains("legacy") ? "iptables-legacy" : "iptables-nft"
        let rules = try namespace.run(tool, "-t", "nat", "-S", "KUBE-SERVICES").text.split(separator: "\n")
        for rule in rules where rule.contains("-d 10.96.0.10/32") && rule.contains("-p udp") {
          try namespace.must("sh", "-c", "\(tool) -t nat -D \(rule.dropFirst(3))")
        }
      }
      let (all, one) = (try connections("--stale"), try connections("10.96.0.10:53"))
      for list in [all, one] {
        #expect(list.items?.map(\.stray) == [.notAnEndpoint] && list.findings.map(\.id) == [.conntrackStale])
        #expect(list.items?.map(\.endpoint) == [service.endpoint] && list.exitStatus(isJudged: true) == 1)
      }
      // In nftables mode what no service has at a cluster IP is rejected.
      guard !capture.contains("nftables") else {
        #expect(try trace("10.96.0.10:53/UDP").findings.contains { $0.id == .conntrackStale })
        return
      }
      let trace = try runTool([Kpx.path, "trace", "10.96.0.10:53/UDP"] + Self.options)
      #expect(trace.status == 66)
      #expect(
        trace.errorText.contains("1 connection to it still goes to \(service.endpoint.text)"), "\(trace.errorText)")
    }
  }

  @Test("What a trace finds at a node port that is served at one address alone, a check of the whole node finds, too")
  func nodePort() async throws {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadEverything(Capture("lab-nftables-v1.34"))
      try namespace.must("ip", "address", "add", "192.168.101.11/24", "dev", "eth0")
      // A client that waits in vain for longer than an answer takes.
      _ = try namespace.run("timeout", "5", "bash", "-c", "echo >/dev/tcp/192.168.100.11/30193")
      let options = ["--api-dump", APIServer.objects("lab"), "--node", "node1", "-o", "json"]
      let traced = try runTool([Kpx.path, "trace", "edge/draining", "--proxy-version", "1.34"] + options)
      let trace = try JSONDecoder().decode(Trace.self, from: Data(traced.output))
      let found = try #require(trace.findings.first { $0.id == .endpointSilent }, "\(trace.findings)")
      #expect(found.subject.frontends?.map(\.text) == ["192.168.100.11:30193/TCP"])
      let checked = try runTool([Kpx.path, "check", "endpoint-silent"] + options)
      let report = try JSONDecoder().decode(CheckReport.self, from: Data(checked.output))
      #expect(report.findings == [found] && checked.status == 1, "\(report)")
    }
  }

  private static let talk =
    "\(#filePath.split(separator: "/").dropLast(2).reduce("") { $0 + "/" + $1 })/Support/talk.py"

  @Test(
    "Connections that answer are counted at their endpoints, and nothing is found wrong with them",
    arguments: Capture.legacy + Capture.nft)
  func healthy(capture: Capture) async throws {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadEverything(capture)
      let listed = try runTool([Kpx.path, "services", "-A"] + Self.options)
      let list = try JSONDecoder().decode(ServiceList.self, from: Data(listed.output))
      let asked = list.items.filter { item in
        item.service != nil && item.frontends.contains { $0.kind == .clusterIP && $0.verdict == .forward }
      }.prefix(6)
      #expect(!asked.isEmpty)
      // Endpoints are the node's own for once, so that something answers.
      var lines: [String] = []
      var wanted = 0
      for frontend in asked.flatMap(\.frontends) where frontend.kind == .clusterIP && frontend.verdict == .forward {
        for endpoint in frontend.endpoints.prefix(20) {
          _ = try namespace.run("ip", "addr", "add", "\(endpoint.address)/32", "dev", "lo")
          lines.append("serve \(endpoint.address) \(endpoint.port) \(frontend.transport)")
        }
        let address = try #require(frontend.address)
        lines.append("connect \(address) \(frontend.port) \(frontend.transport)")
        if frontend.transport != .sctp, frontend.endpoints.count <= 20 { wanted += 1 }
      }
      let folder = try ScratchDirectory()
      let words = try folder.write("words", (Array(Set(lines)).sorted().reversed()).joined(separator: "\n"))
      let process = try namespace.run(
        "sh", "-c", "python3 \(Self.talk) <\(words) >\(folder.path)/said 2>&1 & echo $!"
      ).text
      defer { _ = try? namespace.run("sh", "-c", "kill \(process)") }
      try namespace.must("timeout", "30", "sh", "-c", "until grep -q connected \(folder.path)/said; do sleep 0.1; done")
      let said = String(decoding: try readFile("\(folder.path)/said") ?? [], as: UTF8.self)
      var established = 0
      for item in asked {
        let name = try #require(item.service.map { "\($0.namespace)/\($0.name)" })
        let trace = try trace(name)
        let findings = trace.findings.map(\.id)
        #expect(!findings.contains(.conntrackStale) && !findings.contains(.endpointSilent), "\(name): \(findings)")
        let clusterIPs = trace.frontends.filter { $0.kind == .clusterIP }
        established += clusterIPs.flatMap(\.endpoints).compactMap(\.connections?.established).reduce(0, +)
        #expect(trace.frontends.allSatisfy { $0.strays == nil }, "\(name)")
      }
      let stale = try connections("--stale")
      #expect(stale.findings.isEmpty && stale.strays == 0 && stale.unjudged == nil, "\(stale)")
      #expect(said.contains("connected \(established)"), "\(said): \(established) of \(wanted)")
      #expect(established * 2 >= wanted)
    }
  }
}

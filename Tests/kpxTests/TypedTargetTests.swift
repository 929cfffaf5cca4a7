import TestSupport
import Testing

/// What is typed, what the answer or the error says, and the status.
private struct Row: CustomTestStringConvertible {
  let typed: String
  let says: String
  let status: Int32

  init(_ typed: String, _ says: String, _ status: Int32 = 0) {
    self.typed = typed
    self.says = says
    self.status = status
  }

  var testDescription: String { typed }
}

/// What operators type: as kubectl, DNS, URLs, logs and the rules themselves have it.
@Suite(
  "Targets as typed",
  .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own"))
struct TypedTargetTests {
  private static let summary = "yaobank/summary  ClusterIP  10.96.188.204"

  private static let yaobank = [
    Row("yaobank/summary:80", summary), Row("summary -n yaobank", summary), Row("svc/summary -n yaobank", summary),
    Row("service/summary:http -n yaobank", summary), Row("svc/yaobank/summary", summary),
    Row("summary.yaobank", summary), Row("summary.yaobank.svc", summary),
    Row("summary.yaobank.svc.cluster.local:80", summary), Row("http://summary.yaobank/healthz", summary),
    Row("https://10.96.0.1", "default/kubernetes  ClusterIP"),
    Row("kube-system/kube-dns:53/UDP", "10.96.0.10:53/UDP"), Row("kube-system/kube-dns:dns/udp", "10.96.0.10:53/UDP"),
    Row("KUBE-SVC-OIQIZJVJK6E34BR4", summary), Row("KUBE-SEP-XKIBSMQB543JZA6N", "10.96.0.10:53/UDP"),
    Row("KUBE-SVC-AAAAAAAAAAAAAAAA", "no service of this node or of the API has the chain KUBE-SVC-AAAA", 66),
    Row("KUBE-SERVICES", "'kpx services -A' shows all", 64),
    Row("yaobank/sumary", "did you mean yaobank/summary?", 66), Row("summary", "did you mean yaobank/summary?", 66),
    Row("yaobank", "yaobank is a namespace; its services: customer, database, summary", 66),
    Row("yaobank/", "yaobank is a namespace; its services: customer, database, summary", 66),
    Row("yaobnk/", "no service of a namespace yaobnk in the API or this node's rules; did you mean yaobank/?", 66),
    Row("30180", "did you mean :30180?", 66), Row(":30180", "yaobank/customer  NodePort"),
    Row(":80", ":80 is no node port; services with that port: yaobank/customer, yaobank/summary", 66),
    Row(":2379/TCP", "services with that port: yaobank/database", 66),
    Row(":81", "no service has :81, and no rule of this node sends it elsewhere\n", 66),
    Row(
      "10.244.16.12:80",
      "it is pod yaobank/summary-q76fmgv48-vdcms, an endpoint of yaobank/summary, and traffic to it is not translated",
      66),
    Row("192.168.100.11", "it is an address of node node1", 66),
    Row("10.96.0.1/443", "did you mean 10.96.0.1:443?", 64), Row("10.96.0.1:https", "https is not a port", 64),
    Row("YAOBANK/Summary", "did you mean yaobank/summary?", 64),
    Row("yaobank/summary -n default", "yaobank/summary is not in the namespace default that -n names", 64),
    Row("yaobank summary", "did you mean yaobank/summary?", 64),
  ]

  @Test("With the API")
  func withAPI() async throws {
    try await withCapture("yaobank-iptables-legacy-v1.34") {
      try check(Self.yaobank, ["--api-dump", "\(Capture.folder)/api/yaobank", "--node", "node1"])
    }
  }

  @Test("Without the API the rules tell of services, namespaces, ports and chains")
  func withoutAPI() async throws {
    try await withCapture("yaobank-iptables-legacy-v1.34") {
      try check(
        [
          Row("KUBE-SVC-OIQIZJVJK6E34BR4", "yaobank/summary\n"), Row("KUBE-SEP-XKIBSMQB543JZA6N", "10.96.0.10:53/UDP"),
          Row("yaobank/", "its services: customer, database, summary", 66),
          Row(":80", "services with that port: yaobank/customer, yaobank/summary", 66),
          Row("svc/summary", "did you mean yaobank/summary?", 66),
        ], ["--no-api"])
    }
  }

  @Test("One family of a service that has only the other")
  func families() async throws {
    try await withCapture("lab-iptables-legacy-v1.34") {
      try check(
        [
          Row("edge/six-only -4", "service edge/six-only has no IPv4 address", 66),
          Row("edge/six-only -6", "edge/six-only  ClusterIP"),
        ], ["--api-dump", "\(Capture.folder)/api/lab", "--node", "node1"])
    }
  }

  @Test("A service that has only a name leads where DNS does")
  func namesAlone() async throws {
    try await withCapture("lab-iptables-legacy-v1.34") {
      try check(
        [
          Row("edge/external-name", "\nits name in DNS stands for db.example.com\n"),
          Row(
            "edge/store",
            "\nits name in DNS leads to 10.244.16.26 (pod edge/store-0), 10.244.32.25 (pod edge/store-1)"),
          Row("edge/store -6", "\nits name in DNS has no IPv6 address\n"),
        ], ["--api-dump", "\(Capture.folder)/api/lab", "--node", "node1"])
    }
  }

  @Test("Names of chains in nftables mode")
  func nftables() async throws {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadNftCapture(Capture("yaobank-nftables-v1.34"))
      let ruleset = try Capture("yaobank-nftables-v1.34").text("nft-ruleset.nft") ?? ""
      for kind in ["service-", "endpoint-"] {
        let chain = ruleset.split { " ,\n\t".contains($0) }.first {
          $0.hasPrefix(kind) && $0.contains("yaobank/summary/tcp/")
        }
        try check([Row(String(try #require(chain)), "yaobank/summary\n")], ["--no-api"])
      }
    }
  }

  @Test("Where one packet comes from")
  func origins() async throws {
    try await withCapture("yaobank-iptables-legacy-v1.34") {
      try check(
        [
          Row("--from customer-624m6gdck-5fkht", "from 10.244.16.10, pod yaobank/customer-624m6gdck-5fkht"),
          Row("--from pod/customer-624m6gdck-5fkht", "from 10.244.16.10, pod yaobank/customer-624m6gdck-5fkht"),
          Row("--from customer", "customer is taken for pod yaobank/customer-624m6gdck-5fkht, the only one whose"),
          Row("--from deploy/customer", "from 10.244.16.10, pod yaobank/customer-624m6gdck-5fkht"),
          Row("--from deploy/summary", "deploy/summary is taken for pod yaobank/summary-q76fmgv48-vdcms, one of its 2"),
          Row("--from svc/customer", "svc/customer is taken for pod yaobank/customer-624m6gdck-5fkht, its only one"),
          Row("--from client-node1", "from 10.244.16.5, pod default/client-node1"),
          Row("--from customer-624m6gdck-5fkhx", "did you mean yaobank/customer-624m6gdck-5fkht?", 66),
          Row("--from node1", "did you mean node?", 66), Row("--from localhost", "did you mean node?", 66),
        ], ["yaobank/summary", "--api-dump", "\(Capture.folder)/api/yaobank", "--node", "node1"])
    }
  }

  @Test("The services of a namespace that is not there")
  func namespaces() async throws {
    try await withCapture("yaobank-iptables-legacy-v1.34") {
      let near = "no service of a namespace yaobnk is known; did you mean yaobank?"
      try check([Row("-n yaobnk", near, 66)], ["--api-dump", "\(Capture.folder)/api/yaobank"], command: "services")
      try check([Row("-n yaobnk", near, 66), Row("-n yaobank", "customer")], ["--no-api"], command: "services")
    }
  }

  @Test("A network namespace that is not there")
  func networkNamespaces() throws {
    let name = "kpx-test-near-\(UInt32.random(in: 0...UInt32.max))"
    try #require(try runTool(["ip", "netns", "add", name]).status == 0)
    defer { _ = try? runTool(["ip", "netns", "delete", name]) }
    try check(
      [
        Row("--netns \(name)x", "no network namespace \(name)x; did you mean \(name)?", 66),
        Row("--netns /nowhere/x", "no network namespace /nowhere/x\n", 66),
      ], ["a/b", "--no-api"])
  }

  @Test("A member of a set as other tools have addresses and ports, and ipset's own words")
  func members() async throws {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.must("ipset", "create", "ports", "hash:ip,port")
      try namespace.must("ipset", "create", "nets", "hash:net,iface")
      try namespace.must("ipset", "add", "ports", "10.96.0.1,tcp:443")
      try check(
        [
          Row("ports 10.96.0.1:443", "10.96.0.1:443 is in set ports"),
          Row("ports 10.96.0.1:443/TCP", "is in set ports"),
          Row("ports 10.96.0.1,tcp:443", "is in set ports"), Row("ports 10.96.0.1:443/UDP", "is not in set ports", 1),
          Row("ports [fd00::1]:443", "expected one such as 10.96.0.1,tcp:443", 64),
          Row("nets 1", "expected one such as 10.96.0.1,eth0", 64),
          Row("list ports", "no ipset list; did you mean 'kpx ipset ports'?", 66),
          Row("test ports 10.96.0.1,tcp:443", "did you mean 'kpx ipset ports 10.96.0.1,tcp:443'?", 64),
        ], [], command: "ipset")
    }
  }

  private func withCapture(_ name: String, _ body: @Sendable () throws -> Void) async throws {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadLegacyCapture(Capture(name))
      try body()
    }
  }

  private func check(_ rows: [Row], _ options: [String], command: String = "trace") throws {
    for row in rows {
      let result = try runTool([Kpx.path, command] + row.typed.split(separator: " ").map(String.init) + options)
      #expect(result.status == row.status, "\(row.typed): \(result.text) \(result.errorText)")
      #expect((result.text + result.errorText).contains(row.says), "\(row.typed): \(result.text) \(result.errorText)")
    }
  }
}

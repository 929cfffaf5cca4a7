import FoundationEssentials
import TestSupport
import Testing

/// Endpoints agree, and how packets get to them does not: what a trace said nothing of while it compared endpoints alone.
@Suite(
  "How packets get to endpoints is compared, too",
  .enabled(if: canMakeNetworkNamespaces, "needs root, for network namespaces of its own"))
struct ForwardingDriftTests {
  /// Something that is done to a node's rules, or to what the API says, after kube-proxy wrote its rules.
  struct Damage: Sendable, CustomTestStringConvertible {
    var name: String
    var legacy: String
    var nftables: String
    /// What is exchanged in the API's objects.
    var exchanged: (String, String)?
    var service = "edge/affinity"
    var finding: String

    var testDescription: String { name }
  }

  private static let damages = [
    Damage(
      name: "nothing marks what is to be masqueraded", legacy: "iptables-legacy -t nat -F KUBE-MARK-MASQ",
      nftables: "nft flush chain ip kube-proxy mark-for-masquerade", finding: "masquerade-drift"),
    Damage(
      name: "nothing masquerades what is marked", legacy: "iptables-legacy -t nat -F KUBE-POSTROUTING",
      nftables: "nft flush chain ip kube-proxy masquerading", finding: "masquerade-drift"),
    Damage(
      name: "OUTPUT leads nowhere", legacy: "iptables-legacy -t nat -F OUTPUT",
      nftables: "nft flush chain ip kube-proxy nat-output", finding: "node-origin"),
    Damage(
      name: "the API has no affinity any more", legacy: "true", nftables: "true",
      exchanged: ("\"ClientIP\"", "\"None\""), finding: "affinity-drift"),
    Damage(
      name: "the API has other source ranges", legacy: "true", nftables: "true",
      exchanged: ("\"203.0.113.0\\/24\"", "\"198.51.100.0\\/24\""), service: "edge/lb-ranges",
      finding: "source-range-drift"),
    Damage(
      name: "the API has no source ranges any more", legacy: "true", nftables: "true",
      exchanged: (#""loadBalancerSourceRanges":\[[^]]*\],"#, ""), service: "edge/lb-ranges",
      finding: "source-range-drift"),
    Damage(
      name: "every source gets through",
      legacy:
        "iptables-legacy-save -t nat | sed '/-A KUBE-FW-IE4GFHGZSXCYMQ3K/s/ -s [^ ]*//' | iptables-legacy-restore",
      nftables: "nft flush map ip kube-proxy firewall-ips", service: "edge/lb-ranges", finding: "source-range-drift"),
    Damage(
      name: "nothing looks clients up",
      legacy: "iptables-legacy-save -t nat | grep -v -e --rcheck | iptables-legacy-restore",
      nftables: "nft -a list chain ip kube-proxy service-OQMMPKNW-edge/affinity/tcp/http "
        + "| sed -n 's/.*ip saddr @affinity.*handle //p' "
        + "| xargs -I{} nft delete rule ip kube-proxy service-OQMMPKNW-edge/affinity/tcp/http handle {}",
      finding: "affinity-drift"),
  ]

  private struct Answer: Decodable {
    struct Finding: Decodable {
      let id: String
      let severity: String
    }
    struct Frontend: Decodable {
      let address: String?
      let port: Int
    }
    let findings: [Finding]
    let frontends: [Frontend]
  }

  /// The findings that are no mere information.
  private static func findings(_ service: String, _ exchanged: (String, String)? = nil) throws -> (
    Set<String>, Int32
  ) {
    let (answer, status) = try answer(service, exchanged)
    return (Set(answer.findings.filter { $0.severity != "info" }.map(\.id)), status)
  }

  private static func answer(_ service: String, _ exchanged: (String, String)?) throws -> (Answer, Int32) {
    let folder = try succeed(["mktemp", "-d", "/tmp/kpx-test-XXXXXX"]).filter { $0 != "\n" }
    defer { _ = try? runTool(["rm", "-r", folder]) }
    try succeed(["cp", "-r", "\(Capture.folder)/api/lab", "\(folder)/api"])
    if let exchanged { try shell("sed -i 's/\(exchanged.0)/\(exchanged.1)/' \(folder)/api/services.json") }
    let result = try runTool(
      [
        Kpx.path, "trace", service, "--api-dump", "\(folder)/api", "--node", "node1", "--proxy-version", "1.34",
        "-4", "-o", "json",
      ])
    let answer = try JSONDecoder().decode(Answer.self, from: Data(result.output))
    return (answer, result.status)
  }

  @Test("In iptables mode", arguments: damages)
  func iptables(_ damage: Damage) async throws {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadLegacyCapture(Capture("lab-iptables-legacy-v1.34"))
      #expect(try Self.findings(damage.service) == ([], 0))
      try shell(damage.legacy)
      #expect(try Self.findings(damage.service, damage.exchanged) == ([damage.finding], 1))
    }
  }

  @Test("In nftables mode", arguments: damages)
  func nftables(_ damage: Damage) async throws {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadNftCapture(Capture("lab-nftables-v1.34"))
      #expect(try Self.findings(damage.service) == ([], 0))
      try shell(damage.nftables)
      #expect(try Self.findings(damage.service, damage.exchanged) == ([damage.finding], 1))
    }
  }

  @Test("Clients that are masqueraded though the policy says Local")
  func hiddenClients() async throws {
    for capture in ["lab-nftables-v1.34", "lab-iptables-legacy-v1.34"] {
      try await withPrivateNetworkNamespace { namespace in
        try namespace.loadEverything(Capture(capture))
        let policy = #""externalTrafficPolicy":"#
        // The last one is that of yaobank/customer.
        let local = (#"\(30180.*\#(policy)\)"Cluster""#, #"\1"Local""#)
        let (found, status) = try Self.findings("yaobank/customer", local)
        #expect(found.contains("masquerade-drift") && status == 1, "\(capture)")
      }
    }
  }

  @Test("An address that changed hands names who had it")
  func formerOwner() async throws {
    let folder = try ScratchDirectory()
    try succeed(["cp", "-r", "\(Capture.folder)/api/lab", "\(folder.path)/api"])
    // edge/affinity has the address of edge/extip-local, which has another.
    let exchanges = #"s/10[.]96[.]24[.]2"/10.96.99.9"/g; s/10[.]96[.]20[.]1"/10.96.24.2"/g"#
    try succeed(["sed", "-i", exchanges, "\(folder.path)/api/services.json"])
    for capture in ["lab-nftables-v1.34", "lab-iptables-legacy-v1.34"] {
      try await withPrivateNetworkNamespace { namespace in
        try namespace.loadEverything(Capture(capture))
        let dump = ["--api-dump", "\(folder.path)/api", "--node", "node1", "--proxy-version", "1.34", "-4"]
        let answer = try runTool([Kpx.path, "trace", "edge/affinity"] + dump)
        #expect(answer.text.contains("[affinity-drift]") && answer.status == 1, "\(answer.text)")
        #expect(answer.text.contains("  the rules here are those of edge/extip-local\n"), "\(answer.text)")
      }
    }
  }

  @Test("A client that has no endpoint yet is told of the affinity that it will have")
  func affinityOfOneClient() async throws {
    for capture in ["lab-nftables-v1.34", "lab-iptables-legacy-v1.34"] {
      try await withPrivateNetworkNamespace { namespace in
        try namespace.loadEverything(Capture(capture))
        let trace = [Kpx.path, "trace", "--api-dump", "\(Capture.folder)/api/lab", "--node", "node1", "-4"]
        let from = ["--proxy-version", "1.34", "--from", "10.244.16.12"]
        let answer = try runTool(trace + ["edge/affinity"] + from).text
        #expect(answer.split(separator: "keeps its endpoint for 600 s").count == 3, "\(capture): \(answer)")
        #expect(!(try runTool(trace + ["yaobank/summary"] + from).text.contains("keeps its endpoint")))
      }
    }
  }

  @Test("Chances that are not the same for each endpoint")
  func unevenShares() async throws {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadLegacyCapture(Capture("lab-iptables-legacy-v1.34"))
      try shell(
        "iptables-legacy-save -t nat | sed 's/--probability 0.5[0-9]*/--probability 0.1/' | iptables-legacy-restore")
      #expect(try Self.findings("yaobank/summary") == (["uneven-shares"], 1))
    }
  }

  @Test(
    "In nftables mode, too, what a service has no more is found by its name: an address, a node port that moved",
    arguments: [
      ("edge/extip", #""198.51.100.7""#, #""198.51.100.99""#, "198.51.100.7", 80),
      ("yaobank/customer", "30180", "30999", nil, 30180),
    ])
  func leftovers(service: String, old: String, new: String, address: String?, port: Int) async throws {
    for capture in ["lab-nftables-v1.34", "lab-iptables-legacy-v1.34"] {
      try await withPrivateNetworkNamespace { namespace in
        try namespace.loadEverything(Capture(capture))
        let (answer, status) = try Self.answer(service, (old, new))
        #expect(status == 1 && answer.findings.contains { $0.id == "endpoint-drift" }, "\(capture)")
        let left = answer.frontends.filter { $0.port == port && (address == nil || $0.address == address) }
        #expect(left.count == 1, "\(capture)")
        #expect(try Self.findings(service).1 == 0, "\(capture)")
      }
    }
  }

  @Test("A service without endpoints that the kernel lacks is not as the API implies, though it has none either")
  func missingWithoutEndpoints() async throws {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadNftCapture(Capture("lab-nftables-v1.34"))
      try shell("nft delete element ip kube-proxy no-endpoint-services '{ 10.96.25.1 . tcp . 80 }'")
      try shell("nft delete element ip kube-proxy cluster-ips '{ 10.96.25.1 }'")
      #expect(try Self.findings("edge/empty") == (["no-endpoints", "verdict-drift"], 1))
    }
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadLegacyCapture(Capture("lab-iptables-legacy-v1.34"))
      try shell("iptables-legacy-save -t filter | grep -v -e '-d 10.96.25.1/32' | iptables-legacy-restore")
      #expect(try Self.findings("edge/empty") == (["no-endpoints", "verdict-drift"], 1))
    }
  }
}

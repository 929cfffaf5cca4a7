import FoundationEssentials
import TestSupport
import Testing

@testable import Inspect

@Suite(
  "One answer whatever the backend", .enabled(if: canMakeNetworkNamespaces, "needs root, for network namespaces"))
struct TraceNFTParity {
  private static let api = Capture.folder + "/api/lab"

  /// What `kpx trace -o json` says of every service of the catalogue, with the rules that `load` loads.
  private func documents(
    _ load: @Sendable @escaping (PrivateNetworkNamespace) throws -> Void
  ) async throws -> [String: JSON] {
    let services = try TracedCapture.cluster("lab").services
    return try await withPrivateNetworkNamespace { namespace in
      try load(namespace)
      var documents: [String: JSON] = [:]
      for service in services {
        let name = "\(service.metadata.namespacedName)"
        let result = try Kpx.run(
          "trace", name, "-o", "json", "--api-dump", Self.api, "--node", "node1", "--proxy-version", "1.34")
        #expect([0, 1].contains(result.status), "\(name): \(result.errorText)")
        documents[name] = try JSONDecoder().decode(JSON.self, from: Data(result.output))
      }
      return documents
    }
  }

  @Test("The same services give the same JSON from legacy tables, iptables-nft and nftables mode")
  func sameJSON() async throws {
    let saved = Capture("lab-iptables-legacy-v1.34")
    async let legacyDocuments = documents { try $0.loadLegacyCapture(saved) }
    async let iptablesDocuments = documents { namespace in
      try namespace.addAddresses(of: saved)
      try namespace.must("nfacct", "add", "ct_state_invalid_dropped_pkts")
      try namespace.must("nfacct", "add", "localhost_nps_accepted_pkts")
      for tool in ["iptables", "ip6tables"] {
        let rules = try #require(try saved.bytes("\(tool)-legacy-save.txt"))
        try namespace.must("\(tool)-nft-restore", "-c", input: rules)
      }
    }
    async let nftablesDocuments = documents { try $0.loadNftCapture(Capture("lab-nftables-v1.34")) }
    let (legacy, iptables, nftables) = try await (legacyDocuments, iptablesDocuments, nftablesDocuments)
    #expect(legacy.count > 40)
    for (name, document) in legacy.sorted(by: { $0.key < $1.key }) {
      // Rule for rule, words included; ip6tables-nft-restore 1.8.9 loses counters.
      let ofBackend: Set = ["backend", "packets", "bytes", "handle"]
      #expect(document.without(ofBackend) == iptables[name]?.without(ofBackend), "\(name)")
      #expect(document["proxy"]?["backend"] == .string("legacy"))
      #expect(iptables[name]?["proxy"]?["backend"] == .string("nft"))

      let native = try #require(nftables[name])
      var (left, right) = (Self.comparable(document), Self.comparable(native))
      if Self.digestsOfModes.contains(name) {
        #expect(left["forwarding"] != right["forwarding"])
        (left, right) = (left.without(["forwarding"]), right.without(["forwarding"]))
      }
      let differences = Set(left.lines).symmetricDifference(right.lines).sorted()
      #expect(differences == Self.known[name] ?? [], "\(name)")
    }
  }

  /// What only nftables mode does: packets to an address of the service range that it does not serve are dropped.
  private static let known = [
    "edge/other-proxy": [".frontends [0].verdict drop", ".frontends [0].verdict unhandled"]
  ]

  /// Of a load balancer without endpoints the node's own packets are refused by one mode and not by the other (own-packets in
  /// `kpx explain mode-differences`).
  private static let digestsOfModes: Set = ["edge/empty-lb"]

  /// A document without what the modes do not have in common: chains, rules, hooks, counters, and where a node port listens.
  private static func comparable(_ document: JSON) -> JSON {
    document.without(["proxy", "path", "chain", "rule", "hooks", "packets", "bytes", "reason"]).mapping("frontends") {
      frontend in
      guard frontend["kind"] == .string("NodePort") else { return frontend }
      return frontend.setting("address", .null)
    }.mapping("findings") { finding in
      // They name places: rules, and addresses of node ports.
      finding.without(["message", "evidence", "subject"])
    }
  }
}

import FoundationEssentials
import TestSupport
import Testing

@Suite(
  "At which of the node's addresses a node port is served",
  .enabled(if: canMakeNetworkNamespaces, "needs root, for network namespaces of its own"))
struct NodePortReachTests {
  private struct Answer: Decodable {
    struct Finding: Decodable, Equatable {
      let id: String
      let severity: String
      let message: String
    }
    let findings: [Finding]
  }

  /// What was found that is no mere information, or is of node ports; and the status.
  private func trace(_ target: String) throws -> ([Answer.Finding], Int32) {
    let dump = ["--api-dump", "\(Capture.folder)/api/lab", "--node", "node1", "-4", "-o", "json"]
    let result = try runTool([Kpx.path, "trace", target] + dump)
    let findings = try JSONDecoder().decode(Answer.self, from: Data(result.output)).findings
    return (findings.filter { $0.severity != "info" || $0.id == "nodeport-reach" }, result.status)
  }

  private func expectReach(_ target: String, _ message: String, isWrong: Bool = true) throws {
    let (findings, status) = try trace(target)
    #expect(findings.map(\.id) == ["nodeport-reach"] && status == (isWrong ? 1 : 0), "\(target)")
    #expect(findings.first?.message == message, "\(target)")
  }

  private func expectNothing(_ target: String) throws {
    let (findings, status) = try trace(target)
    #expect(findings == [] && status == 0, "\(target)")
  }

  private let elsewhere = "the node port :30197/TCP is served at 192.168.50.10, and not at 192.168.100.11"

  @Test(
    "In nftables mode: at another address than the node's in the API, or at none, and that is no drift of endpoints")
  func nftables() async throws {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadNftCapture(Capture("lab-nftables-v1.34"))
      try shell("ip addr add 192.168.50.10/32 dev lo")
      for target in ["edge/dual", ":30197", "192.168.100.11:30197"] { try expectNothing(target) }
      try shell(
        "nft flush set ip kube-proxy nodeport-ips; nft add element ip kube-proxy nodeport-ips { 192.168.50.10 }")
      for target in ["edge/dual", ":30197"] { try expectReach(target, elsewhere, isWrong: false) }
      try expectReach("192.168.100.11:30197", elsewhere)
      try shell("nft flush set ip kube-proxy nodeport-ips")
      for target in ["edge/dual", ":30197", "192.168.100.11:30197"] {
        try expectReach(target, "kube-proxy has the node port :30197/TCP, and serves it at no address of this node")
      }
    }
  }

  @Test(
    "In iptables mode, too; that it is served elsewhere is wrong only where it was asked for")
  func iptables() async throws {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadLegacyCapture(Capture("lab-iptables-legacy-v1.34"))
      try shell("ip addr add 192.168.50.10/32 dev lo")
      try expectNothing("192.168.100.11:30197")
      try shell(
        "iptables-legacy-save -t nat | sed '/-j KUBE-NODEPORTS/s/-m addrtype --dst-type LOCAL/-d 192.168.50.10/' "
          + "| iptables-legacy-restore")
      try expectNothing("192.168.50.10:30197")
      try expectReach("edge/dual", elsewhere, isWrong: false)
      try expectReach("192.168.100.11:30197", elsewhere)
    }
  }

  @Test("A node port that kube-proxy has not is drift, whichever release runs, by address as by name")
  func missing() async throws {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadNftCapture(Capture("lab-nftables-v1.34"))
      try shell("nft delete element ip kube-proxy service-nodeports { tcp . 30197 }")
      for target in ["edge/dual", ":30197", "192.168.100.11:30197"] {
        let (findings, status) = try trace(target)
        #expect(findings.map(\.id) == ["endpoint-drift"] && status == 1, "\(target)")
      }
    }
  }
}

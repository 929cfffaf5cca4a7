import TestSupport
import Testing

@Suite(
  "Replies that do not come back through this node",
  .enabled(if: canMakeNetworkNamespaces, "needs root, for network namespaces of its own"))
struct ReplyElsewhereTests {
  private func trace(_ service: String, from origin: String) throws -> ToolResult {
    try runTool(
      [
        Kpx.path, "trace", service, "--api-dump", "\(Capture.folder)/api/lab", "--node", "node1",
        "--proxy-version", "1.34", "-4", "--from", origin,
      ])
  }

  @Test("A pod of another node gets no answer from a third under the policy Local; one of this node does")
  func policyLocal() async throws {
    for capture in ["lab-nftables-v1.34", "lab-iptables-legacy-v1.34"] {
      try await withPrivateNetworkNamespace { namespace in
        try namespace.loadEverything(Capture(capture))
        try shell("ip route replace 10.244.32.0/20 via 192.168.100.12")
        let elsewhere = try trace("edge/etp-local", from: "10.244.32.29")
        let said = "warning: connections from 10.244.32.29 to 10.244.32.16:8080 do not come about: "
        #expect(elsewhere.text.contains(said) && elsewhere.status == 1, "\(capture): \(elsewhere.text)")
        #expect(elsewhere.text.split(separator: "[reply-elsewhere]").count == 2, "it is said once")
        // As Cilium has pods of this node: by the node's own address, which the kernel gives as no gateway.
        try shell(
          "ip route replace 10.244.16.1 dev cni0 scope link; ip route replace 10.244.17.0/24 via 10.244.16.1 dev cni0")
        let own = try trace("edge/etp-local", from: "10.244.17.5")
        #expect(!own.text.contains("reply-elsewhere") && own.status == 0, "\(capture): \(own.text)")
        for (service, origin) in [("edge/etp-local", "10.244.16.12"), ("yaobank/customer", "10.244.32.29")] {
          let answer = try trace(service, from: origin)
          #expect(!answer.text.contains("reply-elsewhere") && answer.status == 0, "\(capture): \(answer.text)")
        }
      }
    }
  }
}

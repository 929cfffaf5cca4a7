import TestSupport
import Testing

@testable import Inspect

@Suite(
  "Connections of pods of this node", .enabled(if: canMakeNetworkNamespaces, "needs root, for a node and its pods"))
struct ConnectionPodTests {
  private static let rules = """
    *nat
    :KUBE-SERVICES -
    :KUBE-SVC-AAAAAAAAAAAAAAAA -
    :KUBE-SEP-AAAAAAAAAAAAAAAA -
    -A PREROUTING -j KUBE-SERVICES
    -A OUTPUT -j KUBE-SERVICES
    -A KUBE-SERVICES -d 10.96.0.53/32 -p udp -m comment --comment "shop/names cluster IP" -m udp --dport 53 \
    -j KUBE-SVC-AAAAAAAAAAAAAAAA
    -A KUBE-SVC-AAAAAAAAAAAAAAAA -j KUBE-SEP-AAAAAAAAAAAAAAAA
    -A KUBE-SEP-AAAAAAAAAAAAAAAA -p udp -m udp -j DNAT --to-destination 10.244.7.7:53
    COMMIT

    """

  /// A connection of a pod to a service, which goes to another pod that is no endpoint.
  private func connect(_ node: PodNode, _ client: String, _ end: String) throws {
    let inside = ["nsenter", "--net=/run/netns/\(try node.namespace())"]
    try succeed(inside + ["iptables-legacy-restore", "-w", "60"], input: Array(Self.rules.utf8))
    let words =
      "conntrack -I -p udp -s \(client) -d 10.96.0.53 --sport 4000 --dport 53 -r \(end) -q \(client) "
      + "--reply-port-src 53 --reply-port-dst 4000 -t 600"
    try succeed(inside + words.split(separator: " ").map(String.init))
  }

  @Test(
    "kube-proxy's credential may not list pods: the node names its own, and says from what", arguments: [false, true])
  func named(withAPI: Bool) throws {
    let server = try APIServer("--objects", APIServer.objects("yaobank"), "--profile", "kube-proxy")
    let config = try server.kubeconfig()
    try PodNode.with(.plain) { node in
      let (client, end) = (try node.pod("shop", "web-1"), try node.pod("shop", "names-1"))
      try connect(node, client.addresses[0], end.addresses[0])
      let variables = [
        "KPX_POD_LOGS": "\(node.folder)/var/log/pods", "KPX_KUBELET_PODS": "\(node.folder)/var/lib/kubelet/pods",
        "KPX_CNI_LEASES": "\(node.folder)/var/lib/cni/networks", "HOME": "/nonexistent",
      ]
      let options = ["--netns", try node.namespace(), "-4"] + (withAPI ? ["--kubeconfig", config] : ["--no-api"])
      func ask(_ words: String...) throws -> ToolResult {
        try runTool(ProcessNamespace.command([Kpx.path] + words + options), environment: variables)
      }
      let note = "the API does not tell of pods: those of this node have the names that the node knows ("
      let (list, clients) = (try ask("connections", "--stale"), try ask("connections", "--by", "client"))
      let fields = list.text.split(separator: "\n").dropFirst().first?.split(separator: " ").map(String.init) ?? []
      #expect(fields.contains("shop/web-1") && fields.contains("shop/names-1"), "\(list.text) \(list.errorText)")
      #expect(list.text.contains("; pod shop/names-1 has that address now") && list.errorText.contains(note))
      #expect(clients.text.contains("\(client.addresses[0])  shop/web-1") && clients.errorText.contains(note))
      let trace = try ask("trace", "10.96.0.53:53/UDP", "--proxy-version", "1.34")
      #expect(trace.text.contains("; pod shop/names-1 has that address now"), "\(trace.text) \(trace.errorText)")
      #expect(trace.errorText.contains(note), "\(trace.errorText)")
    }
  }
}

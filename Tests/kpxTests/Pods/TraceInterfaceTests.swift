import TestSupport
import Testing

@Suite(.enabled(if: canMakeNetworkNamespaces, "needs root, for a node and its pods"))
struct TraceInterfaceTests {
  @Test("A trace names the interface behind which each endpoint of this node is, and of another node's none")
  func interfaces() throws {
    try PodNode.with(.plain) { node in
      let bridged = try node.pod("default", "web-1", "--ip", "10.244.1.10")
      let routed = try node.pod("default", "web-2", "--net", "route", "--ip", "10.244.1.20")
      let addresses = [bridged.addresses[0], routed.addresses[0], "10.244.2.30"]
      var rules = "*nat\n:KUBE-SERVICES -\n:KUBE-SVC-AAAAAAAAAAAAAAAA -\n-A PREROUTING -j KUBE-SERVICES\n"
      rules += "-A OUTPUT -j KUBE-SERVICES\n"
      rules += "-A KUBE-SERVICES -d 10.96.0.80/32 -p tcp -m comment --comment \"default/web cluster IP\" "
      rules += "-m tcp --dport 80 -j KUBE-SVC-AAAAAAAAAAAAAAAA\n"
      for (number, address) in addresses.enumerated() {
        rules += ":KUBE-SEP-AAAAAAAAAAAAAAA\(number) -\n"
        let statistic = number < 2 ? "-m statistic --mode random --probability \(number == 0 ? "0.33333" : "0.5") " : ""
        rules += "-A KUBE-SVC-AAAAAAAAAAAAAAAA \(statistic)-j KUBE-SEP-AAAAAAAAAAAAAAA\(number)\n"
        rules += "-A KUBE-SEP-AAAAAAAAAAAAAAA\(number) -p tcp -m tcp -j DNAT --to-destination \(address):8080\n"
      }
      rules += "COMMIT\n"
      let restore = [
        "nsenter", "--net=/run/netns/\(try node.namespace())", "iptables-legacy-restore", "-w", "60",
      ]
      let loaded = try runTool(restore, input: Array(rules.utf8))
      try #require(loaded.status == 0, "\(loaded.errorText)")

      let result = try node.kpx("trace", "10.96.0.80:80", "--no-api", "-o", "json")
      let trace = try JSONValue(result.text)
      let endpoints = try #require(trace["frontends"]?.items.first?["endpoints"]?.items)
      let found = Dictionary(
        uniqueKeysWithValues: endpoints.map { ($0["address"]?.string ?? "", $0["interface"]?.string) })
      #expect(found == [addresses[0]: bridged.rest[0], addresses[1]: routed.rest[0], addresses[2]: nil])
      let wide = try node.kpx("trace", "10.96.0.80:80", "--no-api", "-o", "wide").text
      #expect(wide.contains(bridged.rest[0]) && wide.contains(routed.rest[0]))
      let text = try node.kpx("trace", "10.96.0.80:80", "--no-api").text
      #expect(!text.contains(bridged.rest[0]))
    }
  }
}

import TestSupport
import Testing

@testable import Inspect

/// One packet, from somewhere in particular, through what real kube-proxies wrote.
@Suite(
  "What becomes of one packet", .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own")
)
struct TraceFromTests {
  private static let yaobank = [
    "yaobank-iptables-legacy-v1.34", "yaobank-iptables-nft-v1.23", "yaobank-nftables-v1.34",
  ]

  private func traces(
    _ capture: String, _ service: String, from origins: [TraceOrigin], forwards: Bool = true
  ) async throws -> [ServiceTrace] {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadEverything(Capture(capture))
      let switches = forwards ? "1" : "0"
      try namespace.must(
        "sysctl", "-q", "-w", "net.ipv4.ip_forward=\(switches)", "net.ipv6.conf.all.forwarding=\(switches)")
      let catalogue = capture.hasPrefix("yaobank") ? "yaobank" : "lab"
      return try origins.map { origin in
        var request = TraceRequest(target: try TraceTarget(service))
        request.context.cluster = try TracedCapture.cluster(catalogue)
        request.context.node = "node1"
        request.origin = origin
        return try ServiceTracer.trace(request, LiveNode())
      }
    }
  }

  private func address(_ text: String) -> TraceOrigin { .addresses([IPAddress(text) ?? .v4(0)], pod: nil) }

  /// `10.244.16.12:80 50% sees 10.244.16.10`
  private func text(_ endpoint: EndpointTrace) -> String {
    let share = endpoint.share.map { "\(Int(($0 * 100).rounded()))%" } ?? "?"
    let source = endpoint.seenSource.map { "\($0)" } ?? "?"
    return "\(endpoint.address) \(share) sees \(source)" + (endpoint.when.map { " if \($0.text)" } ?? "")
  }

  @Test("A pod's packet arrives by its interface and keeps its address, but to itself", arguments: yaobank)
  func pod(_ capture: String) async throws {
    let traces = try await traces(
      capture, "yaobank/summary", from: [address("10.244.16.10"), address("10.244.16.12")])
    let fromOther = try #require(traces[0].frontends.first?.trace)
    #expect(
      fromOther.endpoints.map(text) == [
        "10.244.16.12:80 50% sees 10.244.16.10", "10.244.32.10:80 50% sees 10.244.16.10",
      ])
    #expect(fromOther.hooks == [.prerouting])
    #expect(fromOther.masquerade == .never)
    #expect(traces[0].frontends.first?.origin?.interface == "cni0")
    let fromItself = try #require(traces[1].frontends.first?.trace)
    #expect(
      fromItself.endpoints.map(text) == [
        "10.244.16.12:80 50% sees 10.244.16.1", "10.244.32.10:80 50% sees 10.244.16.12",
      ])
    #expect(fromItself.masquerade.words == "sent to 10.244.16.12:80")
  }

  @Test("The node's own packet has the address of its way out and starts at OUTPUT", arguments: yaobank)
  func node(_ capture: String) async throws {
    let trace = try #require(try await traces(capture, "yaobank/summary", from: [.node]).first)
    let frontend = try #require(trace.frontends.first?.trace)
    #expect(frontend.hooks == [.output])
    #expect(frontend.masquerade == .always)
    #expect(trace.frontends.first?.origin?.source == IPAddress("192.168.100.11"))
    #expect(
      frontend.endpoints.map(text) == [
        "10.244.16.12:80 50% sees 10.244.16.1", "10.244.32.10:80 50% sees 192.168.100.11",
      ])
    #expect(frontend.path.first?.chain?.name.lowercased().contains("output") == true)
    #expect(
      frontend.path.contains { $0.rule?.rule.actions.contains(.masquerade(Translation())) == true }
        || frontend.path.contains { $0.chain?.name.uppercased().contains("POSTROUTING") == true })
  }

  @Test("A stranger's packet is masqueraded, and a node port is taken at the node's address", arguments: yaobank)
  func external(_ capture: String) async throws {
    let trace = try #require(try await traces(capture, "yaobank/customer", from: [.external]).first)
    #expect(trace.frontends.map(\.trace.frontend.text) == ["10.96.45.117:80/TCP", "192.168.100.11:30180/TCP"])
    for frontend in trace.frontends.map(\.trace) {
      #expect(frontend.verdict == .forward)
      #expect(frontend.masquerade == .always)
      #expect(frontend.endpoints.map(text) == ["10.244.16.10:80 100% sees 10.244.16.1"])
    }
    #expect(Trace(trace, api: nil).exitStatus == 0)
  }

  @Test(
    "Whether a source is in a load balancer's ranges is decided",
    arguments: ["lab-iptables-legacy-v1.34", "lab-nftables-v1.34"])
  func sourceRanges(_ capture: String) async throws {
    let traces = try await traces(
      capture, "edge/lb-ranges", from: [address("203.0.113.7"), address("198.51.100.7")])
    let verdicts = traces.map { trace in
      trace.frontends.first { $0.trace.frontend.kind == .loadBalancer }?.trace.verdict
    }
    #expect(verdicts == [.forward, .drop])
    #expect(traces.map { Trace($0, api: nil).exitStatus } == [0, 1])
  }

  @Test(
    "Nothing is left open of a packet whose source is known, of any service",
    arguments: ["lab-iptables-legacy-v1.34", "lab-iptables-nft-noise-v1.34", "lab-nftables-v1.36"])
  func nothingOpen(_ capture: String) async throws {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadEverything(Capture(capture))
      try namespace.must("sysctl", "-q", "-w", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
      let cluster = try TracedCapture.cluster("lab")
      let node = try LiveNode()
      let pod = ["10.244.16.10", "fd00:10:244:1::10"].compactMap { IPAddress($0) }
      for service in cluster.services {
        let name = service.metadata.namespacedName
        for origin in [TraceOrigin.addresses(pod, pod: nil), .node] {
          var request = TraceRequest(target: .service(namespace: name.namespace, name: name.name, port: nil))
          request.context.cluster = cluster
          request.context.node = "node1"
          request.origin = origin
          let trace = try ServiceTracer.trace(request, node)
          for frontend in trace.frontends.map(\.trace) {
            #expect(frontend.when == nil, "\(name) \(frontend.frontend.text) from \(origin)")
            #expect(frontend.exceptions.isEmpty, "\(name) \(frontend.frontend.text) from \(origin)")
            #expect(
              frontend.endpoints.allSatisfy {
                $0.when == nil && ($0.seenSource != nil || frontend.frontend.family == .v6)
              }, "\(name) from \(origin)")
          }
        }
      }
    }
  }

  @Test("A node that does not forward is said to drop what arrives for other nodes' and its own pods")
  func noForwarding() async throws {
    let trace = try #require(
      try await traces(
        "yaobank-iptables-legacy-v1.34", "yaobank/summary", from: [address("10.244.16.10")], forwards: false
      ).first)
    let frontend = try #require(trace.frontends.first?.trace)
    #expect(frontend.verdict == .drop)
    #expect(
      frontend.reason?.text == "the node does not forward what comes by cni0 (net.ipv4.conf.cni0.forwarding is 0)")
    #expect(Trace(trace, api: nil).exitStatus == 1)
  }

  @Test("What happens by chance to one packet is told with its share: an endpoint to which there is no route")
  func oneWayLost() async throws {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadEverything(Capture("yaobank-iptables-legacy-v1.34"))
      try namespace.must("sysctl", "-q", "-w", "net.ipv4.ip_forward=1")
      try namespace.must("ip", "route", "delete", "10.244.32.0/20")
      try namespace.must("ip", "route", "delete", "default")
      var request = TraceRequest(target: try TraceTarget("yaobank/summary"))
      request.origin = address("10.244.16.10")
      let frontend = try #require(try ServiceTracer.trace(request, LiveNode()).frontends.first?.trace)
      #expect(frontend.verdict == .forward)
      #expect(frontend.endpoints.map(text) == ["10.244.16.12:80 50% sees 10.244.16.10"])
      #expect(frontend.exceptions.map(\.verdict) == [.drop])
      #expect(frontend.exceptions.map(\.share) == [0.5])
      #expect(frontend.exceptions.map(\.reason?.text) == ["the node has no route to 10.244.32.10"])
    }
  }

  @Test("An origin without an address of the service's family is said to send nothing there")
  func otherFamily() async throws {
    let trace = try #require(
      try await traces("yaobank-iptables-legacy-v1.34", "yaobank/summary", from: [address("fd00::7")]).first)
    #expect(trace.frontends.isEmpty)
    #expect(trace.notes.contains { $0.text.contains("no address of a family") })
  }
}

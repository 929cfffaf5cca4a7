import Testing

@testable import Inspect

@Suite("What a trace is asked for, as typed")
struct TraceTargetTests {
  private static func service(
    _ namespace: String?, _ name: String, _ port: String? = nil, _ transport: TransportProtocol? = nil
  ) -> TraceTarget {
    .service(namespace: namespace, name: name, port: port, transport: transport)
  }

  @Test(
    "A service is read by its name, kubectl's, DNS's, a URL's and kube-proxy's",
    arguments: [
      ("summary", service(nil, "summary")), ("yaobank/summary", service("yaobank", "summary")),
      ("summary:http", service(nil, "summary", "http")), ("yaobank/summary:80", service("yaobank", "summary", "80")),
      ("a/dns:53/UDP", service("a", "dns", "53", .udp)), ("dns:dns/udp", service(nil, "dns", "dns", .udp)),
      ("svc/a/dns:53", service("a", "dns", "53")),
      ("summary.yaobank", service("yaobank", "summary")), ("summary.yaobank.svc", service("yaobank", "summary")),
      ("summary.yaobank.svc.cluster.local.:80", service("yaobank", "summary", "80")),
      ("web-0.store.edge.svc.cluster.local", service("edge", "store")),
      ("http://summary.yaobank", service("yaobank", "summary", "80", .tcp)),
      ("HTTPS://me:pw@Summary.yaobank.svc:8443/healthz?a=:1#b", service("yaobank", "summary", "8443", .tcp)),
      ("redis://cache", service(nil, "cache")), ("grpc://cache.a:9000", service("a", "cache", "9000", .tcp)),
      ("service-ULMVA6XW-ns1/svc1/tcp/p80", service("ns1", "svc1", "p80", .tcp)),
    ])
  func services(text: String, target: TraceTarget) throws {
    #expect(try TraceTarget(text) == target)
  }

  @Test(
    "A URL's address has its scheme's port",
    arguments: [
      ("http://10.96.0.1:443", "10.96.0.1:443"), ("https://10.96.0.1/x", "10.96.0.1:443"),
      ("http://[fd00::1]/", "[fd00::1]:80"),
    ])
  func addresses(text: String, place: String) throws {
    let place = try #require(SocketAddress(place))
    #expect(try TraceTarget(text) == .address(place.address, port: place.port, transport: .tcp))
  }

  @Test("A node port, also as lists tell its two families apart", arguments: [":30197", "0.0.0.0:30197", "[::]:30197"])
  func nodePorts(text: String) throws {
    #expect(try TraceTarget(text) == .nodePort(30197, transport: nil))
    #expect(try TraceTarget(text + "/UDP") == .nodePort(30197, transport: .udp))
  }

  @Test("An address of IPv6 that begins with colons is no port", arguments: ["::1", "::ffff:10.0.0.1"])
  func leadingColons(text: String) throws {
    #expect(try TraceTarget(text) == .address(try #require(IPAddress(text)), port: nil, transport: nil))
  }

  @Test("A namespace alone, and a chain of iptables mode")
  func others() throws {
    #expect(try TraceTarget("yaobank/") == .namespace("yaobank"))
    #expect(
      try TraceTarget("KUBE-SVC-OIQIZJVJK6E34BR4") == .chain(#require(ChainName("KUBE-SVC-OIQIZJVJK6E34BR4"))))
  }

  @Test(
    "What cannot be read is refused with what may be meant",
    arguments: [
      ("", "the target is empty: expected NAMESPACE/SERVICE[:PORT]"), ("10.96.0.1/443", "did you mean 10.96.0.1:443?"),
      ("10.96.0.1:https", "https is not a port"), ("10.96.0.300", "10.96.0.300 is no address"),
      ("YAOBANK/Summary", "did you mean yaobank/summary?"), ("a/b/c", "expected NAMESPACE/SERVICE[:PORT]"),
      ("a/b:80/icmp", "allowed are TCP, UDP, SCTP"), ("a/b:", "expected NAMESPACE/SERVICE[:PORT]"),
      ("db.example.com", "expected SERVICE.NAMESPACE"), ("KUBE-SERVICES", "'kpx services -A'"),
      ("http://", "expected NAMESPACE/SERVICE[:PORT]"), ("http://:80", "a URL names a host"), ("/a", "expected"),
    ])
  func refused(text: String, reason: String) {
    #expect {
      try TraceTarget(text)
    } throws: {
      "\($0)".contains(reason)
    }
  }

  @Test("-n contradicts no namespace that was typed", arguments: ["a/b", "b.a", "http://b.a", "a/"])
  func contradiction(text: String) throws {
    #expect(try TraceTarget(text, namespace: "a") == TraceTarget(text))
    #expect(throws: TargetError("\(text) is not in the namespace c that -n names")) {
      try TraceTarget(text, namespace: "c")
    }
  }

  @Test("With -n, svc/ is kubectl's word")
  func kindWithNamespace() throws {
    #expect(try TraceTarget("svc/b:80", namespace: "a") == Self.service(nil, "b", "80"))
  }
}

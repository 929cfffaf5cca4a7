import Testing

@testable import Inspect

@Suite("Which virtual services are asked for")
struct VirtualServiceFilterTests {
  @Test(
    "A service by its name is that of the addresses and node ports that the API has for it",
    arguments: [
      ("ns/svc", ["TCP 10.96.0.1:80"]), ("ns/svc:80", ["TCP 10.96.0.1:80"]), ("ns/svc:http", ["TCP 10.96.0.1:80"]),
      ("svc.ns.svc.cluster.local:80/TCP", ["TCP 10.96.0.1:80"]), ("ns/svc:http/UDP", []), ("ns/svc:443", []),
      ("ns/other", []), ("10.96.0.9", ["TCP 10.96.0.9:80"]), (":80", ["TCP 10.96.0.1:80", "TCP 10.96.0.9:80"]),
    ])
  func names(typed: String, found: [String]) throws {
    try withDump { dump in
      guard case .dump(let path, _) = dump else { return }
      let names = AddressNames(try ClusterSnapshot.load(path: path, deadline: nil))
      let filter = try VirtualServiceFilter(typed)
      let all = try ["10.96.0.1:80", "10.96.0.9:80"].map { text in
        VirtualServiceKey.address(try #require(SocketAddress(text)), transport: .tcp)
      }
      #expect(all.filter { filter.contains($0, names) }.map { "\($0)" } == found)
      #expect(all.filter { filter.contains($0, AddressNames(nil)) }.isEmpty == (filter.needsNames || found.isEmpty))
    }
  }

  @Test("A name without its namespace is refused", arguments: ["svc", "ns/", "KUBE-SVC-OIQIZJVJK6E34BR4"])
  func refused(typed: String) {
    #expect {
      try VirtualServiceFilter(typed)
    } throws: {
      "\($0)".contains("expected NAMESPACE/SERVICE[:PORT], ADDRESS")
    }
  }
}

import Inspect
import Testing

/// A virtual service as ipvsadm saves it.
private struct SavedService {
  var endpoints: Set<String> = []
  var persistence: Int?
}

private let transports = ["-t": "tcp", "-u": "udp", "--sctp-service": "sctp"]

/// The virtual services of a file of `ipvsadm -Sn`, by protocol and address.
private func virtualServices(_ text: String) -> [String: SavedService] {
  var found: [String: SavedService] = [:]
  for line in text.split(separator: "\n") {
    let words = line.split(separator: " ").map(String.init)
    guard words.count > 2, let transport = transports[words[1]] else { continue }
    let key = "\(transport) \(words[2])"
    func value(_ option: String) -> String? { words.firstIndex(of: option).map { words[$0 + 1] } }
    if words[0] == "-A" { found[key] = SavedService(persistence: value("-p").flatMap(Int.init)) }
    if words[0] == "-a", let server = value("-r") { found[key, default: SavedService()].endpoints.insert(server) }
  }
  return found
}

@Suite("Expected forwarding in IPVS mode")
struct ExpectedIPVSTests {
  @Test(
    "Every virtual service has the real servers that kube-proxy gave it, and there is no other",
    arguments: ["lab-ipvs-v1.34", "lab-ipvs-v1.36", "yaobank-ipvs-v1.23", "yaobank-ipvs-strictarp-v1.34"])
  func agreesWithCapture(name: String) throws {
    let capture = try KubeProxyCapture(name)
    var saved = virtualServices(try Fixtures.text("captures/\(name)/ipvsadm-save.txt"))
    let node = try #require(capture.cluster.node(capture.node.name))
    var found: [String] = []
    for service in capture.cluster.services {
      for frontend in capture.expected.frontends(of: service) {
        if case .unhandled = frontend.verdict { continue }
        let addresses = frontend.address.map { [$0] } ?? node.ips("InternalIP").filter { $0.family == frontend.family }
        for address in addresses {
          let key = "\(frontend.transport.name) \(SocketAddress(address, port: frontend.port))"
          guard let got = saved.removeValue(forKey: key) else {
            found.append("\(frontend.name) \(key): no virtual service")
            continue
          }
          let wanted = Set(frontend.endpoints.map(\.address.description))
          if wanted != got.endpoints { found.append("\(frontend.name) \(key): \(wanted) \(got.endpoints)") }
          if frontend.affinitySeconds != got.persistence { found.append("\(frontend.name) \(key): affinity") }
        }
      }
    }
    // A node port is there for every address of the node, of which the API does not know all.
    let ports = Set(capture.cluster.services.flatMap { $0.ports.compactMap(\.nodePort) }.map { ":\($0)" })
    found += saved.keys.filter { key in !ports.contains { key.hasSuffix($0) } }
    #expect(found.sorted() == [])
  }
}

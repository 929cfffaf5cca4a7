import Inspect
import Testing

/// One frontend, compared.
private func differences(
  _ expected: ExpectedFrontend, _ saved: SavedFrontend, separateInside: Bool
) -> [String] {
  var found: [String] = []
  func compare<Value: Equatable>(_ what: String, _ wanted: Value, _ got: Value) {
    if wanted != got { found.append("\(what): expected \(wanted), saved \(got)") }
  }
  let outside = Set(expected.endpoints.map(\.address.description))
  let inside = Set(expected.endpointsInside.map(\.address.description))
  func list(_ endpoints: Set<String>) -> String { endpoints.sorted().joined(separator: " ") }
  compare("endpoints", list(outside), list(saved.outside))
  if separateInside { compare("endpoints inside", list(inside), list(saved.inside)) }
  compare("rejected", expected.verdict == .reject, saved.isRejected)
  compare("dropped", expected.verdict == .drop, saved.isDropped)
  if !outside.isEmpty { compare("affinity", expected.affinitySeconds, saved.affinitySeconds) }
  // Beside the ranges there may be the load balancer's own address, for the node's sake.
  let own = expected.address.map { IPPrefix($0).description + "/\($0.family.bits)" }
  compare("sources", Set(expected.sourceRanges.map(\.description)), saved.sources.filter { $0 != own })
  return found
}

/// What the files have and what the API implies, frontend by frontend.
private func drift(of capture: KubeProxyCapture) throws -> [String] {
  var found: [String] = []
  for (family, file) in capture.files {
    var saved = file.frontends()
    for service in capture.cluster.services {
      for frontend in capture.expected.frontends(of: service) where frontend.family == family {
        if case .unhandled = frontend.verdict { continue }
        let key = FrontendKey(
          address: frontend.address?.description, port: "\(frontend.port)", transport: frontend.transport.name)
        let isSeparate = frontend.kind.isExternal && frontend.policy == .local && frontend.verdict != .reject
        let got = saved.removeValue(forKey: key)
        let details = got.map { differences(frontend, $0, separateInside: isSeparate) } ?? ["no rules"]
        found += details.map { "\(frontend.name) \(frontend.kind.rawValue) \(key): \($0)" }
      }
    }
    found += saved.keys.map { "\($0): rules for nothing" }
  }
  return found.sorted()
}

@Suite("Expected forwarding")
struct ExpectedForwardingTests {
  @Test("Every frontend of every service is as the real kube-proxy wrote it", arguments: KubeProxyCapture.iptables)
  func agreesWithCapture(name: String) throws {
    let capture = try KubeProxyCapture(name)
    let found = try drift(of: capture)
    #expect(found == [])
  }

  @Test("A capture whose API changed afterwards shows exactly those changes")
  func driftedCapture() throws {
    let found = try drift(of: KubeProxyCapture("yaobank-drift-iptables-legacy-v1.34"))
    #expect(
      found == [
        "*:30180/tcp: rules for nothing",
        "yaobank/customer:http NodePort *:30280/tcp: no rules",
        "yaobank/database:http ClusterIP 10.96.102.51:2379/tcp: "
          + "endpoints: expected 10.244.16.11:2380, saved 10.244.16.11:2379",
        "yaobank/ledger:8080-8080 ClusterIP 10.96.99.1:8080/tcp: no rules",
        "yaobank/summary:http ClusterIP 10.96.188.204:80/tcp: "
          + "endpoints: expected 10.244.16.12:80, saved 10.244.16.12:80 10.244.32.10:80",
      ])
  }
}

import TestSupport
import Testing

@testable import Inspect

@Suite("In IPVS mode, too, more than endpoints is compared")
struct IPVSDriftTests {
  @Test(
    "What the API says otherwise since kube-proxy wrote its sets and virtual services",
    arguments: [
      (#""sessionAffinity":"ClientIP""#, #""sessionAffinity":"None""#, "affinity", FindingID.affinityDrift),
      ("203.0.113.0/24", "198.51.100.0/24", "lb-ranges", .sourceRangeDrift),
    ])
  func changed(old: String, new: String, service: String, finding: FindingID) throws {
    let target = TraceTarget.service(namespace: "edge", name: service, port: nil)
    let same = try CapturedNode(Capture("lab-ipvs-v1.34"))
    #expect(try same.trace(target, same.context(.all)).wrong == [])
    let changed = try CapturedNode(Capture("lab-ipvs-v1.34"), exchanging: (old, new))
    #expect(try changed.trace(target, changed.context(.all)).wrong == [finding])
  }

  @Test("Where no node port has a virtual service at the node's address, they are served elsewhere")
  func nodePort() throws {
    let new = "192.168.100.99"
    let moved = try CapturedNode(
      Capture("lab-ipvs-v1.34"), exchanging: (#""192.168.100.11""#, #""\#(new)""#), addresses: [new])
    let context = moved.context(.all)
    let address = TraceTarget.address(try #require(IPAddress(new)), port: 30180, transport: .tcp)
    for target in [.service(namespace: "yaobank", name: "customer", port: nil), address] {
      let findings = try moved.trace(target, context).findings.filter {
        $0.id == .nodePortReach || $0.severity != .info
      }
      #expect(findings.map(\.id) == [.nodePortReach] && findings.map(\.severity) == [.warning])
    }
  }

  @Test("A node port that alone lacks its virtual service drifts")
  func movedPort() throws {
    let moved = try CapturedNode(Capture("lab-ipvs-v1.34"), exchanging: (#""nodePort":30180"#, #""nodePort":30999"#))
    let name = TraceTarget.service(namespace: "yaobank", name: "customer", port: nil)
    #expect(try moved.trace(name, moved.context(.all)).wrong == [.endpointDrift])
  }
}

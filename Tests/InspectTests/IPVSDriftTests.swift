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
}

import FoundationEssentials
import Glibc
import TestSupport
import Testing

@testable import Inspect

@Suite("The same is said of a service, however it is asked for and whatever is known of the node")
struct EveryWayTests {
  /// What was done to them after kube-proxy had written its rules is found.
  private static let damaged = [
    "yaobank-drift-iptables-legacy-v1.34", "yaobank-damaged-iptables-nft-v1.34",
  ]

  /// All captures and ways take some ten minutes: `make oracle` has the time.
  private static let isWhole = getenv("KPX_EVERY_WAY") != nil

  private static let captures: [Capture] = {
    // That of 1,000 services has one kind of service, and would take an hour.
    let healthy = (Capture.legacy + Capture.nft + Capture.ipvs).filter {
      !damaged.contains($0.name) && !$0.name.hasPrefix("scale")
    }
    let some = ["lab-iptables-legacy-v1.18", "lab-iptables-legacy-v1.23", "lab-nftables-v1.34", "lab-ipvs-v1.36"]
    return healthy.filter { isWhole || some.contains($0.name) || $0.name.hasPrefix("yaobank") }
  }()

  @Test(
    "By name, by address and by node port, with and without the node's name and kube-proxy's release: no false finding",
    arguments: captures)
  func healthy(capture: Capture) throws {
    let captured = try CapturedNode(capture)
    for service in captured.services {
      let names = service.metadata.namespacedName
      let byName = TraceTarget.service(namespace: names.namespace, name: names.name, port: nil)
      let whole = try captured.trace(byName, captured.context(.all))
      #expect(!whole.findings.contains { $0.id.isDrift }, "\(names): \(whole.wrong)")
      for known in CapturedNode.Knowledge.allCases where Self.isWhole || known != .all {
        let context = captured.context(known)
        compare(try captured.trace(byName, context), whole, "\(names) \(known)")
        for frontend in targets(whole, known) {
          compare(try captured.trace(frontend.target, context), whole, "\(names) \(frontend.text) \(known)")
        }
      }
    }
  }

  /// One frontend of each kind and family, where not all are asked for.
  private func targets(_ trace: ServiceTrace, _ known: CapturedNode.Knowledge) -> [Frontend] {
    let all = trace.frontends.map(\.trace.frontend)
    if Self.isWhole { return all }
    guard known == .noVersion else { return [] }
    return all.grouped { "\($0.family) \($0.kind?.rawValue ?? "")" }.compactMap { $1.first }
  }

  private func compare(_ trace: ServiceTrace, _ whole: ServiceTrace, _ comment: String) {
    #expect(trace.wrong.isSubset(of: whole.wrong), "\(comment): \(trace.findings.map(\.message))")
    for answer in trace.frontends {
      let same = whole.frontends.first { $0.trace.frontend.place == answer.trace.frontend.place }
      #expect(same == nil || same?.trace.verdict == answer.trace.verdict, "\(comment): \(answer.trace.frontend.text)")
    }
  }

  @Test("What some release explains is not compared where it is not known which runs, and that is no healthy answer")
  func explained() throws {
    let captured = try CapturedNode(Capture("lab-nftables-v1.34"))
    let zoned = TraceTarget.service(namespace: "edge", name: "zoned", port: nil)
    for (known, isCompared) in [(CapturedNode.Knowledge.all, true), (.noVersion, false), (.neither, false)] {
      let trace = Trace(try captured.trace(zoned, captured.context(known)), api: nil)
      #expect(trace.frontends.allSatisfy { ($0.uncompared == nil) == isCompared }, "\(known)")
      #expect(trace.exitStatus == (isCompared ? 0 : 2), "\(known)")
    }
  }

  @Test("What differs is found every way, too", arguments: damaged)
  func damage(name: String) throws {
    let captured = try CapturedNode(Capture(name))
    var found = 0
    for service in captured.services {
      let names = service.metadata.namespacedName
      let byName = TraceTarget.service(namespace: names.namespace, name: names.name, port: nil)
      let whole = try captured.trace(byName, captured.context(.all))
      for finding in whole.findings where finding.severity == .error {
        found += 1
        for known in CapturedNode.Knowledge.allCases {
          let context = captured.context(known)
          #expect(try captured.trace(byName, context).wrong.contains(finding.id), "\(names) \(known)")
          for frontend in whole.frontends.map(\.trace.frontend)
          where finding.subject.frontends?.contains(frontend.place) ?? false {
            let trace = try captured.trace(frontend.target, context)
            #expect(trace.wrong.contains(finding.id), "\(names) \(frontend.text) \(known)")
          }
        }
      }
    }
    #expect(found > 0)
  }
}

extension Frontend {
  fileprivate var target: TraceTarget {
    if let address { return .address(address, port: port, transport: transport) }
    return .nodePort(port, transport: transport)
  }
}

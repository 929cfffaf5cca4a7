import FoundationEssentials
import TestSupport
import Testing

@testable import Inspect

/// A saved node's rules and sets on this machine's network: what a capture does not hold is asked of the kernel.
private final class SavedRulesHere: Node {
  let saved: SavedNode
  let live: LiveNode

  init(_ saved: SavedNode, _ live: LiveNode) {
    self.saved = saved
    self.live = live
  }

  var filter: any PacketFilter { saved.filter }
  var maps: any NFTSets { saved.maps }
  var ipsets: any IPSets { saved.ipsets }
  var routing: any NodeRouting { get throws { try live.routing } }
  var localAddresses: [IPPrefix]? { live.localAddresses }
  var kernel: KernelRelease? { live.kernel }
  func interfaces(among names: [String]) throws -> Set<String>? { try live.interfaces(among: names) }
}

@Suite(
  "A saved node beside the kernel that has its rules",
  .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own"))
struct SavedNodeLiveTests {
  /// What loading a capture into another kernel changes: numbers of rules, and what they have counted.
  private static let ofKernel: Set = ["handle", "packets", "bytes"]

  private func json(_ answer: some Encodable) throws -> JSON {
    try JSONDecoder().decode(JSON.self, from: JSONEncoder().encode(answer)).without(Self.ofKernel)
  }

  /// Of many services every so many.
  private func some(_ services: [Service]) -> [Service] {
    let step = max(1, services.count / 10)
    return services.enumerated().filter { $0.offset % step == 0 }.map(\.element)
  }

  @Test(
    "Services are listed and traced from a saved node's rules and sets as from the kernel's that has them",
    arguments: Capture.legacy + Capture.nft)
  func same(capture: Capture) async throws {
    let traced = try TracedCapture(capture)
    let members = SavedMembers(try capture.members())
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadEverything(capture)
      let live = try LiveNode()
      let saved = SavedRulesHere(try SavedNode(members), live)
      let list = try json(ServiceTracer.list(namespace: nil, ServiceContext(), saved))
      #expect(list.lines.count > 30)
      #expect(try differences(list, json(ServiceTracer.list(namespace: nil, ServiceContext(), live))) == [])
      for service in some(traced.services) {
        for origin in [nil, TraceOrigin.external] {
          var request = traced.request(service)
          request.origin = origin
          let (ours, theirs) = (
            try json(Trace(ServiceTracer.trace(request, saved), api: nil)),
            try json(Trace(ServiceTracer.trace(request, live), api: nil))
          )
          #expect(differences(ours, theirs) == [], "\(service.metadata.namespacedName)")
        }
      }
    }
  }

  @Test(
    "Without routes only the kernel's release is missing of answers for all packets",
    arguments: ["lab-iptables-legacy-v1.34", "lab-iptables-nft-bridge-v1.36", "lab-nftables-v1.34"])
  func withoutRoutes(name: String) async throws {
    let traced = try TracedCapture(Capture(name))
    let members = SavedMembers(try traced.capture.members())
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadEverything(traced.capture)
      let live = try LiveNode()
      let saved = try SavedNode(members, localAddresses: live.localAddresses)
      for service in some(traced.services) {
        let request = traced.request(service)
        let (ours, theirs) = (
          try json(Trace(ServiceTracer.trace(request, saved), api: nil)),
          try json(Trace(ServiceTracer.trace(request, live), api: nil))
        )
        #expect(differences(ours, theirs) == [".node .kernel \(live.kernel?.text ?? "")"], "\(service.metadata.name)")
      }
    }
  }

  private func differences(_ left: JSON, _ right: JSON) -> [String] {
    Set(left.lines).symmetricDifference(right.lines).sorted()
  }

  @Test(
    "A saved set holds an element if the kernel's set does",
    arguments: ["lab-iptables-nft-noise-v1.34", "lab-ipvs-v1.34"])
  func sets(name: String) async throws {
    let capture = Capture(name)
    let members = SavedMembers(try capture.members())
    try await withPrivateNetworkNamespace { _ in
      let saved = try SavedIPSets(members)
      try restoreSets(try capture.content("ipset-save.txt"))
      let reader = try IPSetReader()
      var elements: [SetElement] = []
      var headers: [IPSetHeader] = []
      try reader.list {
        headers.append($0)
      } entry: { entry in
        for change in 0..<3 {
          var element = SetElement()
          element.source = entry.network2?.address ?? entry.network?.address
          element.destination = entry.network?.address
          element.transport = change == 1 ? .udp : entry.transport ?? .tcp
          element.destinationPort = (entry.port ?? 80) + (change == 2 ? 1 : 0)
          elements.append(element)
        }
      }
      #expect(elements.count > 5)
      var held = 0
      for header in headers {
        for sides in [[false, false, true], [true, false, false]] {
          let match = SetMatch(name: header.name, index: 0, sourceDimensions: sides, inverted: false)
          for family in IPFamily.allCases {
            for element in Set(elements) {
              let ours = try saved.holds(match, family: family, element: element)
              #expect(try ours == reader.matches(match, family: family, packet: element), "\(header.name) \(element)")
              if ours == true { held += 1 }
            }
          }
        }
      }
      #expect(held > 5)
    }
  }
}

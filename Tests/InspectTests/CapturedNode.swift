import FoundationEssentials
import TestSupport
import Testing

@testable import Inspect

/// A captured node, asked with more or less known of it.
struct CapturedNode {
  /// What is known beside the rules.
  enum Knowledge: CaseIterable {
    case all, noVersion, kubeletAlone, noNode, neither
  }

  let node: SavedNode
  let members: SavedMembers
  let localAddresses: [IPPrefix]
  /// With the kubelet's release that fits, and with none.
  private let cluster: ClusterSnapshot
  private let withoutKubelet: ClusterSnapshot
  private let name: String
  private let version: KubeProxyVersion

  private struct Scenario: Decodable {
    let catalogue: String
    let node: String
    let kubeProxyVersion: String
  }

  /// - Parameters:
  ///   - change: what is exchanged in the API's services and nodes, after kube-proxy wrote its rules.
  ///   - addresses: of the node, beside those that were captured.
  init(
    _ capture: Capture, exchanging change: (old: String, new: String)? = nil, addresses: [String] = []
  ) throws {
    let scenario = try JSONDecoder().decode(Scenario.self, from: Data(capture.content("scenario.json")))
    let own = try capture.bytes("api/services.json") != nil
    let api = Capture(own ? "\(capture.name)/api" : "api/\(scenario.catalogue)")
    // The kubelets of all captures say 1.34, whichever kube-proxy wrote the rules.
    let changes = [change].compactMap(\.self)
    cluster = try Self.cluster(api, changes + [(#""v1.34.0""#, #""\#(scenario.kubeProxyVersion)""#)])
    withoutKubelet = try Self.cluster(api, changes + [(#""kubeletVersion""#, #""other""#)])
    members = try SavedMembers(capture.members())
    localAddresses = try capturedAddresses(capture.name) + addresses.compactMap { IPPrefix($0) }
    node = try SavedNode(members, localAddresses: localAddresses)
    name = scenario.node
    version = try #require(KubeProxyVersion(scenario.kubeProxyVersion))
  }

  private static func cluster(_ api: Capture, _ changes: [(old: String, new: String)]) throws -> ClusterSnapshot {
    let folder = try ScratchDirectory()
    for file in ["services.json", "endpointslices.json", "endpoints.json", "pods.json", "nodes.json"] {
      var text = String(decoding: try api.content(file), as: UTF8.self)
      if ["services.json", "nodes.json"].contains(file) {
        for (old, new) in changes { text = text.replacing(old, with: new) }
      }
      try folder.write(file, text)
    }
    return try ClusterSnapshot.load(path: folder.path)
  }

  var services: [Service] { cluster.services }

  func context(_ known: Knowledge) -> ServiceContext {
    var context = ServiceContext()
    context.cluster = known == .kubeletAlone ? cluster : withoutKubelet
    if known != .noNode && known != .neither { context.node = name }
    if known == .all || known == .noNode { context.release = Release(version, source: "the capture") }
    return context
  }

  func trace(_ target: TraceTarget, _ context: ServiceContext) throws -> ServiceTrace {
    var request = TraceRequest(target: target)
    request.context = context
    return try ServiceTracer.trace(request, node)
  }
}

extension ServiceTrace {
  /// What was found that is no mere information.
  var wrong: Set<FindingID> { Set(findings.filter { $0.severity != .info }.map(\.id)) }
}

import TestSupport
import Testing

@testable import Inspect

@Suite(
  "What is compared where v1 Endpoints are all that may be read",
  .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own"), .serialized)
struct EndpointsAloneTests {
  private func trace(
    _ service: String, _ config: String, _ namespace: PrivateNetworkNamespace
  ) throws -> ToolResult {
    try runTool(
      ProcessNamespace.command([Kpx.path, "trace", service, "--netns", namespace.name])
        + ["--node", "node1", "--proxy-version", "1.34", "--kubeconfig", config, "--request-timeout", "20s"],
      environment: ["HOME": "/nonexistent"])
  }

  @Test(
    "On a healthy node nothing drifts: what Endpoints do not tell cannot be compared, and all else is as with slices",
    arguments: [("lab-iptables-legacy-v1.34", "kubelet"), ("lab-nftables-v1.34", "no-slices")])
  func healthy(name: String, profile: String) async throws {
    let capture = Capture(name)
    let objects = APIServer.objects("lab")
    let whole = try APIServer("--objects", objects)
    let part = try APIServer("--objects", objects, "--profile", profile, "--user", "system:node:node1")
    let (all, endpoints) = (try whole.kubeconfig(), try part.kubeconfig())
    let services = try ClusterSnapshot.load(path: objects).services.map { "\($0.metadata.namespacedName)" }
    let incomparable = try await withPrivateNetworkNamespace { namespace in
      var incomparable: Set<String> = []
      try namespace.loadEverything(capture)
      for service in services {
        let (expected, found) = (try trace(service, all, namespace), try trace(service, endpoints, namespace))
        #expect(!found.text.contains("endpoint-drift"), "\(service): \(found.text)")
        if found.status == 2 && expected.status != 2 {
          #expect(found.errorText.contains("cannot be compared: the endpoints of "), "\(service): \(found.errorText)")
          incomparable.insert(service)
        } else {
          #expect(found.status == expected.status, "\(service): \(found.text) \(expected.text)")
        }
      }
      if profile == "no-slices" {
        let list = try runTool(
          ProcessNamespace.command([Kpx.path, "services", "-A", "--netns", namespace.name, "--node", "node1"])
            + ["--proxy-version", "1.34", "--kubeconfig", endpoints], environment: ["HOME": "/nonexistent"])
        #expect(!list.text.contains("endpoint-drift"))
        #expect(list.errorText.contains("cannot be compared: the endpoints of "))
      }
      return incomparable
    }
    // Two families, what terminates, what is meant for a zone.
    #expect(
      incomparable
        == ["edge/dual", "edge/six-first", "edge/draining", "edge/rolling-local", "edge/zoned"])
  }

  @Test("What Endpoints do tell still drifts")
  func drift() async throws {
    let objects = try ScratchDirectory()
    for file in ["services.json", "nodes.json", "endpoints.json"] {
      let text = String(decoding: try ConfigFile("\(APIServer.objects("yaobank"))/\(file)").read(), as: UTF8.self)
      try objects.write(file, text.replacing("10.244.16.12", with: "10.244.16.99"))
    }
    let server = try APIServer("--objects", objects.path, "--profile", "kubelet")
    let config = try server.kubeconfig()
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadLegacyCapture(Capture("yaobank-iptables-legacy-v1.34"))
      let result = try trace("yaobank/summary", config, namespace)
      #expect(result.text.contains("10.244.16.99:80 is in the API and not in the rules"), "\(result.text)")
      #expect(result.text.contains("10.244.16.12:80 is in the rules and not in the API"), "\(result.text)")
      #expect(result.status == 1)
    }
  }

  @Test("Where neither slices nor Endpoints may be read nothing is in sync, and nothing drifts")
  func servicesAlone() async throws {
    let server = try APIServer(
      "--objects", APIServer.objects("yaobank"), "--profile", "services-only", "--user", "jane")
    let config = try server.kubeconfig()
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadLegacyCapture(Capture("yaobank-iptables-legacy-v1.34"))
      let result = try trace("yaobank/summary", config, namespace)
      #expect(result.status == 2, "\(result.text)")
      #expect(result.errorText.contains("the endpoints of yaobank/summary are not known: "), "\(result.errorText)")
      for said in ["as the API implies", "in sync", "drift"] { #expect(!result.text.contains(said), "\(result.text)") }
    }
  }
}

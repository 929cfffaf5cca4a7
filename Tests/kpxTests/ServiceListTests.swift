import TestSupport
import Testing

@Suite("kpx services of many ports", .enabled(if: canMakeNetworkNamespaces, "needs root"))
struct ServiceListTests {
  /// A service of many ports, whose endpoints no rule leads to.
  private static let manyPorts: String = {
    let ports = (1...2500).map { #"{"name":"p\#($0)","port":\#($0)}"# }.joined(separator: ",")
    let service =
      #"{"kind":"Service","metadata":{"name":"many","namespace":"default"},"spec":{"clusterIP":"10.96.0.1","ports":[\#(ports)]}}"#
    let names = (1...100).map { #"{"name":"p\#($0)","port":80}"# }.joined(separator: ",")
    let slice = #"""
      {"kind":"EndpointSlice","addressType":"IPv4","metadata":{"name":"many-1","namespace":"default",
      "labels":{"kubernetes.io/service-name":"many"}},"endpoints":[{"addresses":["10.0.0.1"]}],"ports":[\#(names)]}
      """#
    return #"{"kind":"List","items":[\#(service),\#(slice)]}"#
  }()

  /// A build for tests needs 7 s of the processor, on a busy machine up to 11, and needed 13 more when it searched all that is wrong
  /// for each port.
  @Test("The time for a service of thousands of ports does not grow with their square")
  func isLinear() async throws {
    let result = try await withPrivateNetworkNamespace { namespace in
      try namespace.addProxyWithoutServices()
      return try runTool(
        ["sh", "-c", #"ulimit -t 16; exec "$0" services -A --proxy-version 1.34 --api-dump /dev/stdin"#, Kpx.path],
        input: Array(Self.manyPorts.utf8))
    }
    let lines = result.text.split(separator: "\n").map(String.init)
    #expect(lines.count == 2501)
    #expect(lines.filter { $0.hasSuffix("lacks 10.0.0.1:80, which the API has [endpoint-drift]") }.count == 100)
  }

  /// A list of all services of the lab, on a node that lacks what was done to it.
  private func listLab(onlyIPv4: Bool) async throws -> ToolResult {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadLegacyCapture(Capture("lab-iptables-legacy-v1.34"), onlyIPv4: onlyIPv4)
      return try Kpx.run(
        "services", "-A", "--api-dump", "\(Capture.folder)/api/lab", "--node", "node1", "--proxy-version", "1.34")
    }
  }

  @Test("What is wrong with a node port of IPv6 is said in its own line, and not in that of IPv4")
  func nodePortOfOneFamily() async throws {
    let result = try await listLab(onlyIPv4: true)
    let lines = result.text.split(separator: "\n").map { $0.split(separator: " ") }
    let nodePorts = lines.filter { $0.contains("edge/dual") && $0.contains("NodePort") }
    #expect(nodePorts.map { $0[3...5] } == [["0.0.0.0:30197/TCP", "3", "ok"], ["[::]:30197/TCP", "0", "absent"]])
    #expect(nodePorts.map { $0.last == "[endpoint-drift]" } == [false, true])
  }

  @Test("What kube-proxy leaves alone says why in its own row")
  func leftAlone() async throws {
    let result = try await listLab(onlyIPv4: false)
    let row = result.text.split(separator: "\n").first { $0.hasPrefix("edge/other-proxy ") }
    #expect(row?.hasSuffix("absent     label service.kubernetes.io/service-proxy-name: other handles it") == true)
    #expect(!result.errorText.contains("other-proxy"))
  }
}

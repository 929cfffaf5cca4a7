import FoundationEssentials
import Inspect
import TestSupport
import Testing

@Suite(
  "kpx veth on many nodes",
  .enabled(if: canMakeNetworkNamespaces, "needs root, for a node and its pods"),
  .serialized)
struct FleetPodTests {
  @Test("Pods of all nodes are one table, and one pod is found wherever it is")
  func table() throws {
    try PodNode.with(.plain) { node in
      let pod = try node.pod("shop", "web-10")
      let ssh = try StandInSSH(drifted: "none")
      let nodes = ["node1", "refused"].map { #"{"kind":"Node","metadata":{"name":"\#($0)"}}"# }.joined(separator: ",")
      let dump = try ssh.folder.write("nodes.json", #"{"kind":"List","items":[\#(nodes)]}"#)
      let path = try #require(ProcessInfo.processInfo.environment["PATH"])
      func veth(_ arguments: String...) throws -> ToolResult {
        let options = ["--remote-kpx", Kpx.path, "--api-dump", dump]
        return try node.kpx(["veth"] + arguments + options, environment: ["PATH": "\(ssh.folder.path):\(path)"])
      }
      let all = try veth("--nodes", "all")
      let lines = all.text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
      #expect(lines.first?.prefix(4) == ["NODE", "NAMESPACE", "POD", "IP"], "\(all)")
      #expect(lines.contains { $0.prefix(3) == ["node1", "shop", "web-10"] && $0.contains(pod.rest[0]) }, "\(all)")
      #expect(all.errorText.contains("\n1 pod on 1 node\n") && !all.errorText.contains("note: node1"), "\(all)")
      #expect(all.status == 2 && all.errorText.contains("no answer (connect): Connection refused"), "\(all)")
      let json = try JSONDecoder().decode(
        FleetAnswer.self, from: Data(try veth("web-10", "-n", "shop", "--nodes", "node1", "-o", "json").output))
      #expect(json.interfaces?.map { $0.items.map(\.name) } == [["web-10"]] && json.exitStatus == 0)
      let none = try veth("web-11", "--nodes", "node1")
      #expect(none.status == 1 && none.errorText.contains("no pod of 1 node is web-11"), "\(none)")
      #expect(try veth("--netns", "x", "--nodes", "all").status == 64)
      #expect(try node.kpx("veth", "--kubeconfig", "/none").status == 64)
    }
  }
}

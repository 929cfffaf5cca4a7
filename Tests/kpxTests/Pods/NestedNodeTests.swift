import TestSupport
import Testing

@Suite(
  "Nodes that are containers, and kpx in one",
  .enabled(if: canMakeNetworkNamespaces, "needs root, for a node and its pods"),
  .serialized)
struct NestedNodeTests {
  /// Runs a shell without the node's folders but those that it mounts over them.
  private static func hidden(_ node: PodNode) -> String {
    """
    mount -t tmpfs none /var/log && mkdir /var/log/pods && mount --bind '\(node.folder)/var/log/pods' /var/log/pods
    mount -t tmpfs none /var/lib && mkdir -p /var/lib/kubelet/pods
    mount --bind '\(node.folder)/var/lib/kubelet/pods' /var/lib/kubelet/pods
    """
  }

  /// A process in the node's network and cgroups of a pod of it.
  private func onNodesNetwork(_ node: PodNode, _ uid: String) throws -> String {
    let name = try node.namespace()
    return try succeed([node.script, "also", node.folder, uid, "nsenter", "--net=/run/netns/\(name)", "sleep", "600"])
      .filter(\.isNumber)
  }

  private func connect(_ host: String, _ node: PodNode) throws {
    let name = try node.namespace()
    try succeed(
      ["ip", "-n", host, "link", "add", "vethkind", "type", "veth", "peer", "name", "kind0", "netns", name])
    for (namespace, link) in [(host, "vethkind"), (name, "kind0")] {
      try succeed(["ip", "-n", namespace, "link", "set", link, "up"])
    }
    try succeed(["ip", "-n", name, "addr", "add", "172.18.0.2/16", "dev", "kind0"])
    try succeed(["ip", "-n", name, "route", "replace", "default", "via", "172.18.0.1", "dev", "kind0"])
  }

  @Test(
    "From its host a node that is a container is no pod, told by the pods behind it or on its network; itself it has no orphan",
    arguments: [1, 2])
  func fromItsHost(onNetwork: Int) throws {
    try PodNode.with(.plain) { node in
      let host = "kpx-test-host-\(node.folder.suffix(8).filter { $0 != "/" })"
      try succeed(["ip", "netns", "add", host])
      defer { _ = try? runTool(["ip", "netns", "delete", host]) }
      try connect(host, node)
      for _ in 0..<onNetwork { _ = try onNodesNetwork(node, uid()) }
      if onNetwork == 1 { for name in ["a", "b"] { _ = try node.pod("shop", name) } }

      let inHost = [
        "nsenter", "--net=/run/netns/\(host)", "env", "KPX_POD_LOGS=/none", "KPX_KUBELET_PODS=/none", Kpx.path,
      ]
      let orphan = try runTool(inHost + ["veth", "vethkind", "--no-runtime"])
      #expect(orphan.status == 1, "\(orphan.text)\(orphan.errorText)")
      #expect(orphan.text.contains("kind0 of a node that is a container, with"), "\(orphan.text)")
      #expect(orphan.text.contains("see it by --netns "))
      let run = try runTool(inHost + ["exec", "--no-runtime", "vethkind", "--", "true"])
      #expect(run.status == 66, "\(run.errorText)")
      let list = try runTool(inHost + ["veth", "--no-runtime"])
      #expect(list.output.isEmpty && list.errorText.contains("no pods on this node"))

      let own = try node.kpx("veth", "--no-runtime")
      #expect(!own.errorText.contains("kind0"), "\(own.errorText)")
      let uplink = try node.kpx("veth", "kind0", "--no-runtime")
      #expect(uplink.status == 66 && uplink.errorText.contains("a default route leaves by it"))
    }
  }

  private func uid() throws -> String { try succeed(["cat", "/proc/sys/kernel/random/uuid"]).filter { $0 != "\n" } }

  @Test("--netns of a node that is a container reads that node's files, which is said")
  func filesOfContainer() throws {
    try PodNode.with(.plain) { node in
      let pod = try node.pod("shop", "web-1", "--pidless")
      let name = try node.namespace()
      let script = "\(Self.hidden(node)); exec sleep 600"
      let command = "nsenter --net=/run/netns/\(name) unshare -m sh -c \"$0\" </dev/null >/dev/null 2>&1 & echo $!"
      let process = try runTool(["sh", "-c", command, script]).text.filter(\.isNumber)
      defer { _ = try? runTool(["kill", process]) }
      var ready = ""
      for _ in 0..<200 where !ready.contains("sleep") { ready = try runTool(["cat", "/proc/\(process)/comm"]).text }
      for netns in [process, name] {
        let result = try runTool([Kpx.path, "veth", "--no-runtime", "--netns", netns])
        #expect(result.text.contains("web-1") && result.text.contains(pod.rest[0]), "\(result.text)")
        #expect(result.errorText.contains("its files are those of process \(process), below /proc/\(process)/root"))
      }
      #expect(try !runTool([Kpx.path, "veth", "--no-runtime", "--netns", pod.rest[1]]).text.contains("web-1"))
    }
  }

  @Test("In a container that sees the node's processes, the node's files are found by process 1's root, which is said")
  func debugPod() throws {
    try PodNode.with(.plain) { node in
      let pod = try node.pod("shop", "web-1", "--pidless")
      let inner = "mount -t tmpfs none /var/log; mount -t tmpfs none /var/lib; '\(Kpx.path)' veth --no-runtime"
      let script = "\(Self.hidden(node)); unshare -m sh -c \"\(inner)\"; true"
      let result = try node.run(["unshare", "--pid", "--fork", "--mount-proc", "sh", "-c", script])
      #expect(result.text.contains("web-1") && result.text.contains(pod.rest[0]), "\(result.text)\(result.errorText)")
      #expect(result.errorText.contains("kpx runs in a container: the node's files are looked for below /proc/1/root"))
    }
  }

  @Test("In a cgroup namespace of its own kpx finds pods by the ways up and down from there")
  func cgroupNamespace() throws {
    try PodNode.with(.plain) { node in
      let pod = try node.pod("shop", "web-1", "--anonymous")
      let other = try node.pod("shop", "web-2")
      let name = try node.namespace()
      let script =
        "exec nsenter --net=/run/netns/\(name) unshare -C '\(Kpx.path)' veth --no-runtime >\(node.folder)/out 2>&1"
      _ = try runTool([node.script, "also", node.folder, other.uid, "sh", "-c", script])
      var text = ""
      for _ in 0..<100 where !text.contains("web-1") {
        text = try readFile("\(node.folder)/out").map { String(decoding: $0, as: UTF8.self) } ?? ""
        _ = try runTool(["sleep", "0.05"])
      }
      #expect(text.contains(pod.rest[0]), "\(text)")
    }
  }
}

import TestSupport
import Testing

/// Whoever runs in a pod may make network namespaces there, and call interfaces in them as they like.
@Suite(
  "Network namespaces made in a pod", .enabled(if: canMakeNetworkNamespaces, "needs root, for a node and its pods"),
  .serialized)
struct ForeignNamespaceTests {
  /// A program for `netns-pods.sh also`: without privileges, with an eth0 that has an address.
  private static func forgery(of address: String) -> [String] {
    let script = """
      ip link set lo up; ip link add eth0 type veth peer name other; ip link set eth0 up
      ip addr add \(address)/24 dev eth0; exec sleep 600
      """
    return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "unshare", "-Urn", "sh", "-c", script]
  }

  @discardableResult
  private func also(_ node: PodNode, _ uid: String, _ command: [String]) throws -> String {
    let result = try runTool([node.script, "also", node.folder, uid] + command)
    try #require(result.status == 0, "\(result.errorText)")
    return String(result.text.prefix { $0 != "\n" })
  }

  private func inode(_ namespace: [String]) throws -> String {
    try runTool(namespace + ["readlink", "/proc/self/ns/net"]).text
  }

  @Test(
    "An unprivileged process cannot forge its pod's interfaces, nor catch what is run in it or at another's address")
  func forged() throws {
    try PodNode.with(.plain) { node in
      let victim = try node.pod("ns1", "victim", "--anonymous")
      // Numbers of processes begin anew: the intruder's is lower than that of the pod's first.
      let uid = "d0835673-d79d-4464-9982-57698ce0b862"
      let intruder = try also(node, uid, Self.forgery(of: victim.addresses[0]))
      let evil = try node.pod("ns1", "evil", "--anonymous", "--uid", uid)
      let other = try also(node, uid, Self.forgery(of: evil.addresses[0]))

      let answer = try node.veth("ns1/evil")
      let interfaces = try #require(answer["items"]?.items.first?["interfaces"]?.items)
      #expect(interfaces.compactMap { $0["host"]?["name"]?.string } == [evil.rest[0]])
      #expect(answer["items"]?.items.first?["sandbox"]?["pid"]?.integer == evil.pid.flatMap { Int64($0) })
      let others = answer["items"]?.items.first?["sandbox"]?["otherNetns"]?.items.compactMap(\.string) ?? []
      #expect(Set(others) == ["/proc/\(intruder)/ns/net", "/proc/\(other)/ns/net"])
      let note = "pod ns1/evil has processes in 2 other network namespaces: "
      #expect(answer["notes"]?.items.contains { $0["text"]?.string?.hasPrefix(note) == true } == true)
      #expect(try node.kpx("veth").errorText.contains(note))
      #expect(try !node.kpx("veth", "ns1/victim").errorText.contains("other network namespace"))

      let list = try node.veth()
      #expect(list["orphans"] == .array([]))
      let byAddress = try node.veth(victim.addresses[0])
      #expect(byAddress["items"]?.items.compactMap { $0["name"]?.string } == ["victim"])

      for (target, pod) in [("ns1/evil", evil), (victim.addresses[0], victim), (evil.addresses[0], evil)] {
        let run = try node.kpx("exec", target, "--", "readlink", "/proc/self/ns/net")
        #expect(run.text == (try inode(["nsenter", "-t", pod.pid ?? "", "-n"])), "\(target): \(run.errorText)")
      }
      for command in [["veth", intruder], ["exec", intruder, "--", "true"]] {
        let result = try node.kpx(command)
        #expect(result.status == 66)
        #expect(result.errorText.contains("it is of pod ns1/evil, and in another network namespace than the pod"))
      }
    }
  }

  @Test("A privileged process that unshares its network leaves the pod its own, tied to the node")
  func untied() throws {
    try PodNode.with(.plain) { node in
      let uid = "d0835673-d79d-4464-9982-57698ce0b862"
      let gofer = try also(node, uid, ["unshare", "-n", "sleep", "600"])
      let pod = try node.pod("ns1", "sandboxed", "--anonymous", "--uid", uid)
      let item = try #require(try node.veth("ns1/sandboxed")["items"]?.items.first)
      #expect(item["interfaces"]?.items.compactMap { $0["host"]?["name"]?.string } == [pod.rest[0]])
      #expect(item["sandbox"]?["otherNetns"]?.items.compactMap(\.string) == ["/proc/\(gofer)/ns/net"])
    }
  }

  @Test("Of thousands of interfaces and addresses in a pod the first are shown, the node's before others, and a count")
  func many() throws {
    try PodNode.with(.plain) { node in
      let pod = try node.pod("ns1", "many")
      let commands = (0..<60).map { "link add a\($0) type veth peer name b\($0)\n" }
      // One with a lower number than those, on the node as well.
      let more = (1..<60).map { "addr add 10.9.0.\($0)/32 dev eth0\n" }
      try succeed(["ip", "-n", pod.rest[1], "-batch", "-"], input: Array((commands + more).joined().utf8))
      let name = try node.namespace()
      try succeed(
        ["ip", "-n", name, "link", "add", "late", "type", "veth", "peer", "name", "net1", "netns", pod.rest[1]])

      let item = try #require(try node.veth("ns1/many", status: 1)["items"]?.items.first)
      let interfaces = try #require(item["interfaces"]?.items)
      #expect(interfaces.count == 32 && item["interfacesOmitted"]?.integer == 122 - 32)
      #expect(interfaces.prefix(2).compactMap { $0["name"]?.string } == ["eth0", "net1"])
      #expect(interfaces[0]["addresses"]?.items.count == 32)
      #expect((interfaces[0]["addressesOmitted"]?.integer ?? 0) >= 60 - 32)
      #expect(interfaces[1]["addressesOmitted"]?.integer == 0)
      for arguments in [["veth"], ["veth", "ns1/many"]] {
        let result = try node.kpx(arguments)
        let text = result.text + result.errorText
        #expect(text.contains("90 more interfaces"), "\(arguments)")
        #expect(text.split(separator: "\n").count < 150)
      }
      // What is not shown is found all the same.
      #expect(try node.veth("10.9.0.59", status: 1)["items"]?.items.first?["name"]?.string == "many")
    }
  }

  @Test("Of a pod in several network namespaces the runtime knows best")
  func runtime() throws {
    try PodNode.with(.containerd(cni: "ptp")) { node in
      let host = try node.pod("kube-system", "agent", "-", "-", "--host-network")
      let pod = try node.pod("ns1", "web")
      try succeed(["rm", "-r", "\(node.folder)/var/lib/kubelet/pods"])
      for uid in [host.uid, pod.uid] { try also(node, uid, ["unshare", "-n", "sleep", "600"]) }
      let agent = try #require(try node.veth("kube-system/agent")["items"]?.items.first)
      #expect(agent["hostNetwork"] == .bool(true))
      #expect(agent["sandbox"]?["sources"]?["hostNetwork"]?.string == "runtime")
      let web = try #require(try node.veth("ns1/web")["items"]?.items.first)
      #expect(web["interfaces"]?.items.first?["addresses"]?.items.first?.string?.hasPrefix(pod.addresses[0]) == true)
      #expect(web["sandbox"]?["sources"]?["netns"]?.string == "runtime")
      for item in [agent, web] { #expect(item["sandbox"]?["otherNetnsCount"]?.integer == 1) }
    }
  }

  @Test("A pod on the node's network stays there when a process of it has another, as Cilium's health endpoint has")
  func hostNetwork() throws {
    try PodNode.with(.plain) { node in
      let pod = try node.pod("kube-system", "cilium-x", "--anonymous")
      let health = try also(node, pod.uid, ["unshare", "-n", "sleep", "600"])
      let name = try node.namespace()
      try succeed([
        "ip", "-n", name, "link", "add", "lxc_health", "type", "veth", "peer", "name", "cilium", "netns", health,
      ])
      let agent = try also(node, pod.uid, ["nsenter", "--net=/run/netns/\(name)", "sleep", "600"])
      // The sandbox's own process is in the node's network: the one that netns-pods.sh made ends.
      try succeed(["kill", "-9", pod.pid ?? ""])
      let hosts = "\(node.folder)/var/lib/kubelet/pods/\(pod.uid)/etc-hosts"
      try succeed(["sh", "-c", "echo '# Kubernetes-managed hosts file (host network).' >\(hosts)"])

      let item = try #require(try node.veth("kube-system/cilium-x")["items"]?.items.first)
      #expect(item["hostNetwork"] == .bool(true))
      #expect(item["sandbox"]?["pid"]?.integer == Int64(agent))
      let run = try node.kpx("exec", "kube-system/cilium-x", "--", "readlink", "/proc/self/ns/net")
      #expect(run.text == (try inode(["nsenter", "--net=/run/netns/\(name)"])))
      let orphan = try node.kpx("veth", "lxc_health")
      #expect(orphan.status == 1)
      #expect(
        orphan.text.contains(
          "cilium in a further network namespace of process \(health) (sleep) of pod kube-system/cilium-x"))
    }
  }
}

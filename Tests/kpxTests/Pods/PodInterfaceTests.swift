import TestSupport
import Testing

@Suite(.enabled(if: canMakeNetworkNamespaces, "needs root, for a node and its pods"), .serialized)
struct PodInterfaceTests {
  @Test(
    "Of containerd's pods kpx says what ip says on both sides and what the runtime itself answered, however it is asked",
    arguments: ["bridge", "ptp"])
  func containerdPods(cni: String) throws {
    try PodNode.with(.containerd(cni: cni)) { node in
      let pods = try [
        node.pod("shop", "web-1"), node.pod("shop", "web-2"),
        node.pod("kube-system", "web-1", "-", "10.244.1.53,fd00:10:244:1::53"),
      ]
      let hostPod = try node.pod("kube-system", "kube-proxy", "-", "-", "--host-network")
      let dead = try node.pod("shop", "job-1")
      try node.script("cri", "stop", dead.id)

      for pod in pods {
        let answer = try node.veth("\(pod.namespace)/\(pod.name)")
        try expectTruth(answer, pod, node)
        try expectRuntimesWords(answer, pod, node)
        try expectSame(answer, pod, node)
        #expect(answer["items"]?.items.first?["sandbox"]?["runtime"]?.string == "containerd")
      }
      // Inside, all are number 2 or so; outside, each is another.
      let first = try pods.map { try interface(node.veth("\($0.namespace)/\($0.name)")) }
      #expect(Set(first.compactMap { $0["ifindex"]?.integer }).count == 1)
      #expect(Set(first.compactMap { $0["host"]?["name"]?.string }).count == pods.count)

      try expectHostNetwork(hostPod, node)
      try expectDead(dead, node)
      try expectList(of: pods + [hostPod, dead], node)
      if cni == "bridge" {
        #expect(first.allSatisfy { $0["host"]?["master"]?.string == "cni0" })
      } else {
        #expect(first.allSatisfy { $0["host"]?["master"] == .null })
        let routes = first[2]["host"]?["routes"]?.items ?? []
        #expect(routes.compactMap(\.string) == ["10.244.1.53", "fd00:10:244:1::53"])
      }
    }
  }

  @Test("A sandbox whose process was killed is called dead, and its interfaces are shown as long as they are there")
  func killedSandbox() throws {
    try PodNode.with(.containerd(cni: "ptp")) { node in
      let pod = try node.pod("shop", "victim")
      let pid = try #require(pod.pid)
      let namespaces = try PodNode.ip(["nsenter", "-t", pid, "-n"], "link")
      _ = try runTool(["kill", "-9", pid])
      var result = try node.kpx("veth", "victim", "-o", "json")
      for _ in 0..<50 where result.status == 0 {
        _ = try runTool(["sleep", "0.1"])
        result = try node.kpx("veth", "victim", "-o", "json")
      }
      #expect(result.status == 1)
      let item = try #require(try JSONValue(result.text)["items"]?.items.first)
      #expect(item["sandbox"]?["state"]?.string == "dead")
      #expect(item["problem"]?.string?.contains("dead") == true)
      let names = item["interfaces"]?.items.compactMap { $0["name"]?.string }
      #expect(names == namespaces.items.compactMap { $0["ifname"]?.string }.filter { $0 != "lo" })
    }
  }

  @Test("Pods without a runtime are found by processes, cgroups and the kubelet's files, however they are asked for")
  func plainPods() throws {
    try PodNode.with(.plain) { node in
      let calico = try node.pod("default", "web-1", "--net", "route", "--ip", "10.244.1.20,fd00:10:244:1::20")
      let anonymous = try node.pod("default", "web-2", "--anonymous", "--driver", "systemd")
      let pidless = try node.pod("default", "web-3", "--pidless")
      let staticPod = try node.pod("kube-system", "etcd-n1", "--uid", "0123456789abcdef0123456789abcdef")

      for pod in [calico, anonymous, pidless, staticPod] {
        let answer = try node.veth("\(pod.namespace)/\(pod.name)")
        try expectTruth(answer, pod, node)
        try expectSame(answer, pod, node)
        #expect(answer["items"]?.items.first?["uid"]?.string == pod.uid)
        #expect(interface(answer)["host"]?["name"]?.string == pod.rest.first)
      }
      let host = try #require(interface(node.veth("web-1"))["host"])
      #expect(host["routes"]?.items.compactMap(\.string) == ["10.244.1.20", "fd00:10:244:1::20"])
      let confirmations = (host["confirmations"]?.items ?? []).compactMap(\.string)
      #expect(confirmations.contains { $0.contains("Calico derives from default/web-1") })
      let list = try JSONValue(node.kpx("veth", "-o", "json").text)
      let names = list["items"]?.items.compactMap { $0["name"]?.string }
      #expect(names == ["web-1", "web-2", "web-3", "etcd-n1"])
      #expect(list["orphans"]?.items.isEmpty == true)
      #expect(list["notes"]?.items.first?["text"]?.string?.contains("no container runtime was found") == true)
    }
  }

  @Test("Further interfaces, one upon a parent, and ends that lead to no pod are each said as what they are")
  func oddInterfaces() throws {
    try PodNode.with(.plain) { node in
      let pod = try node.pod("default", "multi", "--net", "bridge")
      let inner = pod.rest[1]
      let name = try node.namespace()
      let stranger = "kpx-test-stranger-\(inner.suffix(8))"
      let commands = [
        "ip -n \(name) link add second type veth peer name net1 netns \(inner)",
        "ip -n \(name) link add mac0 link eth0 type macvlan", "ip -n \(name) link set mac0 netns \(inner) name net2",
        "ip netns add \(stranger)", "ip -n \(name) link add lost type veth peer name eth0 netns \(stranger)",
        "ip -n \(name) link add here type veth peer name there",
      ]
      defer { _ = try? runTool(["ip", "netns", "delete", stranger]) }
      for command in commands {
        let result = try runTool(command.split(separator: " ").map(String.init))
        try #require(result.status == 0, "\(command): \(result.errorText)")
      }

      // net1 and the node's end of it were never set up.
      let answer = try node.veth("multi", status: 1)
      let interfaces = Dictionary(
        uniqueKeysWithValues: (answer["items"]?.items.first?["interfaces"]?.items ?? []).map {
          ($0["name"]?.string ?? "", $0)
        })
      #expect(interfaces.keys.sorted() == ["eth0", "net1", "net2"])
      #expect(interfaces["net1"]?["host"]?["name"]?.string == "second")
      #expect(interfaces["net2"]?["host"] == .null)
      #expect(interfaces["net2"]?["kind"]?.string == "macvlan")
      #expect(interfaces["net2"]?["parent"]?["name"]?.string == "eth0")
      try expectTruth(answer, pod, node)

      let orphan = try node.kpx("veth", "lost", "-o", "json")
      #expect(orphan.status == 1)
      let lost = try JSONValue(orphan.text)
      #expect(lost["items"]?.items.isEmpty == true)
      #expect(lost["orphans"]?.items.first?["name"]?.string == "lost")
      #expect(lost["orphans"]?.items.first?["reason"]?.string?.contains(stranger) == true)
      // Of several targets one that is well does not cover another that is not.
      let both = try node.kpx("veth", "lost", pod.rest[0])
      #expect(both.status == 1 && both.text.contains("lost (ifindex"), "\(both.text)")
      let notes = both.errorText.split(separator: "\n").filter { $0.contains("no container runtime was found") }
      #expect(notes.count == 1, "\(both.errorText)")
      let list = try JSONValue(node.kpx("veth", "-o", "json").text)
      #expect(list["orphans"]?.items.compactMap { $0["name"]?.string } == ["lost"])
      let table = try node.kpx("veth", "--no-headers")
      let words = table.text.split(separator: "\n").map { $0.split(separator: " ").count }
      #expect(words == [12, 12, 12] && table.text.contains("eth0(macvlan)"), "\(table.text)")
      #expect(table.text.split(separator: "\n").count == 3, "a line for each interface, and none for what is no answer")
      #expect(table.errorText.contains("lost (ifindex") && table.errorText.contains("note: no container runtime"))
      #expect(try !node.kpx("veth", "-n", "default").errorText.contains("lost"))

      let local = try node.kpx("veth", "here")
      #expect(local.status == 66)
      #expect(local.errorText.contains("there, on this node, too"))
      let bridge = try node.kpx("veth", "cni0")
      #expect(bridge.status == 66)
      #expect(bridge.errorText.contains("an interface of the node itself (bridge)"))
    }
  }

  @Test("A pod without an interface, an end that is down and MTUs that differ are each said, with status 1")
  func broken() throws {
    try PodNode.with(.plain) { node in
      let name = try node.namespace()
      let bare = try node.pod("shop", "bare")
      try succeed(["ip", "-n", name, "link", "del", bare.rest[0]])
      let item = try #require(try node.veth("shop/bare", status: 1)["items"]?.items.first)
      #expect(item["problem"]?.string == "it has no interface but lo")
      #expect(try node.kpx("veth", "shop/bare").text.contains("it has no interface but lo"))

      let down = try node.pod("shop", "down")
      try succeed(["ip", "-n", name, "link", "set", down.rest[0], "down"])
      let big = try node.pod("shop", "big")
      try succeed(["ip", "-n", name, "link", "set", big.rest[0], "mtu", "9000"])
      func problems(_ pod: String) throws -> [String] {
        let answer = try node.veth(pod, status: 1)
        return answer["items"]?.items.first?["interfaces"]?.items.first?["problems"]?.items.compactMap(\.string) ?? []
      }
      #expect(try problems("shop/down") == ["\(down.rest[0]) is set down on the node"])
      #expect(try problems("shop/big") == ["eth0 has mtu 1500 in the pod, and \(big.rest[0]) 9000 on the node"])
      try succeed(["ip", "-n", big.rest[1], "link", "set", "eth0", "mtu", "9000", "down"])
      #expect(try problems("shop/big") == ["eth0 is set down in the pod"])

      let list = try node.kpx("veth")
      #expect(list.status == 0)
      for words in ["shop/bare: it has no", "shop/down: \(down.rest[0]) is set down", "shop/big: eth0 is set down"] {
        #expect(list.errorText.contains(words), "\(list.errorText)")
      }
    }
  }

  @Test("A namespace without pods on this node is not found, and a near one is named")
  func noSuchNamespace() throws {
    try PodNode.with(.plain) { node in
      _ = try node.pod("shop", "web-1")
      let result = try node.kpx("veth", "-n", "shob")
      #expect(result.status == 66 && result.output.isEmpty)
      #expect(result.errorText.contains("no pod of this node is in the namespace shob: did you mean shop?"))
      #expect(try node.kpx("veth", "-n", "shop").status == 0)
    }
  }

  @Test("To look at a pod gives no network namespace an id")
  func identifiers() throws {
    try PodNode.with(.plain) { node in
      let pod = try node.pod("shop", "web-1", "--net", "route")
      let views = [["nsenter", "--net=/run/netns/\(try node.namespace())"], ["ip", "netns", "exec", pod.rest[1]]]
      let before = try views.map { try runTool($0 + ["ip", "netns", "list-id"]).text }
      for question in [[], ["shop/web-1"], [pod.pid ?? ""], [pod.rest[0]]] {
        #expect(try node.kpx(["veth"] + question).status == 0)
      }
      #expect(try views.map { try runTool($0 + ["ip", "netns", "list-id"]).text } == before)
      #expect(before.allSatisfy { $0.contains("nsid 0") })
    }
  }

  private static let isFirstHidden = (try? runTool(["stat", "-L", "/proc/1/ns/net"]).status == 1) ?? false

  @Test(
    "A process that may not be looked at is not said to be missing", .enabled(if: isFirstHidden, "process 1 is hidden"))
  func hiddenProcess() throws {
    let result = try runTool([Kpx.path, "veth", "1"])
    #expect(result.status == 77)
    #expect(result.errorText.contains("/proc/1/ns/net"))
  }

  @Test("Two pods of one name are both shown, and -n, or their namespace, says which")
  func sameName() throws {
    try PodNode.with(.plain) { node in
      for namespace in ["blue", "green"] { _ = try node.pod(namespace, "web") }
      #expect(try node.veth("web")["items"]?.items.count == 2)
      let green = try node.veth("web", "-n", "green")
      #expect(green["items"]?.items.compactMap { $0["namespace"]?.string } == ["green"])
      let none = try node.kpx("veth", "web", "-n", "red")
      #expect(none.status == 66)
      let run = try node.kpx("exec", "web", "--", "true")
      #expect(run.status == 64)
      #expect(run.errorText.contains("blue/web, green/web"))
      let near = try node.kpx("veth", "green/wep")
      #expect(near.status == 66)
      #expect(near.errorText.contains("did you mean green/web"))
    }
  }

  @Test("Of pods of one name in one namespace a program runs in the latest, which is said; the table tells their uids")
  func sameFullName() throws {
    try PodNode.with(.plain) { node in
      let old = try node.pod("db", "pg-0")
      let new = try node.pod("db", "pg-0")
      let run = try node.kpx("exec", "db/pg-0", "--", "readlink", "/proc/self/ns/net")
      #expect(run.text == (try runTool(["readlink", "/proc/\(new.pid ?? "")/ns/net"]).text))
      #expect(run.errorText.contains("latest of 2 pods of that name, db/pg-0 (uid \(new.uid), pid \(new.pid ?? ""))"))
      #expect(run.errorText.contains("not db/pg-0 (uid \(old.uid)"))
      let table = try node.kpx("veth", "db/pg-0").text
      #expect(table.contains(old.uid) && table.contains(new.uid))
    }
  }

  // MARK: - What must hold

  private func interface(_ answer: JSONValue) -> JSONValue {
    answer["items"]?.items.first?["interfaces"]?.items.first ?? .null
  }

  /// Both sides, as `ip -j` prints them.
  private func expectTruth(_ answer: JSONValue, _ pod: PodNode.Pod, _ node: PodNode) throws {
    let entry = pod.pid.map { ["nsenter", "-t", $0, "-n"] } ?? ["ip", "netns", "exec", pod.rest[1]]
    let inside = try PodNode.ip(entry, "addr")
    let outside = try PodNode.ip(["ip", "netns", "exec", node.namespace()], "-d", "link")
    let interfaces = try #require(answer["items"]?.items.first?["interfaces"]?.items)
    #expect(interfaces.count == inside.items.count - 1, "all but lo")
    for interface in interfaces {
      let truth = try #require(inside.items.first { $0["ifname"] == interface["name"] })
      expectEqual(interface, truth)
      let addresses = truth["addr_info"]?.items.compactMap { address in
        address["local"]?.string.map { "\($0)/\(address["prefixlen"]?.integer ?? -1)" }
      }
      #expect(interface["addresses"]?.items.compactMap(\.string).sorted() == addresses?.sorted())
      guard let host = interface["host"], host != .null else { continue }
      let hostTruth = try #require(outside.items.first { $0["ifname"] == host["name"] })
      expectEqual(host, hostTruth)
      #expect(host["master"]?.string == hostTruth["master"]?.string)
      #expect(host["netnsid"]?.integer == hostTruth["link_netnsid"]?.integer)
      // Each end names the other.
      #expect(hostTruth["link_index"] == interface["ifindex"])
      #expect(truth["link_index"] == host["ifindex"])
    }
  }

  private func expectEqual(_ interface: JSONValue, _ truth: JSONValue) {
    #expect(interface["ifindex"] == truth["ifindex"])
    #expect(interface["mac"] == truth["address"])
    #expect(interface["mtu"] == truth["mtu"])
    #expect(interface["state"] == truth["operstate"])
    if let kind = truth["linkinfo"]?["info_kind"] { #expect(interface["kind"] == kind) }
  }

  /// The runtime's own cniResult.
  private func expectRuntimesWords(_ answer: JSONValue, _ pod: PodNode.Pod, _ node: PodNode) throws {
    let status = try JSONValue(node.script("cri", "status", pod.id))
    let info = try #require(status["info"]?["info"])
    let made = try #require(info["cniResult"]?["Interfaces"]?.fields)
    let interface = interface(answer)
    let name = try #require(interface["name"]?.string)
    #expect(made[name]?["Mac"] == interface["mac"])
    let addresses = made[name]?["IPConfigs"]?.items.compactMap { $0["IP"]?.string } ?? []
    let own = interface["addresses"]?.items.compactMap { $0.string?.split(separator: "/").first.map(String.init) } ?? []
    #expect(!addresses.isEmpty && Set(addresses).isSubset(of: own))
    let hosts = made.filter { $0.value["Sandbox"]?.string == "" && $0.key.hasPrefix("veth") }
    #expect(hosts.keys.sorted() == [interface["host"]?["name"]?.string])
    #expect(hosts.values.first?["Mac"] == interface["host"]?["mac"])
    let sandbox = try #require(answer["items"]?.items.first?["sandbox"])
    #expect(sandbox["pid"] == info["pid"])
    #expect(sandbox["id"] == status["status"]?["id"])
    let path = made[name]?["Sandbox"]?.string
    #expect(sandbox["netns"]?.string?.split(separator: "/").last == path?.split(separator: "/").last)
  }

  /// By whatever the pod is asked for, the interfaces are the same.
  private func expectSame(_ answer: JSONValue, _ pod: PodNode.Pod, _ node: PodNode) throws {
    let interface = interface(answer)
    let host = try #require(interface["host"]?["name"]?.string)
    var questions = [[host], [String(pod.uid.prefix(18))], [pod.name, "-n", pod.namespace]]
    questions += pod.addresses.map { [$0] }
    // Without a runtime or a process nothing tells a sandbox's id.
    if let pid = pod.pid { questions += [[pid], [String(pod.id.prefix(12))]] }
    for question in questions {
      let result = try node.kpx(["veth"] + question + ["-o", "json"])
      #expect(result.status == 0, "\(question): \(result.errorText)")
      let other = try JSONValue(result.text)
      let items = try #require(other["items"]?.items)
      #expect(items.count == 1, "\(question)")
      #expect(items.first?["name"]?.string == pod.name, "\(question)")
      #expect(items.first?["namespace"]?.string == pod.namespace, "\(question)")
      for field in ["name", "ifindex", "mac", "addresses"] {
        #expect(self.interface(other)[field] == interface[field], "\(question) \(field)")
      }
      for field in ["name", "ifindex", "mac", "master", "netnsid", "routes"] {
        #expect(self.interface(other)["host"]?[field] == interface["host"]?[field], "\(question) \(field)")
      }
    }
  }

  private func expectHostNetwork(_ pod: PodNode.Pod, _ node: PodNode) throws {
    for question in [["kube-system/\(pod.name)"], [pod.pid ?? ""], [String(pod.id.prefix(12))]] {
      let result = try node.kpx(["veth"] + question + ["-o", "json"])
      #expect(result.status == 0, "\(question): \(result.errorText)")
      let item = try #require(try JSONValue(result.text)["items"]?.items.first)
      #expect(item["name"]?.string == pod.name)
      #expect(item["hostNetwork"] == .bool(true))
      #expect(item["interfaces"] == .array([]))
      #expect(item["problem"] == .null)
    }
    let text = try node.kpx("veth", pod.name)
    #expect(text.text.contains("on the node's own network"))
  }

  private func expectDead(_ pod: PodNode.Pod, _ node: PodNode) throws {
    let result = try node.kpx("veth", "\(pod.namespace)/\(pod.name)", "-o", "json")
    #expect(result.status == 1)
    let item = try #require(try JSONValue(result.text)["items"]?.items.first)
    #expect(item["sandbox"]?["state"]?.string == "dead")
    #expect(item["interfaces"] == .array([]))
    #expect(item["problem"]?.string == "its sandbox is dead, and its network is gone")
    let run = try node.kpx("exec", pod.name, "--", "true")
    #expect(run.status == 69)
    #expect(run.errorText.contains("gone"))
  }

  private func expectList(of pods: [PodNode.Pod], _ node: PodNode) throws {
    let result = try node.kpx("veth", "-o", "json")
    #expect(result.status == 0)
    let list = try JSONValue(result.text)
    let names = list["items"]?.items.map { "\($0["namespace"]?.string ?? "")/\($0["name"]?.string ?? "")" }
    #expect(names == pods.map { "\($0.namespace)/\($0.name)" }.sorted())
    #expect(list["incomplete"] == .bool(false))
    let table = try node.kpx("veth", "--no-headers").text.split(separator: "\n")
    #expect(table.count == pods.count)
  }
}

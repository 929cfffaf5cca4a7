import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite("Pods that docker alone knows", .enabled(if: canMakeNetworkNamespaces, "needs root, for a node and its pods"))
struct DockerPodTests {
  private static func id(_ letter: Character) -> String { String(repeating: letter, count: 64) }

  /// A line of docker-api.py's file.
  private static func container(
    _ pod: PodNode.Pod, id: String? = nil, sandbox: String? = nil, pid: String? = nil, key: String? = nil,
    network: String = "none", state: String = "running"
  ) -> String {
    let words: [String] = [
      id ?? pod.id, sandbox == nil ? "podsandbox" : "container", pod.namespace, pod.name, pod.uid, sandbox ?? "-",
      pid ?? "-", key ?? "-", network, state,
    ]
    return words.joined(separator: " ") + "\n"
  }

  /// What kpx answers where docker has these containers, and neither the kubelet's files nor cgroups name a pod.
  private func veth(
    _ node: PodNode, _ containers: [String], _ arguments: String..., status: Int32 = 0
  ) throws -> JSONValue {
    let folder = try ScratchDirectory()
    let docker = try RuntimeSocket(dockerOf: try folder.write("containers", containers.joined()), in: folder.path)
    defer { docker.stop() }
    let result = try node.kpx(
      ["veth"] + arguments + ["-o", "json"],
      environment: [
        "CONTAINER_RUNTIME_ENDPOINT": docker.path, "KPX_POD_LOGS": "/none", "KPX_KUBELET_PODS": "/none",
        "KPX_CNI_CACHE": "/none",
      ])
    try #require(result.status == status, "\(result.status): \(result.errorText)\(result.text)")
    return try JSONValue(result.text)
  }

  @Test(
    "A pod is found by its pause container's process, its containers by their id, and an earlier sandbox is not shown")
  func byProcess() throws {
    try PodNode.with(.plain) { node in
      let pod = try node.pod("shop", "web-1", "--anonymous", "--driver", "docker")
      let containers = [
        Self.container(pod, id: Self.id("a"), state: "exited"), Self.container(pod, pid: pod.pid),
        Self.container(pod, id: Self.id("c"), sandbox: pod.id, pid: pod.pid, network: "container:\(pod.id)"),
        "\(Self.id("d")) other - - - - 1 - bridge running\n",
      ]
      for word in ["shop/web-1", pod.addresses[0], pod.rest[0], String(pod.id.prefix(12)), "cccccccccccc"] {
        let item = try #require(try veth(node, containers, word)["items"]?.items.first, "\(word)")
        #expect(item["name"]?.string == "web-1" && item["namespace"]?.string == "shop")
        #expect(item["uid"]?.string == pod.uid && item["sandbox"]?["runtime"]?.string == "docker")
        #expect(item["interfaces"]?.items.first?["host"]?["name"]?.string == pod.rest[0])
      }
      #expect(try veth(node, containers)["items"]?.items.count == 1)
    }
  }

  @Test("A pod without a process is found by the namespace that docker names")
  func byNamespace() throws {
    try PodNode.with(.plain) { node in
      let pod = try node.pod("shop", "web-2", "--pidless")
      let containers = [Self.container(pod, key: "/run/netns/\(pod.rest[1])")]
      let item = try #require(try veth(node, containers, "shop/web-2")["items"]?.items.first)
      #expect(item["uid"]?.string == pod.uid)
      #expect(item["interfaces"]?.items.first?["host"]?["name"]?.string == pod.rest[0])
    }
  }

  @Test("A pipe where docker names a namespace makes nobody wait")
  func pipe() throws {
    try PodNode.with(.plain) { node in
      let pod = try node.pod("shop", "web-2", "--pidless")
      let pipe = try ScratchDirectory()
      let clock = ContinuousClock()
      var item: JSONValue?
      let time = try clock.measure {
        item = try veth(node, [Self.container(pod, key: pipe.pipe("netns"))], "shop/web-2", status: 1)["items"]?.items
          .first
      }
      #expect(item?["problem"]?.string?.contains("its network namespace was not found") == true)
      #expect(time < .seconds(10))
    }
  }

  @Test("A pod on the node's network, and a dead one, are said to be that")
  func otherStates() throws {
    try PodNode.with(.plain) { node in
      var pod = try node.pod("shop", "web-3", "--pidless")
      try node.script("rm", pod.uid)
      let host = try veth(node, [Self.container(pod, network: "host")], "shop/web-3")["items"]?.items.first
      #expect(host?["hostNetwork"] == .bool(true))
      pod = PodNode.Pod(
        namespace: "shop", name: "web-4", uid: pod.uid, addresses: [], id: pod.id, pid: nil, rest: [])
      let dead = try veth(node, [Self.container(pod, state: "exited")], "shop/web-4", status: 1)["items"]?.items.first
      #expect(dead?["problem"]?.string?.contains("its sandbox is dead") == true)
    }
  }

  @Test("The number of a process that has become another's is not believed: no pod gets another's interfaces")
  func recycled() throws {
    try PodNode.with(.plain) { node in
      let other = try node.pod("shop", "other", "--anonymous", "--driver", "docker")
      let known = try node.pod("shop", "known", "--anonymous")
      let ghost = PodNode.Pod(
        namespace: "shop", name: "ghost", uid: "d0835673-d79d-4464-9982-57698ce0b862", addresses: [],
        id: Self.id("e"), pid: nil, rest: [])
      for pid in [other.pid, known.pid, "\(getpid())", "1"] {
        let containers = [Self.container(other, pid: other.pid), Self.container(ghost, pid: pid)]
        let item = try #require(try veth(node, containers, "shop/ghost", status: 1)["items"]?.items.first)
        #expect(item["interfaces"]?.items.isEmpty ?? true, "process \(pid ?? "")")
        #expect(item["sandbox"]?["pid"] == nil && item["sandbox"]?["netns"] == nil)
        #expect(item["problem"]?.string?.contains("was not found") == true)
        let right = try veth(node, containers, "shop/other")["items"]?.items.first
        #expect(right?["interfaces"]?.items.first?["host"]?["name"]?.string == other.rest[0])
      }
    }
  }
}

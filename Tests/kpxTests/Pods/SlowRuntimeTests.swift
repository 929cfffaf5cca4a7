import TestSupport
import Testing

@Suite(
  "What a container runtime is asked", .enabled(if: canMakeNetworkNamespaces, "needs root, for a node and its pods"))
struct SlowRuntimeTests {
  /// A sandbox of cri-server.py's file.
  private static func sandbox(
    _ pod: PodNode.Pod, name: String? = nil, isReady: Bool = true, created: Int = 1, address: String = ""
  ) -> String {
    let fields = [
      "\"id\": \"\(pod.id)\"", "\"namespace\": \"\(pod.namespace)\"", "\"name\": \"\(name ?? pod.name)\"",
      "\"uid\": \"\(pod.uid)\"", "\"ready\": \(isReady)", "\"created\": \(created)", "\"ip\": \"\(address)\"",
      "\"netns\": \"/run/netns/\(pod.rest[1])\"",
    ]
    return "{\(fields.joined(separator: ", "))}"
  }

  /// What kpx says where a runtime has these sandboxes, and what that was asked of them.
  private func veth(
    _ node: PodNode, _ sandboxes: [String], service: String = "runtime.v1", delay: Int = 0, files: Bool = false,
    _ arguments: String...
  ) throws -> (result: ToolResult, asked: [String]) {
    let folder = try ScratchDirectory()
    let state =
      "{\"service\": \"\(service)\", \"delay\": \(delay), \"sandboxes\": [\(sandboxes.joined(separator: ","))]}"
    let file = try folder.write("sandboxes", state)
    let runtime = try RuntimeSocket(criOf: file, in: folder.path)
    defer { runtime.stop() }
    var environment = ["CONTAINER_RUNTIME_ENDPOINT": runtime.path]
    if !files { environment.merge(["KPX_POD_LOGS": "/none", "KPX_KUBELET_PODS": "/none"]) { $1 } }
    let result = try node.kpx(["veth"] + arguments, environment: environment)
    let asked = try readFile("\(file).asked").map { String(decoding: $0, as: UTF8.self) } ?? ""
    return (
      result, asked.split(separator: "\n").filter { $0.hasPrefix("PodSandboxStatus") }.map { String($0.dropFirst(17)) }
    )
  }

  @Test("What a slow runtime has told in time is kept, and that it did not tell the rest is said, with status 2")
  func slow() throws {
    try PodNode.with(.plain) { node in
      let told = try node.pod("shop", "told", "--pidless")
      let untold = try node.pod("shop", "untold", "--pidless")
      let sandboxes = [Self.sandbox(untold), Self.sandbox(told, created: 2)]
      let (list, _) = try veth(node, sandboxes, delay: 10)
      #expect(list.status == 2)
      #expect(list.text.contains(told.rest[0]) && !list.text.contains(untold.rest[0]), "\(list.text)")
      #expect(list.errorText.contains("told of 1 of 2 pods where they are"), "\(list.errorText)")
    }
  }

  @Test("It is asked for no sandbox that is dead, nor for one of which a process tells, unless that is meant")
  func questions() throws {
    try PodNode.with(.plain) { node in
      let known = try node.pod("shop", "known")
      let pidless = try node.pod("shop", "pidless", "--pidless")
      let dead = try node.pod("shop", "dead", "--pidless")
      let sandboxes = [Self.sandbox(known), Self.sandbox(pidless), Self.sandbox(dead, isReady: false)]
      #expect(try veth(node, sandboxes).asked == [pidless.id])
      #expect(try veth(node, sandboxes, "shop/known").asked.isEmpty)
      let (result, asked) = try veth(node, sandboxes, "shop/dead")
      #expect(asked == [dead.id])
      #expect(result.status == 1 && result.text.contains("dead; its network namespace is still there"))
    }
  }

  @Test("A runtime that speaks runtime.v1alpha2 alone, as containerd 1.5 does, is understood")
  func former() throws {
    try PodNode.with(.plain) { node in
      let pod = try node.pod("shop", "web-1", "--pidless")
      let (result, _) = try veth(node, [Self.sandbox(pod)], service: "runtime.v1alpha2", "shop/web-1")
      #expect(result.status == 0, "\(result.errorText)")
      #expect(result.text.contains(pod.rest[0]) && result.text.contains("fake, ready"))
    }
  }

  @Test("A pod whose address no interface has is found by it, as gVisor's; the runtime's word is shown")
  func addressOfRuntime() throws {
    try PodNode.with(.plain) { node in
      let pod = try node.pod("shop", "sandboxed", "--pidless")
      try succeed(["ip", "-n", pod.rest[1], "addr", "flush", "dev", "eth0"])
      let (result, _) = try veth(node, [Self.sandbox(pod, address: pod.addresses[0])], pod.addresses[0])
      #expect(result.status == 0, "\(result.errorText)")
      #expect(result.text.contains("its runtime has \(pod.addresses[0]) for it, which no interface has"))
    }
  }

  @Test("A list leaves out dead sandboxes of pods that the kubelet has no files of any more")
  func forgotten() throws {
    try PodNode.with(.plain) { node in
      let kept = try node.pod("shop", "kept", "--pidless")
      let gone = try node.pod("shop", "gone", "--pidless")
      for pod in [kept, gone] { try succeed(["ip", "netns", "delete", pod.rest[1]]) }
      try succeed(["rm", "-r", "\(node.folder)/var/lib/kubelet/pods/\(gone.uid)"])
      let sandboxes = [kept, gone].map { Self.sandbox($0, isReady: false) }
      let (result, _) = try veth(node, sandboxes, files: true)
      #expect(result.text.contains("kept") && !result.text.contains("gone"), "\(result.text)")
    }
  }
}

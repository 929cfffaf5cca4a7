import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite(.enabled(if: canMakeNetworkNamespaces, "needs root, for a node and its pods"), .serialized)
struct BrokenRuntimeTests {
  @Test(
    "A runtime that hangs, answers garbage or hangs up costs at most 2 seconds, is said, and takes no known pod away",
    arguments: [
      ("hang", "does not answer within 2.0 s"), ("garbage", "answers, but not as a container runtime does"),
      ("close", "answers, but not as a container runtime does"),
    ])
  func broken(kind: String, words: String) throws {
    try PodNode.with(.plain) { node in
      let pod = try node.pod("default", "web-1")
      let socket = try RuntimeSocket(broken: kind, in: node.folder)
      defer { socket.stop() }
      let environment = ["CONTAINER_RUNTIME_ENDPOINT": "unix://\(socket.path)"]
      let clock = ContinuousClock()

      // What was asked for is known all the same.
      var result = try node.kpx("veth", "default/web-1", "-o", "json", environment: environment)
      #expect(result.status == 0)
      let answer = try JSONValue(result.text)
      let item = try #require(answer["items"]?.items.first)
      #expect(item["uid"]?.string == pod.uid)
      #expect(item["interfaces"]?.items.first?["host"]?["name"]?.string == pod.rest.first)
      #expect(answer["notes"]?.items.first?["text"]?.string?.contains(words) == true)
      #expect(answer["incomplete"] == .bool(true))

      // A list may lack pods, and what is not known may be there.
      let time = try clock.measure { result = try node.kpx("veth", environment: environment) }
      #expect(time < .seconds(4), "2 s for the runtime; the rest for a busy machine")
      #expect(result.status == 2)
      #expect(result.text.contains("web-1") && result.errorText.contains(words))
      result = try node.kpx("veth", "default/web-2", environment: environment)
      #expect(result.status == 69)
      #expect(result.errorText.contains("not all pods are known") && result.errorText.contains(words))
    }
  }

  @Test(
    "docker's socket that hangs or answers garbage is as a runtime's",
    arguments: [
      ("hang", "does not answer within 2.0 s"), ("garbage", "answers, but not as a container runtime does"),
      ("close", "answers, but not as a container runtime does"),
    ])
  func docker(kind: String, words: String) throws {
    try PodNode.with(.plain) { node in
      _ = try node.pod("default", "web-1")
      let socket = try RuntimeSocket(broken: kind, in: node.folder, name: "docker.sock")
      defer { socket.stop() }
      let result = try node.kpx("veth", environment: ["CONTAINER_RUNTIME_ENDPOINT": socket.path])
      #expect(result.status == 2)
      #expect(result.text.contains("web-1") && result.errorText.contains(words))
    }
  }

  @Test(
    "Without a runtime, or with one that is not there, the rest still tells, unless it was named for this question; a pod that is none is not found"
  )
  func none() throws {
    try PodNode.with(.plain) { node in
      _ = try node.pod("default", "web-1")
      let words = "no socket \(node.folder)/none.sock"
      let missing = try node.kpx("veth", environment: ["CONTAINER_RUNTIME_ENDPOINT": "\(node.folder)/none.sock"])
      #expect(missing.status == 2)
      #expect(missing.text.contains("web-1") && missing.errorText.contains(words))
      for path in ["\(node.folder)/none.sock", "/etc/passwd"] {
        let named = try node.kpx("veth", "--runtime-endpoint", "unix://\(path)")
        #expect(named.status == 69 && named.output.isEmpty)
        #expect(named.errorText.contains("no socket \(path)"))
      }
      let form = try node.kpx("veth", "--runtime-endpoint", "tcp://127.0.0.1:2375")
      #expect(form.status == 64 && form.errorText.contains("unix:///PATH"))
      let without = try node.kpx("veth", "--no-runtime")
      #expect(without.status == 0)
      #expect(without.text.contains("web-1") && without.errors.isEmpty)
      let unknown = try node.kpx("veth", "default/web-9", "--no-runtime")
      #expect(unknown.status == 66)
      #expect(unknown.output.isEmpty)
      let address = try node.kpx("veth", "10.99.99.99", "--no-runtime")
      #expect(address.status == 66)
      let process = try node.kpx("veth", "4194305", "--no-runtime")
      #expect(process.status == 66 && process.errorText.contains("there is no such process"))
    }
  }

  @Test("Wrong usage is told from what is not there")
  func usage() throws {
    for arguments in [["veth", ""], ["veth", "a/b/c"], ["veth", "a/b", "-n", "c"], ["exec", "web-1"]] {
      let result = try runTool([Kpx.path] + arguments)
      #expect(result.status == 64, "\(arguments): \(result.errorText)")
      #expect(result.output.isEmpty)
    }
  }

  @Test("Without the capabilities it says which are missing")
  func permission() throws {
    let result = try runTool(["setpriv", "--bounding-set=-sys_ptrace,-sys_admin", "--inh-caps=-all", Kpx.path, "veth"])
    #expect(result.status == 77)
    #expect(result.errorText.contains("CAP_SYS_PTRACE and CAP_SYS_ADMIN"))
  }

  @Test("Capabilities in a user namespace of one's own are none over the node's processes, and that is said")
  func userNamespace() throws {
    for command in [["veth"], ["exec", "1", "--", "true"]] {
      let result = try runTool(
        ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "unshare", "-Urn", Kpx.path] + command)
      #expect(result.status == 77, "\(result.text)\(result.errorText)")
      #expect(result.errorText.contains("needs CAP_SYS_PTRACE and CAP_SYS_ADMIN over the node's processes"))
      #expect(result.output.isEmpty)
    }
  }
}

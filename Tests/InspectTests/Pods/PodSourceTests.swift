import Testing

@testable import Inspect

@Suite("Where facts about pods are from")
struct PodSourceTests {
  private static let uid = "d0835673-d79d-4464-9982-57698ce0b862"
  private static let id = String(repeating: "10517e19", count: 8)

  @Test(
    "A pod's uid and container are read from the names of cgroups: both drivers, both versions, nested in others",
    arguments: [
      "0::/kubepods/besteffort/pod\(uid)/\(id)",
      "0::/kubepods/pod\(uid)/\(id)",
      "0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod\(uid.replacing("-", with: "_")).slice/cri-containerd-\(id).scope",
      "0::/kubepods.slice/kubepods-pod\(uid.replacing("-", with: "_")).slice/crio-\(id).scope",
      "0::/kubepods.slice/kubepods-pod\(uid.replacing("-", with: "_")).slice/docker-\(id).scope/init",
      "0::/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/kubelet-kubepods-besteffort-pod\(uid.replacing("-", with: "_")).slice/cri-containerd-\(id).scope",
      "0::/docker/\(String(repeating: "ab", count: 32))/kubelet/kubepods/burstable/pod\(uid)/\(id)",
      "0::/system.slice/kubepods-burstable-pod\(uid.replacing("-", with: "_")).slice:cri-containerd:\(id)",
      // As seen from within a pod with a cgroup namespace of its own.
      "0::/../../pod\(uid)/\(id)", "0::/../../../burstable/pod\(uid)/\(id)",
      "0::/../../kubepods-besteffort-pod\(uid.replacing("-", with: "_")).slice/cri-containerd-\(id).scope",
      "12:pids:/\n11:cpu,cpuacct:/a/kubepods/besteffort/pod\(uid)/\(id)\n1:name=systemd:/x\n0::/",
    ])
  func cgroups(text: String) throws {
    let pod = try #require(CgroupPod(text))
    #expect(pod.uid == Self.uid)
    #expect(pod.container == Self.id)
  }

  @Test("A static pod's uid has no hyphens, and a pod's own cgroup no container")
  func staticPod() throws {
    let uid = "0123456789abcdef0123456789abcdef"
    let pod = try #require(CgroupPod("0::/kubepods/burstable/pod\(uid)/\(Self.id)"))
    #expect(pod.uid == uid)
    #expect(try #require(CgroupPod("0::/kubepods/burstable/pod\(uid)")).container == nil)
  }

  @Test(
    "What only looks like a pod's cgroup is none",
    arguments: [
      "", "0::/", "0::", "::::", "0::/user.slice/pod", "0::/kubepods", "0::/kubepods/podx/\(id)",
      "0::/machine.slice/libpod-pod\(uid)/\(id)", "0::/kubepods/pod\(uid.dropLast())/\(id)",
      "0::/kubepods/burstable/pod\(uid)/crio-conmon-\(id).scope", "kubepods/pod\(uid)",
      "0::/pod\(uid)/\(id)", "0::/../../user.slice/\(id)",
    ])
  func noPod(text: String) { #expect(CgroupPod(text) == nil) }

  @Test("A file of libcni's cache tells pod, namespace and the node's interfaces; anything else is passed over")
  func cache() throws {
    let text = """
      {"kind":"cniCacheV1","containerId":"0ed0","config":"eyJ9","ifName":"eth0","networkName":"kpx","cniArgs":
      [["IgnoreUnknown","1"],["K8S_POD_NAMESPACE","shop"],["K8S_POD_NAME","web-1"],["K8S_POD_UID","u"],["odd"]],
      "result":{"cniVersion":"0.4.0","interfaces":[{"name":"cni0","mac":"aa"},{"name":"veth1","mac":"ab"},
      {"name":"eth0","mac":"ac","sandbox":"/var/run/netns/cni-1"}],"ips":[],"dns":{}}}
      """
    let entry = try #require(CNICache.entry(Array(text.utf8)))
    #expect(entry.container == "0ed0")
    #expect(entry.pod == NamespacedName("shop", "web-1"))
    #expect(entry.namespace == "/var/run/netns/cni-1")
    #expect(entry.hostInterfaces == ["cni0", "veth1"])
    for end in stride(from: 0, to: text.utf8.count, by: 7) {
      #expect(CNICache.entry(Array(text.utf8.prefix(end))) == nil)
    }
    #expect(CNICache.entry(Array("{\"ifName\":\"eth0\"}".utf8)) == nil)
    #expect(CNICache.entry([0xff, 0xfe, 0x00]) == nil)
  }

  @Test("Interface names that Calico and its kin derive from a pod's name are known, and others are not")
  func derivedNames() {
    // sha1("default.web-1")
    let pod = NamespacedName("default", "web-1")
    #expect(DerivedInterfaceName.cni(of: "cali72d3a2c4b7f", pod: pod) == nil)
    let hash = "0761ccbeace"
    for (prefix, cni) in ["cali": "Calico", "gke": "GKE", "eni": "AWS VPC CNI", "azv": "Azure CNI"] {
      #expect(DerivedInterfaceName.cni(of: prefix + hash, pod: pod) == cni)
      #expect(DerivedInterfaceName.cni(of: prefix + hash, pod: NamespacedName("default", "web-2")) == nil)
      #expect(DerivedInterfaceName.cni(of: prefix + hash.dropLast(), pod: pod) == nil)
    }
    #expect(DerivedInterfaceName.cni(of: hash, pod: pod) == nil)
  }

  @Test("What is typed is told apart by its form")
  func targets() throws {
    #expect(try PodTarget("10.0.0.1", namespace: nil) == .address(.v4(0x0a00_0001)))
    #expect(try PodTarget("fd00::1", namespace: "x") == .address(#require(IPAddress("fd00::1"))))
    #expect(try PodTarget("ns/web-1", namespace: nil) == .name(NamespacedName("ns", "web-1")))
    #expect(try PodTarget("4711", namespace: nil) == .process(4711))
    #expect(try PodTarget("4711", namespace: "ns") == .word("4711", namespace: "ns"))
    #expect(try PodTarget("99999999999", namespace: nil) == .word("99999999999", namespace: nil))
    #expect(try PodTarget("web-1", namespace: nil) == .word("web-1", namespace: nil))
    #expect(try PodTarget("eth0@if4", namespace: nil) == .pairEnd("eth0", peer: 4))
    #expect(try PodTarget("here@there", namespace: nil) == .word("here", namespace: nil))
    #expect(try PodTarget("/run/netns/cni-1", namespace: "x") == .namespaceFile("/run/netns/cni-1"))
    #expect(try PodTarget("pod/web-1", namespace: "ns") == .word("web-1", namespace: "ns"))
    #expect(try PodTarget("pod/web-1", namespace: "pod") == .name(NamespacedName("pod", "web-1")))
    #expect(try PodTarget("pod/ns/web-1", namespace: "ns") == .name(NamespacedName("ns", "web-1")))
    #expect(throws: TargetError("ns/web-1 is not in the namespace x that -n names")) {
      try PodTarget("ns/web-1", namespace: "x")
    }
    for text in ["", "/", "a/", "/b", "a/b/c", "containerd://", "//"] {
      #expect(throws: TargetError.self) { try PodTarget(text, namespace: nil) }
    }
  }

  @Test("pod/NAME is kubectl's, unless a pod of a namespace that is called pod has that name")
  func kinds() throws {
    let pods = ["pod", "ns"].map { namespace in
      var pod = PodSandbox()
      pod.name = Sourced(NamespacedName(namespace, "web-1"), .runtime)
      return pod
    }
    #expect(try PodTarget("pod/web-1", namespace: nil).matches(pods) == [pods[0]])
    #expect(try PodTarget("pod/web-1", namespace: nil).matches([pods[1]]) == [pods[1]])
    #expect(try PodTarget("other/web-1", namespace: nil).matches(pods) == [])
  }

  @Test(
    "A workload's pods are told from those of one whose name begins alike",
    arguments: [
      ("deploy/web", "web-6c755fccd5-xcswm", true), ("deploy/web", "web-api-6c755fccd5-xcswm", false),
      ("deploy/web", "web-0", false), ("sts/web", "web-0", true), ("ds/web", "web-xcswm", true),
      ("ds/web", "webber-xcswm", false), ("job/web", "web-0-xcswm", true), ("ns/web", "web-0", false),
    ])
  func workloads(typed: String, pod: String, isMeant: Bool) throws {
    let name = NamespacedName("shop", pod)
    #expect(try PodTarget(typed, namespace: nil).isBeginning(of: name) == isMeant)
    guard isMeant else { return }
    #expect(try PodTarget(typed, namespace: "shop").isBeginning(of: name))
    #expect(try !PodTarget(typed, namespace: "other").isBeginning(of: name))
  }

  @Test("A container's id is found by its beginning, and a name before an id")
  func identifiers() throws {
    var first = PodSandbox()
    first.name = Sourced(NamespacedName("ns", "cafe"), .runtime)
    first.id = Sourced(Self.id, .runtime)
    var second = PodSandbox()
    second.name = Sourced(NamespacedName("ns", "web"), .runtime)
    second.containers = ["cafe" + String(Self.id.dropFirst(4))]
    let all = [first, second]
    #expect(try PodTarget("cafe", namespace: nil).matches(all) == [first])
    #expect(try PodTarget("cafe7e", namespace: nil).matches(all) == [second])
    #expect(try PodTarget("10517E19", namespace: nil).matches(all) == [first])
    #expect(try PodTarget("10517e1910", namespace: nil).matches(all) == [first])
    #expect(try PodTarget("105", namespace: nil).matches(all) == [])
    #expect(try PodTarget("cafe", namespace: "other").matches(all) == [])
  }

  @Test("A frame that is no frame, and a message that is no message, is garbage, and never a crash")
  func frames() {
    let method = "ListPodSandbox"
    func read(_ bytes: [UInt8]) throws(RuntimeError) -> Runtime_V1_ListPodSandboxResponse {
      try CRIRuntime.message(in: bytes, method)
    }
    for bytes in [
      [], [0, 0, 0, 0], [0, 0, 0, 0, 1], [1, 0, 0, 0, 0], [0, 255, 255, 255, 255, 1], [0, 0, 0, 0, 1, 7],
    ] {
      #expect(throws: RuntimeError.self) { try read(bytes.map(UInt8.init)) }
    }
    #expect(throws: Never.self) { try read([0, 0, 0, 0, 0]) }
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<2000 {
      let length = Int.random(in: 0..<64, using: &generator)
      let body = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
      _ = try? read([0, 0, 0, 0, UInt8(length)] + body)
    }
  }
}

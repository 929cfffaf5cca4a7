import Inspect
import TestSupport
import Testing

@Suite(
  "Names that the kernel has for a command line that is being typed",
  .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own"))
struct NamesInKernelTests {
  @Test(
    "Without the API, services are those that rules name",
    arguments: ["yaobank-iptables-legacy-v1.34", "yaobank-iptables-nft-v1.23", "yaobank-nftables-v1.34"])
  func services(capture: String) async throws {
    try await withPrivateNetworkNamespace { namespace in
      let capture = Capture(capture)
      try namespace.loadEverything(capture)
      var session = Session()
      session.netns = namespace.name
      let names = session.names(.services(namespace: nil), within: .seconds(60))
      #expect(names.objects.isSuperset(of: ["customer", "database", "summary"].map { NamespacedName("yaobank", $0) }))
      #expect(names.namespaces == ["default", "kube-system", "yaobank"])
      #expect(session.names(.namespaces, within: .seconds(60)).namespaces == names.namespaces)
      #expect(session.names(.pods(namespace: nil), within: .seconds(60)).isEmpty)
    }
  }

  @Test("Interfaces are those of the namespace that is looked at, without lo")
  func interfaces() async throws {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.must("ip", "link", "add", "cali0", "type", "veth", "peer", "name", "eth0")
      var session = Session()
      #expect(Set(session.namesOfInterfaces()) == ["cali0", "eth0"])
      session.netns = namespace.name
      #expect(Set(session.namesOfInterfaces()) == ["cali0", "eth0"])
      session.netns = "kpx-no-such-namespace"
      #expect(session.namesOfInterfaces() == [])
      #expect(session.namesOfSets() == [])
    }
  }

  @Test("Network namespaces are those of ip netns, and a process of each other one that is no pod's")
  func namespaces() async throws {
    try await withPrivateNetworkNamespace { namespace in
      #expect(NamespaceNames.ofFiles.contains(namespace.name))
      #expect(NamespaceNames.paths(in: "/run/netns/").contains(namespace.path))
      #expect(NamespaceNames.paths(in: "/run/").contains("/run/netns/"))
    }
    // The shell becomes unshare, and that sleep.
    let pid = try shell("unshare --net sleep 20 >/dev/null & echo $!").filter(\.isNumber)
    defer { _ = try? runTool(["kill", pid]) }
    var found: String?
    for _ in 0..<100 where found == nil {
      _ = try runTool(["sleep", "0.05"])
      found = NamespaceNames.ofProcesses.first { "\($0.pid)" == pid }?.command
    }
    #expect(found == "sleep" || found == "unshare")
  }

  @Test("Sets are those of the kernel")
  func sets() async throws {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.must("ipset", "create", "KUBE-CLUSTER-IP", "hash:ip,port")
      #expect(Session().namesOfSets() == ["KUBE-CLUSTER-IP"])
    }
  }
}

import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// A program that goes on in the background and writes down what it sees.
private struct Monitor {
  private let process: pid_t
  private let path: String

  /// Starts it in a node's network namespace, and waits until it listens. What it complains of is not what it sees:
  /// at its start `ip monitor nsid` asks for the id of every name below /run/netns, and says "Peer netns reference is
  /// invalid" of one that another test is making just then.
  init(_ node: PodNode, _ name: String, _ command: String) throws {
    path = "\(node.folder)/\(name)"
    let started = try node.run(["sh", "-c", "\(command) >\(path) 2>\(path).errors & echo $!; sleep 0.5"])
    process = try #require(pid_t(started.text.prefix { $0 != "\n" }))
  }

  var seen: String { get throws { String(decoding: try readFile(path) ?? [], as: UTF8.self) } }

  func stop() { kill(process, SIGKILL) }
}

@Suite(
  "kpx looks and does not touch",
  .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own"), .serialized)
struct LookingTests {
  /// Every command, and ways of asking that read something of their own.
  private static func commands(_ pod: PodNode.Pod) -> [[String]] {
    let dump = ["--api-dump", "\(Capture.folder)/api/yaobank", "--node", "node1"]
    return [
      ["trace", "yaobank/summary"] + dump, ["trace", "yaobank/summary", "--verify", "-o", "wide"] + dump,
      ["trace", "10.96.188.204:80"] + dump, ["trace", "10.96.188.204", "--no-api"], ["trace", ":30180", "--no-api"],
      ["trace", "yaobank/summary", "--from", "external"] + dump,
      ["trace", "yaobank/summary", "--from", "\(pod.namespace)/\(pod.name)", "-o", "wide"] + dump,
      ["services", "-A"] + dump, ["connections"] + dump, ["connections", "--stale", "--no-api"],
      ["connections", "yaobank/summary"] + dump, ["connections", pod.addresses[0]], ["veth"], ["veth", "-o", "wide"],
      ["veth", "\(pod.namespace)/\(pod.name)"],
      ["veth", pod.pid ?? ""], ["veth", pod.addresses[0]], ["exec", pod.name, "--", "true"], ["ipset"], ["ipvs"],
      ["chain", "-t", "all"] + dump, ["chain", "--tree", "--no-api"], ["chain", "KUBE-SERVICES", "--no-api"],
      ["version"],
    ]
  }

  private func withNode(_ capture: String, _ body: (PodNode, PodNode.Pod) throws -> Void) throws {
    try PodNode.with(.plain) { node in
      let pod = try node.pod("default", "web-1")
      _ = try node.pod("default", "web-2", "--net", "route", "--anonymous")
      let files = [
        ("iptables-legacy-save.txt", "iptables-legacy-restore"),
        ("ip6tables-legacy-save.txt", "ip6tables-legacy-restore"),
        ("iptables-nft-save.txt", "iptables-nft-restore"), ("nft-ruleset.nft", "nft -f -"),
      ]
      // What nft prints of iptables-nft's tables is not meant to be read back.
      let isNative = capture.contains("nftables")
      for (file, tool) in files where file.hasSuffix(".nft") == isNative {
        let path = "\(Capture.folder)/\(capture)/\(file)"
        guard try readFile(path)?.isEmpty == false else { continue }
        // Without nfacct's objects.
        let loaded = try node.run(["sh", "-c", "sed /nfacct/d \(path) | \(tool)"])
        try #require(loaded.status == 0, "\(loaded.errorText)")
      }
      try body(node, pod)
    }
  }

  @Test(
    "No command gives a network namespace an id, makes a table, or is seen by nft monitor",
    arguments: ["yaobank-iptables-legacy-v1.34", "yaobank-iptables-nft-v1.23", "yaobank-nftables-v1.34"])
  func nobodySeesIt(capture: String) throws {
    try withNode(capture) { node, pod in
      // Up to a second late the kernel tells of a carrier (linkwatch), and may give a namespace an id by that.
      _ = try node.run(["sleep", "1.5"])
      let namespaces = try Monitor(node, "namespaces", "exec ip monitor nsid")
      defer { namespaces.stop() }
      let rules = try Monitor(node, "rules", "exec nft monitor")
      defer { rules.stop() }
      let before = try state(node, pod)
      for command in Self.commands(pod) {
        let result = try node.kpx(command)
        #expect([0, 1, 2, 66, 69].contains(result.status), "\(command): \(result.errorText)")
        let told = try namespaces.seen
        #expect(told == "", "\(command): \(told)")
        #expect(try rules.seen == "", "\(command)")
      }
      #expect(try state(node, pod) == before)
      // The monitors do listen.
      let name = try node.namespace()
      _ = try node.run(["sh", "-c", "ip netns set \(name) 77; nft add table inet seen; sleep 0.3"])
      #expect(try namespaces.seen.contains("nsid 77"))
      #expect(try rules.seen.contains("add table inet seen"))
    }
  }

  /// What is there: ids of namespaces on both sides, tables.
  private func state(_ node: PodNode, _ pod: PodNode.Pod) throws -> String {
    let script = """
      ip netns list-id; ip netns exec \(pod.rest[1]) ip netns list-id; nft list tables
      cat /proc/net/ip_tables_names /proc/net/ip6_tables_names
      """
    return try node.run(["sh", "-c", script]).text
  }

  @Test(
    "Every message to the kernel asks, no file is opened to be written, and nothing has the kernel look for a module",
    arguments: ["yaobank-iptables-legacy-v1.34", "yaobank-nftables-v1.34"])
  func systemCalls(capture: String) throws {
    try withNode(capture) { node, pod in
      for command in Self.commands(pod) where !command.contains("--verify") {
        let log = "\(node.folder)/strace"
        let calls =
          "sendto,sendmsg,sendmmsg,setsockopt,ioctl,open,openat,openat2,creat,rename,unlink,mkdir,mount,unshare,flock,fcntl,"
          + "init_module,finit_module"
        let traced = ["strace", "-f", "-qq", "-s", "16", "-e", "trace=\(calls)", "-o", log, Kpx.path] + command
        let environment = [
          "KPX_POD_LOGS": "\(node.folder)/var/log/pods", "KPX_KUBELET_PODS": "\(node.folder)/var/lib/kubelet/pods",
        ]
        _ = try node.run(traced, environment: environment)
        let lines = String(decoding: try readFile(log) ?? [], as: UTF8.self).split(separator: "\n")
        #expect(lines.count > 10, "\(command)")
        var hasOwnMounts = false
        let touching = lines.filter { line in
          if line.contains("unshare(CLONE_NEWNS)"), line.hasSuffix("= 0") { hasOwnMounts = true }
          // Those of a mount namespace of its own are nobody else's.
          if hasOwnMounts, line.contains("mount(") { return false }
          // Whether to wait at a descriptor is this process' own affair; locks are others'.
          if line.contains("F_GETFL") || line.contains("F_SETFL") { return false }
          return Self.marks.contains { line.contains($0) }
        }
        #expect(touching == [], "\(command)")
      }
    }
  }

  /// How strace writes what kpx must not do. Of ioctl those with an interface's name are dangerous: for one that is not
  /// there the kernel runs modprobe.
  private static let marks = [
    "RTM_NEW", "RTM_DEL", "RTM_SET", "NFT_MSG_NEW", "NFT_MSG_DEL", "NFT_MSG_DESTROY", "NFNL_MSG_BATCH", "NLM_F_CREATE",
    "NLM_F_REPLACE", "_SO_SET_REPLACE", "_SO_SET_ADD_COUNTERS", "SIOC", "O_WRONLY", "O_RDWR", "O_CREAT", "creat(",
    "rename(", "unlink(", "mkdir(", "mount(", "flock(", "F_SETLK", "init_module(",
  ]

  @Test(
    "A system that handles services beside kube-proxy is found by its interface",
    arguments: [
      ("cilium_host", "Cilium"), ("bpfin.cali", "Calico's eBPF data plane"), ("kube-dummy-if", "kube-router"),
      ("antrea-gw0", "Antrea"), ("ovn-k8s-mp0", "OVN-Kubernetes"),
    ])
  func otherSystem(interface: String, name: String) async throws {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadLegacyCapture(Capture("yaobank-iptables-legacy-v1.34"))
      func trace() throws -> String {
        try Kpx.run("trace", "yaobank/summary", "--no-api").errorText + Kpx.run("services", "-A", "--no-api").errorText
      }
      #expect(try !trace().contains("is on this node"))
      try namespace.must("ip", "link", "add", interface, "type", "veth", "peer", "name", "other")
      let note = "\(name) is on this node (interface \(interface)), and may handle services"
      #expect(try trace().split(separator: note).count == 3)
    }
  }

  @Test("kube-proxy is asked for its release only where the answer depends on it, and that it was is said")
  func asksNobody() async throws {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadLegacyCapture(Capture("lab-iptables-legacy-v1.25"))
      try namespace.must("iptables-legacy", "-I", "OUTPUT", "-p", "tcp", "--dport", "10249", "-j", "ACCEPT")
      func asks(_ arguments: String...) throws -> Bool {
        try namespace.must("iptables-legacy", "-Z", "OUTPUT")
        let result = try runTool([Kpx.path] + arguments)
        let listed = try namespace.must("iptables-legacy", "-nvxL", "OUTPUT", "1")
        let asked = !listed.split(whereSeparator: \.isWhitespace).starts(with: ["0"])
        #expect((result.text + result.errorText).contains("asked 127.0.0.1:10249") == asked, "\(arguments)")
        return asked
      }
      let dump = "\(Capture.folder)/api/lab"
      for target in ["yaobank/summary", "10.96.188.204:80", ":30180", "edge/etp-local"] {
        #expect(try !asks("trace", target, "--api-dump", dump, "--node", "node1"), "\(target)")
      }
      #expect(try !asks("services", "-n", "yaobank", "--api-dump", dump, "--node", "node1"))
      // Hints count since 1.24, by an annotation until 1.30.
      #expect(try asks("trace", "edge/zoned", "--api-dump", dump, "--node", "node1"))
      #expect(try asks("services", "-A", "--api-dump", dump, "--node", "node1"))
      #expect(try !asks("trace", "edge/zoned", "--api-dump", dump, "--node", "node1", "--proxy-version", "1.34"))
      #expect(try !asks("trace", "edge/zoned", "--no-api"))
    }
  }

  @Test(
    "Without the API and with a release that was named, kpx opens no socket but to the kernel, where two modes left rules"
  )
  func sockets() async throws {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.must("ip", "link", "set", "lo", "up")
      try namespace.loadLegacyCapture(Capture("yaobank-iptables-legacy-v1.34"))
      let base = "chain nat-prerouting { type nat hook prerouting priority dstnat; }"
      try namespace.must("nft", "-f", "-", input: Array("table ip kube-proxy {\n\(base)\n}\n".utf8))
      func sockets(_ arguments: String...) throws -> (opened: [Substring], connected: [Substring]) {
        let log = "/tmp/kpx-sockets-\(UInt64.random(in: 0 ... .max))"
        defer { unlink(log) }
        let traced = ["strace", "-f", "-qq", "-e", "trace=network", "-o", log, Kpx.path] + arguments
        let result = try runTool(traced)
        #expect([0, 1].contains(result.status), "\(result.errorText)")
        let calls = String(decoding: try #require(try readFile(log)), as: UTF8.self).split(separator: "\n")
        return (calls.filter { $0.contains(" socket(") }, calls.filter { $0.contains(" connect(") })
      }
      for command in [["trace", "10.96.188.204:80"], ["services", "-A"]] {
        let (opened, connected) = try sockets(command[0], command[1], "--no-api", "--proxy-version", "1.34")
        #expect(opened.count > 2)
        let others = opened.filter { call in
          !["socket(AF_NETLINK, ", "IPPROTO_RAW)"].contains { call.contains($0) }
        }
        #expect(others == [], "\(command)")
        #expect(connected == [], "\(command)")
      }
      // Where it is not named, the modes are a question.
      #expect(try !sockets("trace", "10.96.188.204:80", "--no-api").connected.filter { $0.contains("10249") }.isEmpty)
    }
  }
}

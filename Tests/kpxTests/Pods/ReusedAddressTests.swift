import TestSupport
import Testing

@Suite(
  "Addresses and sandboxes that a pod had before",
  .enabled(if: canMakeNetworkNamespaces, "needs root, for a node and its pods"),
  .serialized)
struct ReusedAddressTests {
  /// What the kubelet keeps of a pod that has ended and is not deleted.
  private func leavings(_ node: PodNode, _ name: String, _ address: String, touched: String) throws -> String {
    let uid = try succeed(["cat", "/proc/sys/kernel/random/uuid"]).filter { $0 != "\n" }
    let folder = "\(node.folder)/var/lib/kubelet/pods/\(uid)"
    try succeed(["mkdir", "-p", folder, "\(node.folder)/var/log/pods/jobs_\(name)_\(uid)"])
    try succeed(
      ["sh", "-c", "cat >\(folder)/etc-hosts"],
      input: Array("# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n\(address)\t\(name)\n".utf8))
    try succeed(["touch", "-d", touched, "\(folder)/etc-hosts"])
    return uid
  }

  @Test("An address that ended Jobs had is the pod's that got it last, each time")
  func reused() throws {
    try PodNode.with(.plain) { node in
      let pod = try node.pod("shop", "web-10", "--pidless")
      for number in 1...6 { _ = try leavings(node, "job-\(number)", pod.addresses[0], touched: "2020-01-0\(number)") }
      for _ in 0..<4 {
        #expect(try node.veth(pod.rest[0])["items"]?.items.first?["name"]?.string == "web-10")
      }
    }
  }

  @Test("host-local's note of who has the address decides; where nothing does, it may be any of them")
  func leased() throws {
    try PodNode.with(.plain) { node in
      let pod = try node.pod("shop", "web-10", "--pidless")
      let hosts = "\(node.folder)/var/lib/kubelet/pods/\(pod.uid)/etc-hosts"
      try succeed(["touch", "-d", "2020-01-01", hosts])
      _ = try leavings(node, "same-time", pod.addresses[0], touched: "2020-01-01")
      let either = try node.kpx("veth", pod.rest[0])
      #expect(either.status == 1)
      #expect(
        either.text.contains("which may be any of jobs/same-time, shop/web-10: each had its address"), "\(either.text)")

      let cache = "\(node.folder)/cache"
      let leases = "\(node.folder)/var/lib/cni/networks/cbr0"
      try succeed(["mkdir", "-p", cache, leases])
      try succeed(["sh", "-c", "cat >\(leases)/\(pod.addresses[0])"], input: Array("\(pod.id)\r\neth0".utf8))
      let entry = "{\"containerId\": \"\(pod.id)\", \"cniArgs\": [[\"K8S_POD_UID\", \"\(pod.uid)\"]]}"
      try succeed(["sh", "-c", "cat >\(cache)/cbr0-eth0"], input: Array(entry.utf8))
      let leased = try node.kpx("veth", pod.rest[0], "-o", "json", environment: ["KPX_CNI_CACHE": cache])
      #expect(try JSONValue(leased.text)["items"]?.items.first?["name"]?.string == "web-10", "\(leased.text)")
    }
  }

  @Test("Of a pod's earlier sandbox, in which a process still is, that is said, and the pod has its present network")
  func earlierSandbox() throws {
    try PodNode.with(.plain) { node in
      let first = try node.pod("shop", "db-0")
      let second = try node.pod("shop", "db-0", "--uid", first.uid)
      let item = try #require(try node.veth("shop/db-0")["items"]?.items.first)
      #expect(item["interfaces"]?.items.first?["host"]?["name"]?.string == second.rest[0])
      let orphan = try node.kpx("veth", first.rest[0])
      #expect(orphan.status == 1)
      #expect(
        orphan.text.contains("in a further network namespace of process \(first.pid ?? "") (sleep) of pod shop/db-0"),
        "\(orphan.text)")
    }
  }

  @Test("A process of one pod in another's network leaves both theirs, and is said to be in the other's")
  func visitor() throws {
    try PodNode.with(.plain) { node in
      let uid = "d0835673-d79d-4464-9982-57698ce0b862"
      let victim = try node.pod("shop", "victim", "--anonymous")
      let visit = try runTool(
        [node.script, "also", node.folder, uid, "nsenter", "-t", try #require(victim.pid), "-n", "sleep", "600"])
      try #require(visit.status == 0)
      let agent = try node.pod("shop", "agent", "--anonymous", "--uid", uid)
      for pod in [victim, agent] {
        let item = try #require(try node.veth("shop/\(pod.name)")["items"]?.items.first)
        #expect(item["interfaces"]?.items.first?["host"]?["name"]?.string == pod.rest[0])
      }
      let answer = try node.veth(visit.text.filter(\.isNumber))
      #expect(answer["items"]?.items.compactMap { $0["name"]?.string } == ["victim"])
    }
  }
}

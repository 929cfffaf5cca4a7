import TestSupport
import Testing

/// What operators have at hand when they ask for a pod: from `ip`, `ss`, `bridge`, conntrack, /sys and kubectl.
@Suite(
  "kpx veth and exec: pods as typed", .enabled(if: canMakeNetworkNamespaces, "needs root, for a node and its pods"),
  .serialized)
struct TypedPodTests {
  @Test("A pod is found by what other tools show of it, and what is near is named")
  func targets() throws {
    try PodNode.with(.plain) { node in
      let web = try node.pod("default", "web-1", "--ip", "10.244.1.20")
      _ = try node.pod("default", "web-2")
      _ = try node.pod("shop", "summary-6c755fccd5-xcswm")
      _ = try node.pod("blue", "summary-6c755fccd5-xcswm")
      _ = try node.pod("yaobank", "customer-624m6gdck-5fkht", "--net", "route")
      let outer = web.rest[0]
      let inner = web.rest[1]
      let end = try PodNode.ip(["ip", "netns", "exec", inner], "addr", "show", "eth0").items[0]
      let index = try #require(end["link_index"]?.integer)
      let mac = try #require(end["address"]?.string)
      let addresses = end["addr_info"]?.items ?? []
      let local = try #require(addresses.first { $0["scope"]?.string == "link" }?["local"]?.string)

      for typed in [
        "\(outer)@if2", "eth0@if\(index)", "\(index)", "if\(index)", mac, mac.uppercased(), "10.244.1.20/24",
        "10.244.1.20:8080", "::ffff:10.244.1.20", "[::ffff:10.244.1.20]:8080", local, "\(local)%eth0",
        "containerd://\(web.id)", "docker://\(web.id.prefix(12))", inner, "/run/netns/\(inner)",
        "/proc/\(web.pid ?? "")/ns/net", "pod/web-1", "pods/web-1", "pod/default/web-1", "pod/web-1 -n default",
      ] {
        #expect(try names(typed, node) == ["default/web-1"], "\(typed)")
      }
      for typed in ["deploy/customer", "deploy/customer -n yaobank", "customer", "yaobank/customer", "customer-6"] {
        #expect(try names(typed, node) == ["yaobank/customer-624m6gdck-5fkht"], "\(typed)")
      }
      #expect(try names("web-2 default/web-1 web-1", node) == ["default/web-2", "default/web-1"])
      #expect(try names("-A", node).count == 5)

      for (typed, says, status) in [
        ("web", "did you mean default/web-1, default/web-2?", 66),
        ("deploy/web", "did you mean default/web-1, default/web-2?", 66),
        (
          "summary-6c755fccd5-xcswn",
          "did you mean blue/summary-6c755fccd5-xcswm, shop/summary-6c755fccd5-xcswm?", 66
        ),
        ("web-1 -n shop", "no pod of this node is shop/web-1: did you mean default/web-1?", 66),
        ("default/web-1 -n shop", "default/web-1 is not in the namespace shop that -n names", 64),
        ("10.244.1.1", "no pod of this node is 10.244.1.1: it is the node's own address", 66),
        ("cu", "no pod of this node is cu\n", 66), ("/run/netns/nowhere", "there is no such network namespace", 66),
        ("/proc/self/ns/net", "it is no pod's network namespace", 66), ("containerd://", "expected POD", 64),
        ("-A -n shop", "-A and -n exclude each other", 64),
      ] as [(String, String, Int32)] {
        let result = try node.kpx(["veth"] + words(typed))
        #expect(result.status == status, "\(typed): \(result.errorText)")
        #expect(result.errorText.contains(says), "\(typed): \(result.errorText)")
      }
    }
  }

  @Test("A snapshot finds the same pods by the same words, without root")
  func saved() throws {
    try PodNode.with(.plain) { node in
      let web = try node.pod("default", "web-1", "--ip", "10.244.1.20")
      _ = try node.pod("default", "web-2")
      _ = try node.pod("yaobank", "customer-624m6gdck-5fkht", "--net", "route")
      let (outer, inner) = (web.rest[0], web.rest[1])
      let end = try PodNode.ip(["ip", "netns", "exec", inner], "link", "show", "eth0").items[0]
      let file = "/tmp/kpx-test-\(UInt64.random(in: 0 ... .max)).kpx"
      defer { _ = try? runTool(["rm", "-f", file]) }
      let made = try node.kpx("snapshot", "-o", file, "--no-api")
      try #require(made.status == 0, "\(made)")
      #expect(try runTool(["chmod", "644", file]).status == 0)
      for typed in [
        "", "-n default", "web-1", "default/web-1", "deploy/customer", "cust", outer, "\(outer)@if2", "10.244.1.20:80",
        end["address"]?.string ?? "", "\(end["link_index"]?.integer ?? 0)", "if\(end["link_index"]?.integer ?? 0)",
        String(web.id.prefix(12)), "/proc/\(web.pid ?? "")/ns/net", inner, "web-2 web-1", "web", "lo",
        "10.244.1.1", "10.244.9.9", "-n shop",
      ] {
        let live = try node.kpx(["veth"] + words(typed) + ["-o", "json"])
        let saved = try runTool(
          ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", Kpx.path, "veth", "--snapshot", file]
            + words(typed) + ["-o", "json"])
        #expect(saved.status == live.status && saved.errorText == live.errorText, "\(typed): \(saved) is not \(live)")
        #expect(uncounted(saved.text) == uncounted(live.text), "\(typed)")
      }
      // Of one process less is looked at on a node.
      let first = try runTool([Kpx.path, "veth", web.pid ?? "", "--snapshot", file])
      #expect(first.status == 0 && first.text.contains("default/web-1"), "\(first)")
      let process = try runTool([Kpx.path, "veth", "1", "--snapshot", file])
      #expect(process.status == 66 && process.errorText.contains("a snapshot has one for each pod"), "\(process)")
      let both = try runTool([Kpx.path, "veth", "--snapshot", file, "--netns", "a"])
      #expect(both.status == 64, "\(both)")
      let old = try runTool([Kpx.path, "veth", "--snapshot", "\(Capture.folder)/../snapshots/yaobank-format-1.kpx"])
      #expect(old.status == 69 && old.errorText.contains("the snapshot does not have them"), "\(old)")
    }
  }

  @Test("What a target was taken for is said where it does not say it by itself")
  func readings() throws {
    try PodNode.with(.plain) { node in
      let web = try node.pod("default", "web-1")
      let index = try PodNode.ip(["ip", "netns", "exec", web.rest[1]], "link", "show", "eth0").items[0]["link_index"]
      let number = "\(try #require(index?.integer))"
      let byNumber = try node.kpx("veth", number)
      #expect(byNumber.status == 0)
      #expect(
        byNumber.errorText.contains("\(number) is no process of a pod: it is taken for the number of an interface"))
      let byBeginning = try node.kpx("exec", "web", "--", "true")
      #expect(byBeginning.status == 0)
      #expect(byBeginning.errorText.contains("web is taken for default/web-1, the only pod whose name begins so"))
    }
  }

  /// Without what interfaces count all the time.
  private func uncounted(_ json: String) -> [Substring] {
    json.split(separator: "\n").filter { !$0.contains("Packets\"") && !$0.contains("Bytes\"") }
  }

  private func words(_ text: String) -> [String] { text.split(separator: " ").map(String.init) }

  private func names(_ typed: String, _ node: PodNode) throws -> [String] {
    let result = try node.kpx(["veth"] + words(typed) + ["-o", "json"])
    guard result.status == 0 else { return ["status \(result.status): \(result.errorText)"] }
    return (try JSONValue(result.text)["items"]?.items ?? []).map {
      "\($0["namespace"]?.string ?? "")/\($0["name"]?.string ?? "")"
    }
  }
}

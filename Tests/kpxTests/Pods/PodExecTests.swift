import TestSupport
import Testing

@Suite(.enabled(if: canMakeNetworkNamespaces, "needs root, for a node and its pods"), .serialized)
struct PodExecTests {
  @Test("A program runs in the pod's network; its output, input, status and signal are its own, and the caller stays")
  func exec() throws {
    try PodNode.with(.plain) { node in
      let pod = try node.pod("default", "web-1")
      let pid = try #require(pod.pid)
      let before = try runTool(["readlink", "/proc/self/ns/net"]).text

      let addresses = try node.kpx("exec", "-n", "default", "web-1", "--", "ip", "-j", "addr")
      #expect(addresses.status == 0)
      #expect(try JSONValue(addresses.text) == PodNode.ip(["nsenter", "-t", pid, "-n"], "addr"))
      #expect(addresses.errors.isEmpty)

      for question in [pod.addresses[0], pod.rest[0], String(pod.id.prefix(12)), pid, "default/web-1"] {
        let inside = try node.kpx("exec", question, "--", "readlink", "/proc/self/ns/net")
        #expect(inside.text == (try runTool(["readlink", "/proc/\(pid)/ns/net"]).text), "\(question)")
      }
      #expect(try node.kpx("exec", "web-1", "--", "sh", "-c", "exit 7").status == 7)
      #expect(try node.kpx("exec", "web-1", "--", "sh", "-c", "kill -TERM $$").status == 128 + 15)
      #expect(try node.kpx("exec", "web-1", "--", "sh", "-c", "kill -KILL $$").status == 128 + 9)
      #expect(try node.kpx("exec", "web-1", "--", "no-such-program").status == 127)
      #expect(try node.kpx("exec", "web-1", "--", "/etc/passwd").status == 126)
      let options = try node.kpx("exec", "web-1", "--", "echo", "--help", "-n", "--", "x")
      #expect(options.text == "--help -n -- x\n")
      let missing = try node.kpx("exec", "web-9", "--", "true")
      #expect(missing.status == 66)

      // The shell that called is where it was.
      let shell = try node.run([
        "sh", "-c", "readlink /proc/self/ns/net; \"$0\" exec \(pid) -- true; readlink /proc/self/ns/net", Kpx.path,
      ])
      let lines = shell.text.split(separator: "\n")
      #expect(lines.count == 2 && lines[0] == lines[1])
      #expect(try runTool(["readlink", "/proc/self/ns/net"]).text == before)
    }
  }

  @Test("The program is kpx's own process, so that a signal and a terminal reach it")
  func sameProcess() throws {
    try PodNode.with(.plain) { node in
      _ = try node.pod("default", "web-1")
      let script = """
        "$0" exec web-1 -- sh -c 'trap "echo caught; exit 3" USR1; echo ready; while :; do sleep 0.05; done' >"$1" & child=$!
        until grep -q ready "$1"; do sleep 0.05; done
        kill -USR1 $child; wait $child; status=$?; cat "$1"; echo "status $status"
        """
      let environment = [
        "KPX_POD_LOGS": "\(node.folder)/var/log/pods", "KPX_KUBELET_PODS": "\(node.folder)/var/lib/kubelet/pods",
      ]
      let result = try node.run(["bash", "-c", script, Kpx.path, "\(node.folder)/signal"], environment: environment)
      #expect(result.text == "ready\ncaught\nstatus 3\n", "\(result.errorText)")
      let terminal = try node.run(
        ["script", "-qec", "\(Kpx.path) exec web-1 -- tty", "/dev/null"], environment: environment)
      #expect(terminal.text.hasPrefix("/dev/pts/"), "\(terminal.text)")
    }
  }

  @Test("Capabilities that lead out of the pod's network are given up, unless they are to be kept")
  func privileges() throws {
    try PodNode.with(.plain) { node in
      _ = try node.pod("default", "web-1")
      let names = ["CapPrm", "CapEff", "CapBnd"]
      func capabilities(_ options: String...) throws -> [String: UInt64] {
        let result = try node.kpx(["exec"] + options + ["web-1", "--", "cat", "/proc/self/status"])
        #expect(result.status == 0)
        var found: [String: UInt64] = [:]
        for line in result.text.split(separator: "\n") {
          let words = line.split { $0 == ":" || $0 == "\t" }
          if words.count == 2, names.contains(String(words[0])) {
            found[String(words[0])] = UInt64(words[1], radix: 16)
          }
        }
        return found
      }
      let given = try capabilities()
      #expect(given.count == 3)
      for (name, set) in given {
        // CAP_NET_ADMIN, CAP_NET_RAW and CAP_SYS_PTRACE; CAP_SYS_ADMIN and CAP_SYS_MODULE
        #expect(set & (1 << 12 | 1 << 13 | 1 << 19) == 1 << 12 | 1 << 13 | 1 << 19, "\(name)")
        #expect(set & (1 << 21 | 1 << 16) == 0, "\(name)")
      }
      #expect(try node.kpx("exec", "web-1", "--", "nsenter", "-t", "1", "-n", "true").status != 0)
      #expect(try node.kpx("exec", "web-1", "--", "ip", "link", "set", "eth0", "mtu", "1400").status == 0)
      #expect(try node.veth("web-1", status: 1)["items"]?.items[0]["interfaces"]?.items[0]["mtu"]?.integer == 1400)
      let kept = try capabilities("--keep-privileges")
      #expect(kept.values.allSatisfy { $0 & (1 << 21) != 0 })
    }
  }

  @Test("Tools name the programs behind the pod's sockets, and /sys shows the pod's interfaces, to nobody else")
  func tools() throws {
    try PodNode.with(.plain) { node in
      let pod = try node.pod("default", "web-1")
      let listen = "import socket, time; s = socket.create_server((\"0.0.0.0\", 8081)); time.sleep(60)"
      let command = "nsenter -t \"$0\" -n /usr/bin/python3 -c '\(listen)' </dev/null >/dev/null 2>&1 & echo $!"
      let listener = try runTool(["sh", "-c", command, try #require(pod.pid)]).text.filter(\.isNumber)
      defer { _ = try? runTool(["kill", listener]) }
      var sockets = ""
      for _ in 0..<100 where !sockets.contains(":8081") {
        sockets = try node.kpx("exec", "web-1", "--", "ss", "-tlnp").text
      }
      #expect(sockets.contains("pid=\(listener)"), "\(sockets)")

      let address = "cat /sys/class/net/eth0/address; ls /sys/class/net; ls -d /sys/fs/cgroup/*"
      let before = try node.run(["sh", "-c", "ls /sys/class/net; grep -c sysfs /proc/self/mountinfo"]).text
      let lines = try node.kpx("exec", "web-1", "--", "sh", "-c", address).text.split(separator: "\n").map(String.init)
      let truth = try PodNode.ip(["nsenter", "-t", try #require(pod.pid), "-n"], "link").items
      #expect(lines.first == truth.first { $0["ifname"]?.string == "eth0" }?["address"]?.string)
      #expect(Set(lines.dropFirst().prefix(2)) == ["eth0", "lo"])
      #expect(lines.contains { $0.hasPrefix("/sys/fs/cgroup/") }, "what else is below /sys stays")
      #expect(try node.run(["sh", "-c", "ls /sys/class/net; grep -c sysfs /proc/self/mountinfo"]).text == before)
    }
  }

  @Test("That a pod is on the node's network is said before a program changes it")
  func hostNetwork() throws {
    try PodNode.with(.plain) { node in
      let pod = try node.pod("kube-system", "proxy", "--anonymous")
      let name = try node.namespace()
      let result = try runTool(
        [node.script, "also", node.folder, pod.uid, "nsenter", "--net=/run/netns/\(name)", "sleep", "600"])
      try #require(result.status == 0)
      try succeed(["kill", "-9", try #require(pod.pid)])
      let run = try node.kpx("exec", "proxy", "--", "true")
      #expect(run.status == 0)
      #expect(run.errorText == "note: kube-system/proxy is on the node's own network: so is the program\n")
    }
  }

  @Test("--mount-resolv shows the pod's resolv.conf to the program, and to nobody else")
  func resolver() throws {
    try PodNode.with(.containerd(cni: "ptp")) { node in
      let pod = try node.pod("shop", "web-1")
      let pid = try #require(pod.pid)
      let own = "\(node.folder)/root/io.containerd.grpc.v1.cri/sandboxes/\(pod.id)/resolv.conf"
      let content = "nameserver 10.96.0.10\nsearch shop.svc.cluster.local\n"
      let written = try runTool(["sh", "-c", "cat >\(own)"], input: Array(content.utf8))
      try #require(written.status == 0)
      let before = try runTool(["cat", "/etc/resolv.conf"]).text
      let result = try node.kpx("exec", "web-1", "--mount-resolv", "--", "cat", "/etc/resolv.conf")
      #expect(result.text == content, "\(result.errorText)")
      #expect(try node.kpx("exec", "web-1", "--", "cat", "/etc/resolv.conf").text == before)
      #expect(try runTool(["cat", "/etc/resolv.conf"]).text == before)
      #expect(try runTool(["sh", "-c", "grep resolv.conf /proc/self/mountinfo"]).text.isEmpty)
      // Nothing is written, and /tmp is what it was for the program, too.
      let readOnly = "mount --bind /tmp /tmp && mount -o remount,ro,bind /tmp && exec \"$@\""
      let unwritable = try node.run(
        ["unshare", "-m", "sh", "-c", readOnly, "-", Kpx.path, "exec", pid, "--mount-resolv", "--"]
          + ["sh", "-c", "cat /etc/resolv.conf; ls -d /tmp/kpx-pods-*"])
      #expect(unwritable.text.hasPrefix(content + "/tmp/kpx-pods-"), "\(unwritable.errorText)")
      // By the process, too.
      #expect(try node.kpx("exec", pid, "--mount-resolv", "--", "cat", "/etc/resolv.conf").text == content)
    }
  }
}

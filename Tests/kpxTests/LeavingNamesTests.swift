import TestSupport
import Testing

/// What root's commands leave in /run/kpx, and who gets it. In a machine's place is a container with an empty /run: process 1 is
/// in its network.
@Suite(
  "Names that commands leave", .enabled(if: canMakeNetworkNamespaces, "needs root, for namespaces of its own"))
struct LeavingNamesTests {
  private static let beginning = #"""
    set -e
    mount -t tmpfs -o mode=755 none /run
    ip link set lo up
    iptables-nft-restore <<'END'
    *nat
    :KUBE-SERVICES - [0:0]
    -A PREROUTING -j KUBE-SERVICES
    -A OUTPUT -j KUBE-SERVICES
    -A KUBE-SERVICES -d 10.96.0.1/32 -p tcp -m comment --comment "yaobank/summary:http cluster IP" -m tcp --dport 80 -j DNAT --to-destination 10.0.0.1:80
    -A KUBE-SERVICES -d 10.96.0.2/32 -p tcp -m comment --comment "default/kubernetes:https cluster IP" -m tcp --dport 443 -j DNAT --to-destination 10.0.0.2:443
    COMMIT
    END
    ipset create KUBE-CLUSTER-IP hash:ip,port
    set +e

    """#

  /// What a script prints, whose first parameter is kpx.
  private func run(_ script: String, environment: [String: String] = ["KPX_NO_NAMES": ""]) throws -> String {
    let result = try runTool(
      ["unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "bash", "-c", Self.beginning + script, "-"]
        + [Kpx.path],
      environment: environment.merging(["HOME": "/nonexistent"]) { given, _ in given })
    #expect(result.errorText.isEmpty)
    return result.text
  }

  private static let quiet = " >/dev/null 2>&1"
  /// All that there is below /run/kpx, with modes.
  private static let list = "find /run/kpx -printf '%m %u %p\\n' 2>/dev/null | sort -k3; cat /run/kpx/* 2>/dev/null"

  @Test("A list of services leaves them, and a list of sets those; everybody may read them")
  func lists() throws {
    let text = try run("$1 services -A --no-api\(Self.quiet); $1 ipset --no-api\(Self.quiet); \(Self.list)")
    #expect(
      text == """
        755 root /run/kpx
        644 root /run/kpx/services
        644 root /run/kpx/sets
        default/kubernetes
        yaobank/summary
        KUBE-CLUSTER-IP

        """)
  }

  @Test("A trace leaves the service that it is of, and a failed one nothing")
  func trace() throws {
    #expect(
      try run("$1 trace yaobank/summary --no-api\(Self.quiet); $1 trace a/b --no-api\(Self.quiet); cat /run/kpx/*")
        == "yaobank/summary\n")
  }

  @Test("Pods are left by kpx veth")
  func pods() throws {
    let script = """
      mkdir -p /run/logs/yaobank_summary-1_11111111-2222-3333-4444-555555555555
      mkdir -p /run/pods/11111111-2222-3333-4444-555555555555
      KPX_POD_LOGS=/run/logs KPX_KUBELET_PODS=/run/pods $1 veth --no-runtime\(Self.quiet); cat /run/kpx/pods
      """
    #expect(try run(script) == "yaobank/summary-1\n")
  }

  @Test(
    "Nothing is left where the user does not want it, where another node or time is looked at, or somewhere else than in the node's network",
    arguments: [
      "KPX_NO_NAMES=1 $1 services -A --no-api", "$1 services -A --no-api --netns /proc/self/ns/net",
      "$1 services -A --api-dump \(APIServer.objects("yaobank"))", "unshare --net $1 veth --no-runtime",
      "setpriv --reuid 65534 --clear-groups --inh-caps +net_admin,+net_raw --ambient-caps +net_admin,+net_raw $1 services -A --no-api",
    ])
  func nothing(command: String) throws {
    #expect(try run("\(command)\(Self.quiet); echo $?; \(Self.list)").firstMatch(of: /^[012]\n$/) != nil)
  }

  @Test(
    "Where the place is not root's alone, or cannot be written, the answer is the same, and nothing is left",
    arguments: [
      "mkdir /run/kpx; chown 1000 /run/kpx", "mkdir -m 1777 /run/kpx", "chmod 1777 /run", "touch /run/kpx",
      "mkdir /run/else; ln -s else /run/kpx", "mount -o remount,ro /run",
    ])
  func hostile(preparation: String) throws {
    let text = try run(
      """
      $1 services -A --no-api 2>/dev/null | md5sum; rm -rf /run/kpx
      \(preparation)
      $1 services -A --no-api 2>/dev/null | md5sum
      find /run -type f -path '*kpx/*' -o -type f -path '*else/*'
      """)
    let lines = text.split(separator: "\n")
    #expect(lines.count == 2 && lines.first == lines.last, "\(text)")
  }

  @Test("Behind sudo a shell without root completes what root has left", arguments: ["bash", "zsh", "fish"])
  func completion(shell: String) throws {
    let folder = try ScratchDirectory()
    try folder.write("script", try Kpx.run("completion", shell).text)
    // fish completes behind a sudo that is there alone.
    try folder.write("sudo", "#!/bin/sh\n", mode: 0o755)
    let program = "\(#filePath.split(separator: "/").dropLast(2).reduce("") { $0 + "/" + $1 })/Support/type-line.py"
    let text = try run(
      #"""
      $1 services -A --no-api \#(Self.quiet); $1 ipset --no-api \#(Self.quiet)
      ln -s $1 \#(folder.path)/kpx
      export PATH=\#(folder.path):$PATH
      setpriv --bounding-set=-all --inh-caps=-all \#(program) \#(shell) \#(folder.path)/script \
        'sudo kpx trace yao\t' 'sudo kpx trace yaobank/\t' 'sudo kpx ipset KUBE\t' 'kpx services -n def\t' \
        'kpx trace --netns 1 yao\t'
      """#)
    let found = text.matches(of: /"line": "([^"]*)"/).map { String($0.1) }
    #expect(
      found == [
        "sudo kpx trace yaobank/", "sudo kpx trace yaobank/summary ", "sudo kpx ipset KUBE-CLUSTER-IP ",
        "kpx services -n default ", "kpx trace --netns 1 yao",
      ])
  }
}

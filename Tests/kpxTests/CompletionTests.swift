import FoundationEssentials
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// A shell on a terminal, in which `kpx` and a `sudo` are on PATH, and kpx' completion is loaded: Tests/Support/type-line.py.
private struct TypedShell {
  /// What became of a line.
  struct Typed: Decodable {
    /// The line.
    var line: String
    /// The words that were shown meanwhile.
    var shown: [String]
    /// From the tabulator key on.
    var seconds: Double
  }

  static let names = ["bash", "zsh", "fish"]

  let name: String
  let folder: ScratchDirectory
  var environment: [String: String] = [:]
  /// What stands before the shell's command line.
  var wrapper: [String] = []

  init(_ name: String) throws {
    self.name = name
    folder = try ScratchDirectory()
    symlink(Kpx.path, "\(folder.path)/kpx")
    // fish completes behind a sudo that is there alone.
    try folder.write("sudo", "#!/bin/sh\n", mode: 0o755)
    try folder.write("script", try Kpx.run("completion", name).text)
    let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
    environment["PATH"] = "\(folder.path):\(path)"
  }

  private static let program =
    "\(#filePath.split(separator: "/").dropLast(2).reduce("") { $0 + "/" + $1 })/Support/type-line.py"

  func type(_ lines: [String]) throws -> [Typed] {
    let result = try runTool(
      wrapper + ["python3", Self.program, name, "\(folder.path)/script"] + lines, environment: environment)
    try #require(result.status == 0, "\(result.errorText)")
    return try result.text.split(separator: "\n").map {
      try JSONDecoder().decode(Typed.self, from: Data($0.utf8))
    }
  }

  /// The lines that do not become what they should once the tabulator key is pressed, with what they become. Names that kpx does not have
  /// in time it leaves out: on a machine that runs many tests a second look is fair, as it is for who presses the key.
  func wrong(_ lines: KeyValuePairs<String, String>) throws -> [String] {
    var rest = lines.map { (typed: $0.key, wanted: $0.value) }
    var wrong: [String] = []
    for _ in 0..<5 where !rest.isEmpty {
      let found = try type(rest.map { $0.typed + "\t" }).map(\.line)
      wrong = zip(rest, found).filter { $0.wanted != $1 }.map { "\($0.typed): \($1)" }
      rest = zip(rest, found).filter { $0.wanted != $1 }.map(\.0)
    }
    return wrong
  }
}

@Suite("Names that shells complete")
struct CompletionTests {
  @Test("A namespace stays open for a name in it, by the API", arguments: TypedShell.names)
  func services(shell: String) throws {
    let server = try APIServer("--objects", APIServer.objects("yaobank"))
    var typed = try TypedShell(shell)
    typed.environment["KUBECONFIG"] = try server.kubeconfig()
    typed.wrapper = ProcessNamespace.command([])
    let pod = try #require(
      try readFile(APIServer.objects("yaobank") + "/pods.json").flatMap {
        String(decoding: $0, as: UTF8.self).firstMatch(of: /"name":"(customer-[0-9a-z]+-[0-9a-z]+)"/)?.1
      })
    let wrong = try typed.wrong([
      "kpx trace yao": "kpx trace yaobank/", "kpx trace yaobank/su": "kpx trace yaobank/summary ",
      "kpx trace -n yaobank cu": "kpx trace -n yaobank customer ", "kpx trace kuberne": "kpx trace kubernetes ",
      "kpx services -n kube-s": "kpx services -n kube-system ",
      "kpx trace yaobank/summary --from yaobank/cus": "kpx trace yaobank/summary --from yaobank/\(pod) ",
      "kpx trace yaobank/summary --from exte": "kpx trace yaobank/summary --from external ",
      "kpx trace yaobank/summary --node node1": "kpx trace yaobank/summary --node node1 ",
      "kpx trace yaobank/summary --context te": "kpx trace yaobank/summary --context test ",
      "sudo kpx trace yao": "sudo kpx trace yaobank/", "sudo kpx trace yaobank/da": "sudo kpx trace yaobank/database ",
    ])
    #expect(wrong == [])
  }

  @Test("Behind a namespace stand its services", arguments: TypedShell.names)
  func servicesOfNamespace(shell: String) throws {
    let server = try APIServer("--objects", APIServer.objects("yaobank"))
    var typed = try TypedShell(shell)
    typed.environment["KUBECONFIG"] = try server.kubeconfig()
    typed.wrapper = ProcessNamespace.command([])
    let shown = try typed.type(Array(repeating: "kpx trace yaobank/\t", count: 5)).map {
      Set($0.shown.map { $0.replacing("yaobank/", with: "") })
    }
    #expect(shown.contains { $0.isSuperset(of: ["customer", "database", "summary"]) }, "\(shown)")
  }

  @Test("A silent server is not waited for, and nothing is shown", arguments: TypedShell.names)
  func silentServer(shell: String) throws {
    let server = try APIServer("--fault", "mute")
    var typed = try TypedShell(shell)
    typed.environment["KUBECONFIG"] = try server.kubeconfig()
    typed.wrapper = ProcessNamespace.command([])
    let line = try typed.type(["kpx trace yaob\t"])[0]
    #expect(line.line == "kpx trace yaob")
    #expect(Set(line.shown).isSubset(of: ["kpx", "trace", "yaob"]))
    // It would be silent for 30 seconds.
    #expect(line.seconds < 10)
  }

  @Test("Names that others chose are never run, whatever they say", arguments: TypedShell.names)
  func hostile(shell: String) throws {
    var typed = try TypedShell(shell)
    let mark = "\(typed.folder.path)/mark"
    typed.environment["KUBECONFIG"] = try typed.folder.write(
      "config",
      "contexts: [{name: \"a$(touch \(mark))\", context: {cluster: c}}, {name: \"a`touch \(mark)`\", context: {cluster: c}},"
        + " {name: arn:aws:eks, context: {cluster: c}}]\n")
    // bash takes a colon for the end of a word otherwise.
    let name = shell == "bash" ? #"arn\:aws\:eks"# : "arn:aws:eks"
    #expect(try typed.wrong(["kpx services --context a": "kpx services --context \(name) "]) == [])
    #expect(try readFile(mark) == nil)
  }

  @Test("Behind exec POD -- stands the command line of the program", arguments: TypedShell.names)
  func program(shell: String) throws {
    let typed = try TypedShell(shell)
    try typed.folder.write("only-here", "#!/bin/sh\n", mode: 0o755)
    let file = try typed.folder.write("some-file", "")
    #expect(
      try typed.wrong([
        "kpx exec a/b -- only-h": "kpx exec a/b -- only-here ",
        "kpx exec a/b -- cat \(file.dropLast(2))": "kpx exec a/b -- cat \(file) ",
        "kpx exec a/b --mount-r": "kpx exec a/b --mount-resolv ",
      ]) == [])
  }

  @Test("bash completes programs and files behind -- without bash-completion, too")
  func plainBash() throws {
    let typed = try TypedShell("bash")
    try typed.folder.write("only-here", "#!/bin/sh\n", mode: 0o755)
    let file = try typed.folder.write("some-file", "")
    let script = """
      . \(typed.folder.path)/script
      compopt() { :; }
      try() { COMPREPLY=(); __kpx_complete_line kpx "${COMP_WORDS[COMP_CWORD]}"; echo "${COMPREPLY[0]}"; }
      COMP_WORDS=(kpx exec a/b -- only-h) COMP_CWORD=4; try
      COMP_WORDS=(kpx exec a/b -- cat \(file.dropLast(2))) COMP_CWORD=5; try
      """
    let result = try runTool(["bash", "--norc", "-c", script], environment: typed.environment)
    #expect(result.text == "only-here\n\(file)\n")
  }

  @Test("The pods of this node are those whose logs it keeps", arguments: TypedShell.names)
  func pods(shell: String) throws {
    var typed = try TypedShell(shell)
    try typed.folder.write("logs/yaobank_summary-1_0123/x", "")
    try typed.folder.write("logs/yaobank_customer-1_4567/x", "")
    typed.environment["KPX_POD_LOGS"] = "\(typed.folder.path)/logs"
    #expect(
      try typed.wrong([
        "kpx veth yao": "kpx veth yaobank/", "kpx veth yaobank/su": "kpx veth yaobank/summary-1 ",
        "kpx exec -n yaobank cu": "kpx exec -n yaobank customer-1 ", "kpx exec summ": "kpx exec summary-1 ",
        "kpx veth -n ya": "kpx veth -n yaobank ",
      ]) == [])
  }

  @Test(
    "--netns has the names of ip netns, and paths",
    .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own"),
    arguments: TypedShell.names)
  func networkNamespaces(shell: String) async throws {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.must("ip", "link", "add", "only-here0", "type", "veth", "peer", "name", "eth0")
      // A name that no other one begins with.
      let other = "\(namespace.name)-only"
      try namespace.must("ip", "netns", "add", other)
      defer { _ = try? runTool(["ip", "netns", "delete", other]) }
      #expect(
        try TypedShell(shell).wrong([
          "kpx services --netns \(namespace.name)-on": "kpx services --netns \(other) ",
          "kpx ipset --netns /run/netn": "kpx ipset --netns /run/netns/", "kpx veth only-h": "kpx veth only-here0 ",
          "kpx veth --netns \(namespace.name) only-h": "kpx veth --netns \(namespace.name) only-here0 ",
        ]) == [])
    }
  }

  @Test(
    "A chain's name is completed from the nat tables of the node that is looked at",
    .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own"),
    arguments: TypedShell.names)
  func chains(shell: String) async throws {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.must("iptables-legacy", "-t", "nat", "-N", "KUBE-SVC-ONLYHERE")
      try namespace.must("iptables-legacy", "-t", "filter", "-N", "KUBE-SVC-ONLYTHERE")
      try namespace.must("ip6tables-nft", "-t", "nat", "-N", "KUBE-EXT-ONLYHERE")
      #expect(
        try TypedShell(shell).wrong([
          "kpx chain --netns \(namespace.name) KUBE-SVC-O": "kpx chain --netns \(namespace.name) KUBE-SVC-ONLYHERE ",
          "kpx chain --netns \(namespace.name) KUBE-E": "kpx chain --netns \(namespace.name) KUBE-EXT-ONLYHERE ",
          "kpx chain -t secu": "kpx chain -t security ",
        ]) == [])
    }
  }

  @Test("No script is printed for a shell that kpx does not know")
  func unknownShell() throws {
    let result = try Kpx.run("completion", "tcsh")
    #expect(result.status == 64)
    #expect(result.output.isEmpty && result.errorText.contains("'zsh', 'bash' or 'fish'"))
  }
}

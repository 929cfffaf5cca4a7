import ArgumentParser
import TestSupport
import Testing

@testable import kpx

private let repository = "\(#filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 })"

/// A command line of README, of help or of the manual, and what is shown below it.
private struct Example: CustomTestStringConvertible {
  let line: String
  /// nil where nothing is shown.
  var output: [String]?

  var testDescription: String { line }

  /// README's, of fenced blocks: `sh` has command lines, `console` those behind `$` and what they print. A block behind
  /// `<!-- not run: WHY -->` is none.
  static func ofReadme() throws -> [Example] {
    let text = String(decoding: try readFile("\(repository)/README.md") ?? [], as: UTF8.self)
    var examples: [Example] = []
    var kind: Substring?
    var isRun = true
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("<!-- not run: ") { isRun = false }
      if line.hasPrefix("```") {
        if kind != nil { isRun = true }
        kind = kind == nil ? line.dropFirst(3) : nil
      } else if isRun, kind == "sh" {
        examples.append(Example(line: String(line)))
      } else if isRun, kind == "console", line.hasPrefix("$ ") {
        examples.append(Example(line: String(line.dropFirst(2)), output: []))
      } else if isRun, kind == "console" {
        examples[examples.count - 1].output?.append(String(line))
      }
    }
    return examples
  }

  /// Those of each command's help, of kpx on a node.
  static func ofHelp() throws -> [Example] {
    let commands = kpx.Kpx.configuration.subcommands.filter { $0.configuration.shouldDisplay }
    return commands.flatMap { command in
      command.configuration.discussion.split(separator: "\n").map { $0.drop { $0 == " " } }
        .filter { $0.hasPrefix("sudo kpx ") }.map { Example(line: String($0)) }
    }
  }
}

extension Example {
  /// Those of the manual that are written by hand: indented lines, and literal blocks as one script each. One behind
  /// `.\" not run: WHY` is none.
  static func ofManual() throws -> [Example] {
    var examples: [Example] = []
    for page in try runTool(["sh", "-c", "cat '\(repository)'/man/*.mdoc"]).text.components(behind: ".Sh EXAMPLES\n") {
      var isRun = true
      var block: [Substring]?
      for line in page.split(separator: "\n").prefix(while: { !$0.hasPrefix(".Sh ") }) {
        if line.hasPrefix(".\\\" not run: ") { isRun = false }
        guard line.hasPrefix(".") else {
          block?.append(line)
          continue
        }
        if line.hasPrefix(".Bd ") { block = [] }
        let script =
          line == ".Ed" ? block?.joined(separator: "\n") : line.hasPrefix(".Dl ") ? String(line.dropFirst(4)) : nil
        guard let script else { continue }
        if isRun { examples.append(Example(line: script.replacing("\\-", with: "-").replacing("\\e", with: "\\"))) }
        (isRun, block) = (true, nil)
      }
    }
    return examples
  }
}

extension String {
  /// What stands behind each of a text's occurrences, up to the next.
  fileprivate func components(behind text: String) -> [Substring] {
    let places = ranges(of: text)
    return zip(places, places.dropFirst().map(\.lowerBound) + [endIndex]).map { self[$0.upperBound..<$1] }
  }
}

/// node1 of the yaobank lab: its rules in the calling thread's network namespace, its API objects in a dump, and two of its
/// pods on a node of their own. `sudo kpx` there is kpx.
private struct YaobankNode {
  let folder: ScratchDirectory

  init(_ namespace: PrivateNetworkNamespace, pods: PodNode) throws {
    try namespace.loadEverything(TestSupport.Capture("yaobank-iptables-legacy-v1.34"))
    try restoreSets(try TestSupport.Capture("yaobank-ipvs-strictarp-v1.34").content("ipset-save.txt"))
    folder = try ScratchDirectory()
    try folder.write("sudo", "#!/bin/sh\nexec \"$@\"\n", mode: 0o755)
    try folder.write("answer.txt", "OK\n", mode: 0o644)
    try folder.write("ssh", "#!/bin/sh\nshift\nexec \"$@\"\n", mode: 0o755)
    // It stands for Graphviz, which the tests can do without.
    try folder.write("dot", "#!/bin/sh\nexec grep -q '^digraph'\n", mode: 0o755)
    try folder.write("kpx", Self.program(pods, namespace: try pods.namespace()), mode: 0o755)
  }

  /// kpx with what a node would have by itself.
  private static func program(_ pods: PodNode, namespace: String) -> String {
    """
    #!/bin/sh
    export KPX_POD_LOGS=\(pods.folder)/var/log/pods KPX_KUBELET_PODS=\(pods.folder)/var/lib/kubelet/pods
    case "$*" in
    veth* | exec*) exec nsenter --net=/run/netns/\(namespace) \(TestSupport.Kpx.path) "$@" ;;
    explain* | unredact* | *--no-api* | *--snapshot*) exec \(TestSupport.Kpx.path) "$@" ;;
    # Nothing is written over, and several examples make one.
    "snapshot -o node1.kpx"*) rm -f node1.kpx ;;
    "snapshot --redact -o node1-public.kpx"*) rm -f node1-public.kpx node1-public.kpx.key ;;
    esac
    exec \(TestSupport.Kpx.path) "$@" --api-dump \(TestSupport.Capture.folder)/api/yaobank --node node1

    """
  }

  func run(_ line: String) throws -> ToolResult {
    try runTool(["bash", "-c", "set -o pipefail; cd \(folder.path); PATH=\(folder.path):$PATH; \(line)"])
  }
}

@Suite(
  "Examples are what kpx does", .serialized,
  .enabled(if: canMakeNetworkNamespaces, "needs root, for network namespaces of its own"))
struct ExampleTests {
  /// Whether the kernel has what an example is about.
  private func isPossible(_ example: Example) throws -> Bool {
    try !example.line.hasPrefix("sudo kpx ipvs") || readFile("/proc/net/ip_vs") != nil
  }

  private func check(_ examples: [Example], _ node: YaobankNode) throws {
    for example in examples where try isPossible(example) {
      let result = try node.run(example.line)
      #expect([0, 1].contains(result.status), "\(example.line): \(result.status), \(result.errorText)")
      #expect(!result.errorText.contains("kpx: "), "\(example.line): \(result.errorText)")
      guard let shown = example.output else { continue }
      let printed = result.text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
      if let end = shown.firstIndex(where: { $0.drop { $0 == " " } == "…" }) {
        #expect(printed.starts(with: shown[..<end]) && printed.count > end, "\(example.line):\n\(result.text)")
      } else {
        #expect(printed == shown, "\(example.line):\n\(result.text)")
      }
    }
  }

  @Test(
    "Each example of README, of help and of the manual works on a node of its cluster, and prints what README shows")
  func examples() async throws {
    let readme = try Example.ofReadme()
    #expect(readme.count > 15 && readme.count { $0.output?.isEmpty == false } >= 2)
    let help = try Example.ofHelp()
    #expect(help.count > 10)
    let manual = try Example.ofManual()
    #expect(manual.count > 4)
    try await withPrivateNetworkNamespace { namespace in
      try PodNode.with(.plain) { pods in
        _ = try pods.pod("yaobank", "summary-q76fmgv48-vdcms", "--net", "route", "--ip", "10.244.16.12")
        _ = try pods.pod("yaobank", "customer-624m6gdck-5fkht", "--net", "route", "--ip", "10.244.16.10")
        try check(readme + help + manual, try YaobankNode(namespace, pods: pods))
      }
    }
  }

  @Test("README has no example in a block that is neither run nor says why not")
  func blocks() throws {
    let text = String(decoding: try readFile("\(repository)/README.md") ?? [], as: UTF8.self)
    let indented = text.split(separator: "\n").filter {
      $0.hasPrefix("    ") && $0.contains("kpx ") && $0.contains(" trace")
    }
    #expect(indented.isEmpty)
  }
}

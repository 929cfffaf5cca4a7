import ArgumentParser
import FoundationEssentials
import Glibc
import Inspect

/// `kpx snapshot`
struct SnapshotCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "snapshot",
    abstract: "Save this node's rules and API objects to a file.",
    discussion: """
      Writes what kpx reads of this node and of the API to one file, for 'kpx trace', 'services', 'check', 'veth' and others to \
      be asked later, elsewhere and without root, with --snapshot FILE. Has addresses, names and labels, no Secrets, and \
      connections only with --connections.

      EXAMPLES:
        # Now, and asked later
        sudo kpx snapshot -o node1.kpx
        kpx trace yaobank/summary --snapshot node1.kpx
        # Through ssh
        ssh node1 sudo kpx snapshot -o - > node1.kpx
      """
  )

  @Argument(
    help: ArgumentHelp(
      "Save the API's objects of these services alone, without the node's pods; rules are saved whole",
      valueName: "namespace/service"),
    completion: NameCompletion.services)
  var services: [NamespacedName] = []

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "The file to make; - for standard output (default: kpx-NODE-TIME.kpx in the current directory)", valueName: "file"
    ),
    completion: .file())
  var output: String?

  @Flag(help: "Save open connections, too: they have the addresses of clients")
  var connections = false

  @Option(
    help: ArgumentHelp(
      "Look in another network namespace: an 'ip netns' name, a path or a process id", valueName: "name|path|pid"),
    completion: NameCompletion.networkNamespaces)
  var netns: String?

  @OptionGroup(title: "The Kubernetes API") var cluster: ClusterOptions

  func validate() throws {
    if cluster.snapshot != nil { throw ValidationError("--snapshot: a snapshot of a snapshot is its copy") }
    if output == "-", isatty(STDOUT_FILENO) != 0 {
      throw ValidationError("-o -: a snapshot is not for terminals; send it to a file or a pipe")
    }
  }

  func run() throws {
    let manifest: SnapshotManifest
    let path: String?
    do {
      try Privileges.check()
      let session = cluster.session(netns: netns)
      path = output == "-" ? nil : output ?? defaultPath(session)
      var query = SnapshotQuery(path: path, program: Kpx.release)
      query.services = services
      query.withConnections = connections
      query.sources = .ofThisNode()
      manifest = try session.asking { try $0.record(query) }
    } catch {
      throw Failure(error)
    }
    if let path { try show(printable(path) + "\n") }
    write(remarks(manifest), to: STDERR_FILENO)
    if !manifest.gaps.isEmpty { throw ExitCode(ExitStatus.uncertain.rawValue) }
  }

  /// `kpx-node1-20261123T031500Z.kpx`
  private func defaultPath(_ session: Session) -> String {
    let name = session.answeringNode.name ?? "node"
    let safe = name.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "." || $0 == "-") ? $0 : "-" }
    let time = Date().ISO8601Format().filter { $0 != "-" && $0 != ":" }
    return "kpx-\(String(safe))-\(time).kpx"
  }

  private func remarks(_ manifest: SnapshotManifest) -> String {
    let bytes = manifest.members.reduce(0) { $0 + $1.bytes }
    let parts = [
      "node \(manifest.node.name ?? "unknown")", "\(manifest.members.count) members", "\(bytes) bytes uncompressed",
      manifest.apiSource.map { "the API from \($0)" } ?? "without the API",
      services.isEmpty ? nil : "of the API only \(services.map(\.description).joined(separator: ", "))",
      manifest.hasConnections ? "with connections" : "without connections",
    ]
    let lines =
      [parts.compactMap(\.self).joined(separator: ", ")] + manifest.apiNotes.map { "note: \($0)" }
      + manifest.gaps.map { "incomplete: \($0)" }
    return lines.map { printable($0) + "\n" }.joined()
  }
}

extension NamespacedName: ExpressibleByArgument {
  /// Reads `NAMESPACE/NAME`.
  public init?(argument: String) {
    let parts = argument.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else { return nil }
    self.init(parts[0], parts[1])
  }
}

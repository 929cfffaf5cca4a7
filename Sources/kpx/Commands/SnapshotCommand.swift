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
        # For others: with pseudonyms for names and addresses, and a key that stays here
        sudo kpx snapshot --redact -o node1-public.kpx
        # Through ssh
        ssh node1 sudo kpx snapshot -o - > node1.kpx
        # Of all nodes, a file for each
        kpx snapshot --nodes all -o snapshots
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
      "The file to make; - for standard output (default: kpx-NODE-TIME.kpx in the current directory). With --nodes: the directory of their files (default: kpx-TIME)",
      valueName: "file"),
    completion: .file())
  var output: String?

  @Flag(help: "Save open connections, too: they have the addresses of clients")
  var connections = false

  @Flag(
    help: "Put pseudonyms in the place of names and addresses; FILE.key translates answers back ('kpx unredact')")
  var redact = false

  @Option(
    help: ArgumentHelp(
      "With --redact: the key of an earlier snapshot, whose pseudonyms it has then", valueName: "file"),
    completion: .file())
  var key: String?

  @Option(
    help: ArgumentHelp(
      "Look in another network namespace: an 'ip netns' name, a path or a process id", valueName: "name|path|pid"),
    completion: NameCompletion.networkNamespaces)
  var netns: String?

  @OptionGroup(title: "The Kubernetes API") var cluster: ClusterOptions
  @OptionGroup(title: "Many nodes") var fleet: FleetOptions

  func validate() throws {
    if fleet.nodes != nil || fleet.selector != nil {
      if redact || cluster.snapshot != nil || output == "-" {
        throw ValidationError("--nodes makes a file for each node: it excludes --redact, --snapshot and -o -")
      }
    }
    if cluster.snapshot != nil, !redact {
      throw ValidationError("--snapshot: a snapshot of a snapshot is its copy, unless it is redacted (--redact)")
    }
    if redact, output == "-" { throw ValidationError("-o -: with --redact, the key needs a file beside it") }
    if key != nil, !redact { throw ValidationError("--key is of --redact") }
    if output == "-", isatty(STDOUT_FILENO) != 0 {
      throw ValidationError("-o -: a snapshot is not for terminals; send it to a file or a pipe")
    }
  }

  func run() throws {
    if fleet.areAsked(nil) { return try askNodes() }
    let manifest: SnapshotManifest
    let path: String?
    do {
      if let original = cluster.snapshot { return try redact(NodeSnapshot(path: original)) }
      try Privileges.check()
      let session = cluster.session(netns: netns)
      path = output == "-" ? nil : output ?? defaultPath(session)
      var query = SnapshotQuery(path: path, program: Kpx.release)
      query.services = services
      query.withConnections = connections
      query.sources = .ofThisNode()
      if redact, let path { query.redaction = RedactionQuery(path: path, key: key) }
      manifest = try session.asking { try $0.record(query) }
    } catch {
      throw Failure(error)
    }
    try report(manifest, path)
  }

  private func askNodes() throws {
    let folder = output ?? "kpx-\(Self.time)"
    guard mkdir(folder, 0o700) == 0 || errno == EEXIST else {
      throw Failure("\(folder): \(String(cString: strerror(errno)))", .output)
    }
    try fleet.ask(
      .snapshot(services: services, withConnections: connections), cluster, NodeOptions(netns: netns),
      output: OutputOptions(.text, color: .auto)
    ) { $0.folder = folder }
  }

  private static var time: String { Date().ISO8601Format().filter { $0 != "-" && $0 != ":" } }

  private func redact(_ original: NodeSnapshot) throws {
    let path = output ?? defaultPath(Session(original))
    try report(try Session.redact(original, RedactionQuery(path: path, key: key)), path)
  }

  private func report(_ manifest: SnapshotManifest, _ path: String?) throws {
    if let path { try show(printable(path) + "\n") }
    write(remarks(manifest, path), to: STDERR_FILENO)
    if !manifest.gaps.isEmpty { throw ExitCode(ExitStatus.uncertain.rawValue) }
  }

  /// `kpx-node1-20261123T031500Z.kpx`
  private func defaultPath(_ session: Session) -> String {
    // A file that is given away does not tell whose it is.
    let name = redact ? "redacted" : session.answeringNode.name ?? "node"
    let safe = name.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "." || $0 == "-") ? $0 : "-" }
    return "kpx-\(String(safe))-\(Self.time).kpx"
  }

  private func remarks(_ manifest: SnapshotManifest, _ path: String?) -> String {
    let bytes = manifest.members.reduce(0) { $0 + $1.bytes }
    let parts = [
      "node \(manifest.node.name ?? "unknown")", "\(manifest.members.count) members", "\(bytes) bytes uncompressed",
      manifest.apiSource.map { "the API from \($0)" } ?? "without the API",
      services.isEmpty ? nil : "of the API only \(services.map(\.description).joined(separator: ", "))",
      manifest.hasConnections ? "with connections" : "without connections",
    ]
    let lines =
      [parts.compactMap(\.self).joined(separator: ", ")] + manifest.apiNotes.map { "note: \($0)" }
      + manifest.gaps.map { "incomplete: \($0)" } + redactionRemarks(manifest, path)
    return lines.map { printable($0) + "\n" }.joined()
  }

  private func redactionRemarks(_ manifest: SnapshotManifest, _ path: String?) -> [String] {
    guard let leftOut = manifest.leftOut, let path else { return [] }
    let counts = leftOut.sorted { $0.key < $1.key }.map { "left out: \($0.value) \($0.key)" }
    return counts + ["the key, which is yours alone: \(RedactionQuery(path: path, key: nil).keyPath)"]
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

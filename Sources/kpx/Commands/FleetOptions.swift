import ArgumentParser
import Glibc
import Inspect

extension FleetQuery.AddressType: ExpressibleByArgument {}

/// How questions get to nodes.
enum Via: String, CaseIterable, ExpressibleByArgument {
  case ssh, pods
}

/// The same question to many nodes.
struct FleetOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Ask these nodes instead of this one, through ssh: all, or names and ranges such as node1,worker[1-20]. With --snapshot DIR, the snapshots in DIR",
      valueName: "all|name,..."),
    completion: NameCompletion.nodes)
  var nodes: String?

  @Option(
    name: [.customShort("l"), .long],
    help: ArgumentHelp("Ask the nodes with these labels, such as pool=gpu,!old", valueName: "labels"))
  var selector: String?

  @Option(help: "Ask through ssh, or by a pod on each node, which is deleted afterwards")
  var via = Via.ssh

  @Option(help: ArgumentHelp("With --via pods: the image of kpx, as nodes pull it", valueName: "image"))
  var image: String?

  @Option(
    help: ArgumentHelp("With --via pods: the namespace of the pods (default: kube-system)", valueName: "namespace"))
  var podNamespace: String?

  @Option(help: ArgumentHelp("How many nodes are asked at the same time", valueName: "count"))
  var parallel = 64

  @Option(help: ArgumentHelp("Time limit for each node, such as 10s", valueName: "time"))
  var nodeTimeout = RequestTimeout.ofNodes

  @Option(help: ArgumentHelp("Time limit for all nodes together, such as 60s", valueName: "time"))
  var deadline = RequestTimeout.ofFleets

  @Option(help: ArgumentHelp("User to log in as on nodes (default: as ssh is configured)", valueName: "user"))
  var sshUser: String?

  @Option(
    help: ArgumentHelp("ssh's configuration (default: the user's own)", valueName: "file"), completion: .file())
  var sshConfig: String?

  @Option(
    help: ArgumentHelp("Reach nodes by this kind of address in the API (default: by their names)", valueName: "type"))
  var sshAddress: FleetQuery.AddressType?

  @Option(
    help: ArgumentHelp("Where kpx is on nodes (default: on PATH, in /usr/local/bin or /opt/bin)", valueName: "path"))
  var remoteKpx: String?

  @Flag(
    help: "Send this kpx along, for nodes that have none; nothing of it stays there")
  var push = false

  func validate() throws {
    if via == .pods, image == nil { throw ValidationError("--via pods needs --image") }
    if push, remoteKpx != nil { throw ValidationError("--push and --remote-kpx exclude each other") }
    guard (1...1024).contains(parallel) else {
      throw ValidationError("--parallel: \(parallel) is no number from 1 to 1024")
    }
    if let remoteKpx, !SSHCarrier.isPlain(path: remoteKpx) {
      throw ValidationError("--remote-kpx: \(remoteKpx) is no absolute path of letters, digits and . _ - + ,")
    }
  }

  /// Whether nodes are to be asked, and not this one or one snapshot.
  /// - Parameter snapshot: what --snapshot names.
  func areAsked(_ snapshot: String?) -> Bool {
    nodes != nil || selector != nil || snapshot.map(Self.isFolder) == true
  }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Asks nodes, shows what they answered, and ends the program with its status.
  /// - Parameters:
  ///   - refused: options of the command that mean one node, where they were given.
  ///   - hasHeading: whether lists have a header line.
  ///   - change: what the command's own options say.
  func ask(
    _ command: NodeQuestion.Command, _ cluster: ClusterOptions, _ node: NodeOptions, output: OutputOptions,
    refusing refused: [(String, Bool)] = [], hasHeading: Bool = true, change: (inout FleetQuery) -> Void = { _ in }
  ) throws {
    try ask(
      command, cluster.session(netns: nil), snapshot: cluster.snapshot, output: output,
      refusing: refused + [("--netns", node.netns != nil), ("--node", cluster.node != nil)], hasHeading: hasHeading
    ) {
      $0.families = node.families
      change(&$0)
    }
  }

  /// The same, with a session that asks the API, or what --snapshot names.
  func ask(
    _ command: NodeQuestion.Command, _ session: Session, snapshot: String?, output: OutputOptions,
    refusing refused: [(String, Bool)], hasHeading: Bool = true, change: (inout FleetQuery) -> Void
  ) throws {
    if let option = refused.first(where: \.1)?.0 {
      throw Failure("\(option) is about one node: it excludes --nodes, --selector and a directory of snapshots", .usage)
    }
    if output.output == .name { throw Failure("-o name: this answer has no names", .usage) }
    let fleet: FleetAnswer
    do {
      let labels = try selector.map { try LabelSelector($0) }
      var query = FleetQuery(command, try NodeSelection(nodes ?? "all", labels: labels), program: Kpx.release)
      (query.parallel, query.addressType) = (parallel, sshAddress)
      query.nodeTimeout = nodeTimeout.duration ?? .seconds(86_400)
      query.deadline = deadline.duration ?? .seconds(86_400)
      change(&query)
      fleet = try answer(query, session, snapshot)
    } catch {
      throw Failure(error)
    }
    let text = FleetText(fleet, terminal: output.terminal, isWide: output.output == .wide, hasHeading: hasHeading)
    try show(output.render(fleet) { _ in text.text })
    if output.output.isText { write(text.remarks, to: STDERR_FILENO) }
    if fleet.exitStatus != 0 { throw ExitCode(fleet.exitStatus) }
  }

  private func answer(_ query: FleetQuery, _ session: Session, _ snapshot: String?) throws -> FleetAnswer {
    if let folder = snapshot {
      guard Self.isFolder(folder) else {
        throw Failure("--nodes: \(folder) is a file; --snapshot names a directory of snapshots then", .usage)
      }
      if query.selection.labels != nil { throw Failure("--selector: snapshots are chosen by --nodes", .usage) }
      return try session.asking { try $0.ask(query, snapshotsIn: folder) }
    }
    if via == .pods, let image {
      var pods = PodCarrier(image: image)
      if let podNamespace { pods.namespace = podNamespace }
      return try session.asking { try $0.ask(query, by: .pods(pods)) }
    }
    var ssh = SSHCarrier()
    (ssh.user, ssh.configuration, ssh.program) = (sshUser, sshConfig, remoteKpx)
    if push { ssh.pushed = try PushedProgram() }
    return try session.asking { try $0.ask(query, by: .ssh(ssh)) }
  }
}

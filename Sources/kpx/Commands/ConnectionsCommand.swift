import ArgumentParser
import Glibc
import Inspect

extension ConnectionGrouping: ExpressibleByArgument {}

/// `kpx connections`
struct ConnectionsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "connections",
    abstract: "Show who talks to whom through this node.",
    discussion: """
      Reads the kernel's connection table and names the Services and pods at both ends. Without a target, connections are \
      counted by Service. Changes nothing.

      EXAMPLES:
        # How many connections there are to each Service
        sudo kpx connections
        # Each connection to a Service: client, endpoint and state
        sudo kpx connections yaobank/summary
        # Connections that go where no new one would
        sudo kpx connections --stale
      """,
    aliases: ["conn"]
  )

  @Argument(
    help: ArgumentHelp(
      "NAMESPACE/SERVICE[:PORT], [NAMESPACE/]POD, deploy/NAME, ADDRESS[:PORT[/PROTOCOL]] or :NODEPORT (default: all)",
      valueName: "target"),
    completion: NameCompletion.services)
  var target: String?

  @Option(
    name: .shortAndLong, help: "Namespace (default: the context's, or 'default')",
    completion: NameCompletion.namespaces)
  var namespace: String?

  @Option(help: "Count connections by what they have in common (default without a target: service)")
  var by: ConnectionGrouping?

  @Flag(help: "Only connections that go where no new one would")
  var stale = false

  @Flag(help: "Only connections that nobody has answered")
  var unanswered = false

  @Option(help: ArgumentHelp("How many to show of a node; 0 for all", valueName: "number"))
  var top = 100

  @OptionGroup var nodeOptions: NodeOptions
  @OptionGroup var walk: WalkOptions
  @OptionGroup(title: "The Kubernetes API") var cluster: ClusterOptions
  @OptionGroup(title: "Many nodes") var fleet: FleetOptions

  @Flag(help: "Do not print the header line")
  var noHeaders = false

  @OptionGroup var output: OutputOptions
  @OptionGroup var watching: WatchOptions

  /// `--top 0`: more than this nobody reads, and memory is bounded.
  private static let mostRows = 1_000_000
  /// Of each of many nodes.
  private static let mostRowsOfEach = 1000

  func validate() throws {
    try watching.check(output)
    guard (0...Self.mostRows).contains(top) else {
      throw ValidationError("--top takes a number from 0 to \(Self.mostRows)")
    }
  }

  func run() throws {
    if fleet.areAsked(cluster.snapshot) { return try askNodes() }
    if let pace = watching.pace {
      let title = (["kpx connections"] + [target].compactMap(\.self).map { printable($0) }).joined(separator: " ")
      try Watch(title: title, pace: pace, output: output, ask: answer) { written($0, $2, $1).all }.run()
    }
    let list: ConnectionList
    do {
      list = try answer { _ in }
    } catch {
      throw Failure(error)
    }
    let text = written(list, output.terminal, .none)
    try show(output.render(list, names: list.names) { _ in text.table })
    write(text.remarks, to: STDERR_FILENO)
    let status = cluster.status(list.exitStatus(isJudged: stale), api: list.api)
    if status != 0 { throw ExitCode(status) }
  }

  private func askNodes() throws {
    guard top <= Self.mostRowsOfEach else {
      throw Failure("--top: of many nodes at most \(Self.mostRowsOfEach) of each are shown", .usage)
    }
    var selection = selection
    selection.most = top == 0 ? Self.mostRowsOfEach : top
    try fleet.ask(
      .connections(target: target, namespace: namespace, selection: selection), cluster, nodeOptions, output: output,
      refusing: [("--watch", watching.watch)], hasHeading: !noHeaders
    ) {
      $0.namespace = namespace
      $0.timeLimit = walk.timeLimit ?? $0.timeLimit
    }
  }

  private var selection: ConnectionSelection {
    var selection = ConnectionSelection()
    selection.families = nodeOptions.families
    selection.grouping = by ?? (target == nil && !stale && !unanswered ? .service : nil)
    (selection.onlyStray, selection.onlyUnanswered) = (stale, unanswered)
    selection.most = top == 0 ? Self.mostRows : top
    return selection
  }

  private func written(_ list: ConnectionList, _ terminal: Terminal, _ rates: CounterRates) -> ConnectionText {
    ConnectionText(
      [list], terminal: terminal, isWide: output.output == .wide, hasHeading: !noHeaders, rates: rates)
  }

  private func answer(_ observer: @escaping @Sendable (Activity) -> Void) throws -> ConnectionList {
    var query = ConnectionsQuery()
    query.target = try target.map { try ConnectionTarget($0, namespace: namespace) }
    query.namespace = namespace
    query.selection = selection
    query.timeLimit = walk.timeLimit ?? query.timeLimit
    query.pods = .ofThisNode()
    return try cluster.session(of: nodeOptions).asking(also: observer) { try $0.connections(query) }
  }
}

extension ConnectionList {
  /// What connections have in common, in words that kpx takes as targets; nil where they are listed.
  fileprivate var names: [String]? {
    groups.map { groups in
      groups.compactMap { group in
        group.service.map { "\($0.namespace)/\($0.name)" } ?? (group.client ?? group.endpoint)?.name
          ?? group.destination?.text
      }
    }
  }
}

extension ConnectionParty {
  fileprivate var name: String { pod?.description ?? "\(address)" }
}

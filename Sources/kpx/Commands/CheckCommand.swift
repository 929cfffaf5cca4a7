import ArgumentParser
import Glibc
import Inspect

/// How the answer of a check is written.
enum CheckFormat: String, CaseIterable, ExpressibleByArgument {
  case text, wide, json, yaml, junit, npd, prometheus
}

extension Finding.Severity: ExpressibleByArgument {}

/// `kpx check`
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Say what is wrong on this node.",
    discussion: """
      Looks for what breaks Services on a node, walks all Services, and says what it found, how it knows and what to do. \
      What it could not look at it says, too: that is never 'ok'. 'kpx explain' has each check's meaning.

      EXAMPLES:
        # What is wrong on this node
        sudo kpx check
        # Two checks alone, and nothing but their errors fails
        sudo kpx check forward-blocked conntrack-full --fail-on error
        # For node-exporter's textfile collector
        sudo kpx check -o prometheus
      """
  )

  @Argument(
    help: ArgumentHelp("Only these checks (default: all)", valueName: "id"),
    completion: .list(CheckQuery.ids.map(\.rawValue)))
  var ids: [String] = []

  @Option(
    name: .shortAndLong, help: "Tell of this namespace's Services only, and of the node",
    completion: NameCompletion.namespaces)
  var namespace: String?

  @Flag(name: [.customShort("A"), .long], help: "Tell of all namespaces (the default)")
  var allNamespaces = false

  @Option(help: ArgumentHelp("The least severity that ends with status 1", valueName: "severity"))
  var failOn = Finding.Severity.warning

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp(
      "Leave a finding out of account, everywhere or for one Service; can be repeated",
      valueName: "id[@namespace/service]"))
  var ignore: [String] = []

  @OptionGroup var nodeOptions: NodeOptions
  @OptionGroup var walk: WalkOptions
  @OptionGroup(title: "The Kubernetes API") var cluster: ClusterOptions
  @OptionGroup(title: "Many nodes") var fleet: FleetOptions

  @Option(name: .shortAndLong, help: "Output format")
  var output = CheckFormat.text

  @Option(help: "When to use colours")
  var color = ColorMode.auto

  func validate() throws {
    if allNamespaces, namespace != nil { throw ValidationError("-A and -n exclude each other") }
  }

  func run() throws {
    var query = CheckQuery()
    query.ids = try ids.map { try Self.check(named: $0) }
    query.ignored = try ignore.map { text in
      guard let ignored = CheckQuery.Ignored(text) else {
        throw Failure(
          "--ignore \(printable(text)): that is neither ID nor ID@NAMESPACE/SERVICE; see 'kpx explain'", .usage)
      }
      return ignored
    }
    query.namespace = namespace
    if fleet.areAsked(cluster.snapshot) { return try askNodes(query) }
    query.sources = .ofThisNode()
    query.families = nodeOptions.families
    query.timeLimit = walk.timeLimit ?? query.timeLimit
    // A monitor does not wait for a table that may be large, nor for a container runtime.
    if output == .npd, ids.isEmpty {
      query.ids = CheckQuery.ids.filter { !CheckQuery.idsOfConnections.contains($0) && $0 != .orphanVeth }
    }
    let report: CheckReport
    do {
      report = try session().asking { try $0.check(query) }
    } catch {
      throw Failure(error)
    }
    let terminal = Terminal(color: color, isWide: output == .wide)
    let text = CheckText(report, terminal: terminal, isWide: output == .wide)
    switch output {
    case .text, .wide:
      try show(text.text)
      write(text.remarks, to: STDERR_FILENO)
    case .json: try show(Document(report).json)
    case .yaml: try show(Document(report).yaml)
    case .junit: try show(CheckJUnit(report).text)
    case .npd: try show(CheckProblem(report, failOn: failOn).text)
    case .prometheus: try show(CheckMetrics(report).text)
    }
    let status = cluster.status(report.exitStatus(failOn: failOn), api: report.api)
    if status != 0 { throw ExitCode(status) }
  }

  private func askNodes(_ query: CheckQuery) throws {
    guard let format = OutputFormat(rawValue: output.rawValue) else {
      throw Failure("-o \(output.rawValue) is about one node: it excludes --nodes and --selector", .usage)
    }
    try fleet.ask(
      .check(ids: query.ids, namespace: query.namespace), cluster, nodeOptions,
      output: OutputOptions(format, color: color),
      refusing: [("--ignore", !ignore.isEmpty), ("--fail-on", failOn != .warning)]
    ) {
      $0.timeLimit = walk.timeLimit ?? query.timeLimit
    }
  }

  private func session() throws -> Session {
    var asked = cluster
    if output == .npd, asked.requestTimeout.isStandard { asked.requestTimeout = .ofMonitors }
    var session = try asked.session(of: nodeOptions)
    // node-problem-detector ends what takes long, as on a loaded node.
    if output == .npd { session.timeForLooks = .milliseconds(1800) }
    return session
  }

  /// - Throws: `Failure` with the nearest names.
  private static func check(named text: String) throws -> FindingID {
    let id = try FindingID(named: text)
    guard CheckQuery.ids.contains(id) else {
      throw Failure("\(id) is told by 'kpx trace' alone, and no check; see 'kpx explain \(id)'", .usage)
    }
    return id
  }
}

import ArgumentParser
import Glibc
import Inspect

/// `kpx services`
struct ServicesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "services",
    abstract: "List the Services that this node has rules for.",
    discussion: """
      Lists the Services of a namespace, or of all with -A: those in the API and those that exist only in this node's \
      rules. Rows come as they are known. 'kpx trace' shows one Service in full.

      EXAMPLES:
        # All Services: addresses, endpoints and verdicts
        sudo kpx services -A
        # Those of a namespace, with their endpoints' addresses
        sudo kpx services yaobank -o wide
        # Only what is not as it should be, and why
        sudo kpx services -A --problems
      """,
    aliases: ["service", "svc"]
  )

  @Argument(
    help: ArgumentHelp("The namespace (default: the context's, or 'default')", valueName: "namespace"),
    completion: NameCompletion.namespaces)
  var namespaceArgument: String?

  @Option(
    name: .shortAndLong, help: "Namespace, as for kubectl",
    completion: NameCompletion.namespaces)
  var namespace: String?

  @Flag(name: [.customShort("A"), .long], help: "All namespaces")
  var allNamespaces = false

  @Flag(help: "Show only what is not as it should be")
  var problems = false

  @OptionGroup var nodeOptions: NodeOptions
  @OptionGroup var walk: WalkOptions
  @OptionGroup(title: "The Kubernetes API") var cluster: ClusterOptions
  @OptionGroup(title: "Many nodes") var fleet: FleetOptions

  @Flag(help: "Do not print the header line")
  var noHeaders = false

  @OptionGroup var output: OutputOptions
  @OptionGroup var watching: WatchOptions

  func validate() throws {
    if allNamespaces, namespace != nil { throw ValidationError("-A and -n exclude each other") }
    try watching.check(output)
    guard let typed = namespaceArgument else { return }
    if allNamespaces { throw ValidationError("-A and a namespace exclude each other") }
    let name = Self.name(typed)
    if name.contains("/") { throw ValidationError("\(typed) is no namespace. Did you mean 'kpx trace \(typed)'?") }
    if let namespace, namespace != name { throw ValidationError("\(typed) and -n \(namespace) exclude each other") }
  }

  /// `yaobank/` is a namespace, too.
  private static func name(_ typed: String) -> String { typed.hasSuffix("/") ? String(typed.dropLast()) : typed }

  /// The one that was named.
  private var onlyNamespace: String? { namespaceArgument.map(Self.name) ?? namespace }

  func run() throws {
    if fleet.areAsked(cluster.snapshot) {
      return try fleet.ask(
        .services(namespace: nil), cluster, nodeOptions, output: output, refusing: [("--watch", watching.watch)]
      ) {
        ($0.namespace, $0.areAllNamespaces) = (onlyNamespace, allNamespaces)
        $0.timeLimit = walk.timeLimit ?? 60
      }
    }
    if let pace = watching.pace {
      try Watch(title: "kpx services", pace: pace, output: output, ask: { try answer(nil, $0) }, text: text).run()
    }
    let writer = ServiceListWriter(output, hasHeading: !noHeaders, onlyProblems: problems)
    let list: ServiceList
    do {
      list = try answer(output.output.isText ? writer.stream : nil) { _ in }
    } catch {
      throw Failure(error)
    }
    if output.output.isText {
      try writer.finish(list)
      let text = ServiceListText(list, terminal: output.terminal, isWide: output.output == .wide)
      write(text.remarks, to: STDERR_FILENO)
    } else {
      let items = problems ? list.items.filter { $0.rows.contains(where: \.isProblem) } : list.items
      var shown = list
      shown.items = items
      try show(output.render(shown, names: items.compactMap(\.name)) { _ in "" })
    }
    leaveNames(list)
    let status = cluster.status(list.exitStatus, api: list.api)
    if status != 0 { throw ExitCode(status) }
  }

  /// What a watch shows of a list.
  private func text(_ list: ServiceList, _ rates: CounterRates, _ terminal: Terminal) -> String {
    let isWide = output.output == .wide
    let table = ServiceTable(
      list.items.flatMap { $0.rows(rates) }, terminal: terminal, isWide: isWide, onlyProblems: problems)
    let rows = list.items.map { table.lines(of: $0, rates) }.joined()
    let remarks = ServiceListText(list, terminal: terminal, isWide: isWide).remarks
    return (noHeaders || rows.isEmpty ? "" : table.heading) + rows + remarks
  }

  private func leaveNames(_ list: ServiceList) {
    let isWhole = nodeOptions.families == IPFamily.allCases
    let scope: LeftNames.Scope = !isWhole ? .some : allNamespaces ? .all : onlyNamespace.map { .namespace($0) } ?? .some
    LeftNames.leave(
      list.items.compactMap { $0.service.map { "\($0.namespace)/\($0.name)" } }, .services, all: scope,
      isElsewhere: nodeOptions.netns != nil || cluster.isElsewhere)
  }

  private func answer(
    _ stream: ServiceStream?, _ observer: @escaping @Sendable (Activity) -> Void
  ) throws -> ServiceList {
    var query = ServicesQuery()
    query.areAllNamespaces = allNamespaces
    query.namespace = onlyNamespace
    query.families = nodeOptions.families
    query.timeLimit = walk.timeLimit ?? query.timeLimit
    query.tellsForwarding = !output.output.isText
    return try cluster.session(of: nodeOptions).asking(also: observer) {
      try $0.services(query, stream: stream)
    }
  }
}

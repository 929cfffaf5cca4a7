import ArgumentParser
import Glibc
import Inspect

/// `kpx veth`
struct VethCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "veth",
    abstract: "Show which interface belongs to which pod.",
    usage: "kpx veth [<options>] [<pod> ...]",
    discussion: """
      Finds pods by name, interface, address, the beginning of a container or sandbox id, or process id, and shows both \
      ends of each of their interfaces. Without an argument: all pods of this node. Needs neither the API nor a container \
      runtime.

      EXAMPLES:
        # All pods of this node and their interfaces
        sudo kpx veth
        # The pod behind an interface of the node
        sudo kpx veth cali3db256ee0bc
        # The interfaces of the only pod whose name begins so
        sudo kpx veth deploy/summary -n yaobank
      """,
    aliases: ["pods", "pod", "po"]
  )

  @Argument(
    help: ArgumentHelp(
      "POD, NAMESPACE/POD, deploy/NAME, the beginning of a name, an interface or its number, an address, MAC address, id, process id or network namespace; can be repeated",
      valueName: "pod"),
    completion: NameCompletion.podsOfNode)
  var targets: [String] = []

  @Option(
    name: .shortAndLong, help: "Namespace (default: all)",
    completion: NameCompletion.namespacesOfNode)
  var namespace: String?

  @Flag(name: [.customShort("A"), .long], help: "All namespaces, as by default")
  var allNamespaces = false

  @Option(
    help: ArgumentHelp(
      "The node's network namespace, if kpx runs in another one: a name, path or process id", valueName: "name|path|pid"
    ),
    completion: NameCompletion.networkNamespaces)
  var netns: String?

  @Option(
    help: ArgumentHelp("Ask a file of 'kpx snapshot' instead of this node", valueName: "file"),
    completion: .file())
  var snapshot: String?

  @OptionGroup(title: "Many nodes") var api: NodesAPIOptions
  @OptionGroup(title: "Many nodes") var fleet: FleetOptions
  @OptionGroup var pods: PodOptions

  @Flag(help: "Do not print the header line")
  var noHeaders = false

  @OptionGroup var output: OutputOptions
  @OptionGroup var watching: WatchOptions

  func validate() throws {
    if allNamespaces, namespace != nil { throw ValidationError("-A and -n exclude each other") }
    try watching.check(output)
    if !fleet.areAsked(snapshot), api.isGiven {
      throw ValidationError("--kubeconfig and --context are of --nodes: of this node's pods no API is asked")
    }
    if snapshot != nil {
      if netns != nil || watching.watch || pods.isGiven {
        throw ValidationError(
          "--snapshot is of one time and has all that told of pods: it excludes --netns, --watch, --api-dump, "
            + "--runtime-endpoint and --no-runtime")
      }
    }
  }

  func run() throws {
    if fleet.areAsked(snapshot) { return try askNodes() }
    let session: Session
    do {
      if snapshot == nil { try Privileges.checkForPods() }
      session = try snapshot.map { Session(try NodeSnapshot(path: $0)) } ?? pods.session(netns: netns)
    } catch {
      throw Failure(error)
    }
    if let pace = watching.pace {
      try Watch(
        title: (["kpx veth"] + targets).map { printable($0) }.joined(separator: " "), pace: pace, output: output,
        ask: { try find(session, $0) },
        text: {
          let text = text(of: $0, $2, isWide: output.output == .wide, rates: $1)
          return text.text + text.remarks
        }
      ).run()
    }
    let answer: PodInterfaces
    do {
      answer = try find(session) { _ in }
    } catch {
      throw Failure(error)
    }
    let list = PodInterfaceList(node: session.answeringNode, answer)
    var remarks = ""
    try show(
      output.render(list, names: list.names) { isWide in
        let text = text(of: answer, output.terminal, isWide: isWide)
        remarks = text.remarks
        return text.text
      })
    write(remarks, to: STDERR_FILENO)
    let isWhole = targets.isEmpty && !answer.isIncomplete
    LeftNames.leave(
      answer.pods.compactMap { ($0.sandbox.name?.value).map { "\($0)" } }, .pods,
      all: !isWhole ? .some : namespace.map { .namespace($0) } ?? .all,
      isElsewhere: netns != nil || snapshot != nil || pods.apiDump != nil)
    let status = answer.exitStatus(areNamed: !targets.isEmpty)
    if status != 0 { throw ExitCode(status) }
  }

  private func askNodes() throws {
    let refused = [
      ("--netns", netns != nil), ("--watch", watching.watch), ("--runtime-endpoint", pods.runtimeEndpoint != nil),
      ("--no-runtime", pods.noRuntime),
    ]
    try fleet.ask(
      .veth(targets: targets, namespace: namespace), api.session(pods),
      snapshot: snapshot, output: output, refusing: refused, hasHeading: !noHeaders
    ) { _ in }
  }

  private func text(
    of answer: PodInterfaces, _ terminal: Terminal, isWide: Bool, rates: CounterRates = .none
  ) -> PodText {
    PodText(
      answer, terminal: terminal, isWide: isWide, isList: targets.isEmpty, hasHeaders: !noHeaders, rates: rates)
  }

  private func find(
    _ session: Session, _ observer: @escaping @Sendable (Activity) -> Void
  ) throws -> PodInterfaces {
    var query = PodQuery()
    query.targets = try targets.map { try PodTarget($0, namespace: namespace) }
    query.namespace = namespace
    query.sources = pods.sources
    // Of these are its counters.
    query.withDetails = ![.text, .name].contains(output.output) || watching.watch
    return try session.asking(also: observer) { try $0.pods(query) }
  }
}

import ArgumentParser
import Glibc
import Inspect

/// `kpx trace`
struct TraceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace",
    abstract: "Show how this node forwards a Service.",
    discussion: """
      Evaluates the rules that a packet meets, in netfilter's order. Shows which \
      endpoints it can reach, and where kernel and API disagree.

      EXAMPLES:
        # All ports and addresses of a Service
        sudo kpx trace yaobank/summary
        # A node port; also an address, a URL or a chain
        sudo kpx trace :30180
        # One packet from a pod: each rule that it meets
        sudo kpx trace yaobank/summary --from yaobank/customer-624m6gdck-5fkht
      """
  )

  @Argument(
    help: ArgumentHelp(
      "NAMESPACE/SERVICE[:PORT], SERVICE with -n, ADDRESS[:PORT[/PROTOCOL]], :NODEPORT[/PROTOCOL], a DNS name, a URL or a chain of kube-proxy",
      valueName: "target"),
    completion: NameCompletion.services)
  var target: String

  @Option(
    name: .shortAndLong,
    help: "Namespace (default: the context's, or 'default')",
    completion: NameCompletion.namespaces)
  var namespace: String?

  @Option(
    help: ArgumentHelp(
      "Follow one packet from [NAMESPACE/]POD, the beginning of a pod's name, deploy/NAME, svc/NAME, an address, node (this node) or external (a client outside)",
      valueName: "origin"),
    completion: NameCompletion.origins)
  var from: String?

  @OptionGroup var nodeOptions: NodeOptions
  @OptionGroup var walk: WalkOptions
  @OptionGroup(title: "The Kubernetes API") var cluster: ClusterOptions
  @OptionGroup(title: "Many nodes") var fleet: FleetOptions

  @Flag(help: "Read the rules in a second way, and compare")
  var verify = false

  @Flag(
    inversion: .prefixedNo,
    help: "Count open connections (default: if there are few)")
  var connections: Bool?

  @OptionGroup var output: OutputOptions
  @OptionGroup var watching: WatchOptions

  @Flag(help: "Draw all paths, for Graphviz (| dot -Tsvg)")
  var graph = false

  func validate() throws {
    try watching.check(output)
    if watching.watch, graph { throw ValidationError("--watch and --graph exclude each other") }
  }

  func run() throws {
    if fleet.areAsked(cluster.snapshot) {
      let refused = [
        ("--from", from != nil), ("--watch", watching.watch), ("--verify", verify), ("--graph", graph),
        ("--connections", connections != nil),
      ]
      return try fleet.ask(
        .trace(target: target, namespace: ""), cluster, nodeOptions, output: output, refusing: refused
      ) {
        $0.namespace = namespace
        $0.timeLimit = walk.timeLimit ?? $0.timeLimit
      }
    }
    if let pace = watching.pace {
      try Watch(title: "kpx trace \(printable(target))", pace: pace, output: output, ask: answer) {
        let text = TraceText($0, terminal: $2, isWide: output.output == .wide, rates: $1)
        return text.text + text.remarks
      }.run()
    }
    let trace: Trace
    do {
      trace = try answer { _ in }
    } catch let error as SessionError {
      showVerification(error)
      throw Failure(error)
    } catch {
      throw Failure(error)
    }
    var remarks = ""
    try show(
      output.render(trace, names: trace.names) { isWide in
        let text = TraceText(trace, terminal: output.terminal, isWide: isWide)
        remarks = text.remarks
        return graph ? TraceGraph(trace).text : text.text
      })
    write(remarks, to: STDERR_FILENO)
    if let service = trace.service {
      LeftNames.leave(
        ["\(service.namespace)/\(service.name)"], .services, all: .some,
        isElsewhere: nodeOptions.netns != nil || cluster.isElsewhere)
    }
    let status = cluster.status(trace.exitStatus, api: trace.api)
    if status != 0 { throw ExitCode(status) }
  }

  private func answer(_ observer: @escaping @Sendable (Activity) -> Void) throws -> Trace {
    var query = TraceQuery(try TraceTarget(target, namespace: namespace))
    query.origin = try from.map { try OriginName($0) }
    query.namespace = namespace
    query.families = nodeOptions.families
    query.timeLimit = walk.timeLimit ?? query.timeLimit
    query.verifies = verify
    query.hasGraph = graph
    query.tellsForwarding = !output.output.isText
    query.connections = connections.map { $0 ? .always : .never } ?? .ifSmall
    query.namesInterfaces = output.output != .text
    query.pods = .ofThisNode()
    return try cluster.session(of: nodeOptions).asking(also: observer) { try $0.trace(query) }
  }

  /// There is no such service, and the rules were read a second time.
  private func showVerification(_ error: SessionError) {
    guard case .untraceable(let found) = error, let verification = found.verification else { return }
    write(
      verification.map(VerificationReport.init).flatMap(\.lines).map { $0 + "\n" }.joined(), to: STDERR_FILENO)
  }
}

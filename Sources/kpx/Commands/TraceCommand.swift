import ArgumentParser
import Glibc
import Inspect

/// `kpx trace`
struct TraceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace",
    abstract: "How this node forwards a service: from each of its addresses to the endpoints.",
    discussion: """
      Evaluates the rules that a packet meets, from the hook on and in netfilter's order. Shows which endpoints it can \
      reach and with what share, whether it is masqueraded, and where kernel and API disagree.
      """
  )

  @Argument(
    help: ArgumentHelp(
      "NAMESPACE/SERVICE[:PORT], SERVICE with -n, ADDRESS[:PORT[/PROTOCOL]] or :NODEPORT[/PROTOCOL]",
      valueName: "target"))
  var target: String

  @Option(
    name: .shortAndLong,
    help: "The service's namespace, if the argument names none (default: the context's, or 'default')")
  var namespace: String?

  @Option(
    help: ArgumentHelp(
      "Follow one packet from POD, NAMESPACE/POD, an address, node (this node) or external (outside the cluster)",
      valueName: "origin"), completion: .list(["node", "external"]))
  var from: String?

  @OptionGroup(title: "Where to look") var nodeOptions: NodeOptions
  @OptionGroup(title: "Limits") var walk: WalkOptions
  @OptionGroup(title: "The Kubernetes API") var cluster: ClusterOptions

  @Flag(help: "Read the rules a second time, through libip4tc and libip6tc or by iptables-nft and nft, and compare")
  var verify = false

  @OptionGroup(title: "Output") var output: OutputOptions

  @Flag(help: "Draw all paths of packets, in the language of Graphviz (| dot -Tsvg); in JSON and YAML, add them")
  var graph = false

  func run() throws {
    let trace: Trace
    do {
      trace = try answer()
    } catch let error as SessionError {
      showVerification(error)
      throw Failure(error)
    } catch {
      throw Failure(error)
    }
    try show(
      output.render(trace) {
        graph ? TraceGraph(trace).text : TraceText(trace, terminal: output.terminal, isWide: $0).text
      })
    let status = cluster.status(trace.exitStatus, api: trace.api)
    if status != 0 { throw ExitCode(status) }
  }

  private func answer() throws -> Trace {
    var query = TraceQuery(try TraceTarget(target))
    query.origin = try from.map { try OriginName($0) }
    query.namespace = namespace
    query.families = nodeOptions.families
    query.timeLimit = walk.timeLimit ?? query.timeLimit
    query.verifies = verify
    query.hasGraph = graph
    query.namesInterfaces = output.output != .text
    query.pods = .ofThisNode()
    try Privileges.check()
    return try cluster.session(netns: nodeOptions.netns).trace(query)
  }

  /// There is no such service, and the rules were read a second time.
  private func showVerification(_ error: SessionError) {
    guard case .untraceable(let found) = error, let verification = found.verification else { return }
    write(
      verification.map(VerificationReport.init).flatMap(\.lines).map { $0 + "\n" }.joined(), to: STDERR_FILENO)
  }
}

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

  func run() throws {
    let trace: Trace
    do {
      trace = try answer()
    } catch {
      throw Failure(error)
    }
    try show(output.render(trace) { TraceText(trace, terminal: output.terminal, isWide: $0).text })
    if trace.exitStatus != 0 { throw ExitCode(trace.exitStatus) }
  }

  private func answer() throws -> Trace {
    let target = try TraceTarget(target)
    let originName = try from.map { try OriginName($0) }
    try Privileges.check()
    let chosen = namespace
    var view = try ClusterView(cluster) { target.question(namespace: chosen ?? $0.namespace ?? "default") }
    var request = TraceRequest(target: target)
    request.namespace = chosen ?? view.namespace ?? "default"
    request.families = nodeOptions.families
    request.timeLimit = walk.timeLimit ?? 10
    if let originName {
      request.origin = try OriginLookup(namespace: request.namespace, node: nodeOptions).origin(originName, &view)
    }
    var trace = try trace(&request, view)
    if trace.needsEndpoints, let service = trace.service?.name, view.readEndpoints(of: service) {
      trace = try self.trace(&request, view)
    }
    if let cluster = view.readPods(at: trace.unnamedAddresses) { trace = trace.named(by: cluster) }
    trace.notes = view.notes.map { Note(.api, $0) } + trace.notes
    return Trace(trace, api: view.origin)
  }

  private func trace(_ request: inout TraceRequest, _ view: borrowing ClusterView) throws -> ServiceTrace {
    request.cluster = view.snapshot
    let node = ThisNode(given: cluster.node, cluster: request.cluster)
    request.node = node.name
    request.release = cluster.release ?? .unknown
    let verifies = verify
    let namesInterfaces = output.output != .text
    do {
      var trace = try nodeOptions.run { [request] in
        let live = try LiveNode()
        var trace: ServiceTrace
        do {
          trace = try ServiceTracer.trace(request, live)
        } catch let error as TraceError where verifies {
          // Nowhere does it matter more that the rules were read well.
          throw Unfound(error: error, verification: try live.verify())
        }
        if verifies { trace.verification = try live.verify() }
        if namesInterfaces { trace.nameLocalInterfaces(live) }
        return trace
      }
      if let note = node.note { trace.notes.append(Note(.node, note)) }
      return trace
    } catch let error as Unfound {
      write(
        error.verification.map(VerificationReport.init).flatMap(\.lines).map { $0 + "\n" }.joined(), to: STDERR_FILENO)
      let failure = failure(error.error, view)
      let isDoubtful = error.verification.contains(where: \.isDoubtful)
      throw isDoubtful ? Failure(failure.message, .uncertain) : failure
    } catch let error as TraceError {
      throw failure(error, view)
    }
  }

  /// There is no such service, and the rules were read a second time.
  private struct Unfound: Error {
    let error: TraceError
    let verification: [Verification]
  }

  private func failure(_ error: TraceError, _ view: borrowing ClusterView) -> Failure {
    guard !view.notes.isEmpty else { return Failure(error) }
    // Without the API nobody knows whether it exists.
    let status = view.snapshot == nil ? ExitStatus.unavailable : .notFound
    return Failure("\(error); \(view.notes.joined(separator: "; "))", status)
  }
}

import ArgumentParser
import Glibc
import Inspect

/// `kpx diff`
struct DiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Say what differs in how Services are forwarded.",
    discussion: """
      Compares how two sides forward Services, frontend by frontend: 'live' (this node's kernel), 'api' (what the API \
      implies), or a file of 'kpx snapshot'. What kube-proxy's modes and releases make differ is told apart.

      EXAMPLES:
        # What this node does otherwise than the API implies
        sudo kpx diff api live -A
        # The same of one Service
        sudo kpx diff api live yaobank/summary
        # Before and after a change of kube-proxy's mode
        sudo kpx snapshot -o node1.kpx
        sudo kpx diff node1.kpx live -A
      """
  )

  @Argument(help: ArgumentHelp("'live', 'api', or a snapshot", valueName: "before"), completion: .file())
  var before: String

  @Argument(help: ArgumentHelp("The same, to compare it with", valueName: "after"), completion: .file())
  var after: String

  @Argument(
    help: ArgumentHelp("Only this Service (default: all of the namespace)", valueName: "[namespace/]service"),
    completion: NameCompletion.services)
  var service: String?

  @Option(
    name: .shortAndLong, help: "Namespace (default: the context's, or 'default')",
    completion: NameCompletion.namespaces)
  var namespace: String?

  @Flag(name: [.customShort("A"), .long], help: "All namespaces")
  var allNamespaces = false

  @Option(
    help: ArgumentHelp(
      "For 'live': another network namespace, an 'ip netns' name, a path or a process id", valueName: "name|path|pid"),
    completion: NameCompletion.networkNamespaces)
  var netns: String?

  @OptionGroup var walk: WalkOptions
  @OptionGroup(title: "The Kubernetes API") var cluster: ClusterOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    if cluster.snapshot != nil { throw ValidationError("--snapshot: name the snapshot as one of the two sides") }
    if before == after { throw ValidationError("\(before) is the same as itself: name two sides") }
    if allNamespaces, namespace != nil { throw ValidationError("-A and -n exclude each other") }
    if cluster.noApi, [before, after].contains("api") {
      throw ValidationError("'api' and --no-api exclude each other")
    }
    guard let service else { return }
    if allNamespaces { throw ValidationError("-A and a Service exclude each other") }
    let names = service.split(separator: "/", omittingEmptySubsequences: false)
    if names.count > 2 || names.contains("") {
      throw ValidationError("\(service) is no Service such as NAMESPACE/NAME")
    }
    if let namespace, names.count == 2, names[0] != namespace {
      throw ValidationError("\(service) and -n \(namespace) exclude each other")
    }
    try output.refuseNames()
  }

  func run() throws {
    var query = DiffQuery(ForwardingSource(before), ForwardingSource(after))
    query.namespace = namespace
    query.areAllNamespaces = allNamespaces
    query.service = service.map { text in
      let names = text.split(separator: "/").map(String.init)
      return names.count == 2
        ? NamespacedName(names[0], names[1]) : NamespacedName(namespace ?? Session.defaultNamespace, text)
    }
    query.timeLimit = walk.timeLimit ?? query.timeLimit
    let diff: ForwardingDiff
    do {
      if query.isLive { try Privileges.check() }
      diff = try cluster.session(netns: netns).asking { try $0.diff(query) }
    } catch {
      throw Failure(error)
    }
    let text = ForwardingDiffText(diff, terminal: output.terminal, isWide: output.output == .wide)
    try show(output.render(diff) { _ in text.text })
    if output.output.isText { write(text.remarks, to: STDERR_FILENO) }
    let status = cluster.status(diff.exitStatus, api: diff.before.api ?? diff.after.api)
    if status != 0 { throw ExitCode(status) }
  }
}

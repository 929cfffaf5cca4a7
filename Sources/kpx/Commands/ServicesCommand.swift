import ArgumentParser
import Glibc
import Inspect

/// `kpx services`
struct ServicesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "services",
    abstract: "What this node has programmed: every service's addresses, endpoints and verdict.",
    discussion: """
      The services of a namespace, or of all with -A: those that the API has and those that only this node's rules still \
      have. 'kpx trace' shows one of them in full.
      """
  )

  @Option(name: .shortAndLong, help: "The namespace; by default the context's, or default")
  var namespace: String?

  @Flag(name: [.customShort("A"), .long], help: "All namespaces")
  var allNamespaces = false

  @OptionGroup(title: "Where to look") var nodeOptions: NodeOptions
  @OptionGroup(title: "Limits") var walk: WalkOptions
  @OptionGroup(title: "The Kubernetes API") var cluster: ClusterOptions

  @Flag(help: "Leave out the line of headings")
  var noHeaders = false

  @OptionGroup(title: "Output") var output: OutputOptions

  func validate() throws {
    if allNamespaces, namespace != nil { throw ValidationError("-A and -n exclude each other") }
  }

  func run() throws {
    let list: ServiceList
    do {
      list = try answer()
    } catch {
      throw Failure(error)
    }
    switch output.output {
    case .text, .wide:
      let text = ServiceListText(
        list, terminal: output.terminal, isWide: output.output == .wide, hasHeadings: !noHeaders,
        hasNamespaces: allNamespaces)
      try show(text.table)
      write(text.remarks, to: STDERR_FILENO)
    case .json: try show(Document(list).json)
    case .yaml: try show(Document(list).yaml)
    }
    if list.exitStatus != 0 { throw ExitCode(list.exitStatus) }
  }

  private func answer() throws -> ServiceList {
    try Privileges.check()
    let (all, chosen) = (allNamespaces, namespace)
    let view = try ClusterView(cluster) { .all(namespace: all ? nil : chosen ?? $0.namespace ?? "default") }
    let shown = all ? nil : chosen ?? view.namespace ?? "default"
    var request = TraceRequest(target: .service(namespace: shown, name: "", port: nil))
    request.families = nodeOptions.families
    request.timeLimit = walk.timeLimit ?? 60
    request.cluster = view.snapshot
    let node = ThisNode(given: cluster.node, cluster: request.cluster)
    request.node = node.name
    request.release = cluster.release ?? .unknown
    request.kubeProxy = KubeProxyStatus.defaultAddress
    var list = try nodeOptions.run { [request] in
      var request = request
      request.otherSystems = try OtherSystem.present()
      return try ServiceTracer.list(request, namespace: shown, NodePacketFilter())
    }
    list.api = view.origin
    list.notes =
      view.notes.map { Note(.api, $0) } + list.notes + [node.note].compactMap(\.self).map { Note(.node, $0) }
    return list
  }
}

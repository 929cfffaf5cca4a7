import ArgumentParser
import Glibc
import Inspect

/// `kpx services`
struct ServicesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "services",
    abstract: "The services programmed on this node: addresses, endpoints and verdicts.",
    discussion: """
      Lists the services of a namespace, or of all with -A: those in the API and those that exist only in this node's \
      rules. 'kpx trace' shows one service in full.
      """
  )

  @Option(name: .shortAndLong, help: "The namespace (default: the context's, or 'default')")
  var namespace: String?

  @Flag(name: [.customShort("A"), .long], help: "All namespaces")
  var allNamespaces = false

  @OptionGroup(title: "Where to look") var nodeOptions: NodeOptions
  @OptionGroup(title: "Limits") var walk: WalkOptions
  @OptionGroup(title: "The Kubernetes API") var cluster: ClusterOptions

  @Flag(help: "Do not print the header line")
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
    var remarks = ""
    try show(
      output.render(list) { isWide in
        let text = ServiceListText(
          list, terminal: output.terminal, isWide: isWide, hasHeadings: !noHeaders, hasNamespaces: allNamespaces)
        remarks = text.remarks
        return text.table
      })
    write(remarks, to: STDERR_FILENO)
    let status = cluster.status(list.exitStatus, api: list.api)
    if status != 0 { throw ExitCode(status) }
  }

  private func answer() throws -> ServiceList {
    var query = ServicesQuery()
    query.areAllNamespaces = allNamespaces
    query.namespace = namespace
    query.families = nodeOptions.families
    query.timeLimit = walk.timeLimit ?? query.timeLimit
    try Privileges.check()
    return try cluster.session(netns: nodeOptions.netns).services(query)
  }
}

import ArgumentParser
import Glibc
import Inspect

/// `kpx chain`
struct ChainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chain",
    abstract: "Show rules, with the Service or pod of each jump.",
    discussion: """
      Shows chains as 'iptables-save -c' does, those of nftables tables as 'nft -a list chain' does. Reads legacy tables \
      and nf_tables directly, makes no table, loads no module and takes no lock.

      EXAMPLES:
        # The chain of a Service, and what its rules lead to
        sudo kpx chain KUBE-SVC-OIQIZJVJK6E34BR4 --tree
        # A table; all of them with -t all
        sudo kpx chain -t filter
      """
  )

  @Argument(
    help: ArgumentHelp("The chain, in each table that has it (default: all of a table)", valueName: "name"),
    completion: NameCompletion.chains)
  var name: String?

  @Option(
    name: [.customShort("t"), .long],
    help: ArgumentHelp(
      "The table: nat, 'ip kube-proxy', all (default: for one chain all, else nat and kube-proxy's own)",
      valueName: "table"),
    completion: .list(["all", "filter", "kube-proxy", "mangle", "nat", "raw", "security"]))
  var table: String?

  @Flag(help: "Show below each jump what it leads to; without a name, from the hooks on")
  var tree = false

  @OptionGroup var nodeOptions: NodeOptions
  @OptionGroup(title: "The Kubernetes API") var cluster: ClusterOptions

  @Flag(help: "Print rules alone, without the lines of tables and chains")
  var noHeaders = false

  @OptionGroup var output: OutputOptions

  func validate() throws { try output.refuseNames() }

  func run() throws {
    do {
      let query = try query
      let answer = try cluster.session(of: nodeOptions).asking { [output, noHeaders] session in
        try session.chains(query) { try Self.text($0, output, hasHeadings: !noHeaders) }
      }
      try show(answer.value)
      try cluster.end(answer.addresses)
    } catch let status as ExitCode {
      throw status
    } catch {
      throw Failure(error)
    }
  }

  private static func text(_ listing: ChainListing, _ output: OutputOptions, hasHeadings: Bool) throws -> String {
    guard output.output.isText else {
      var document = ChainDocument(node: listing.answeringNode)
      try listing.forEach { document.add($0) }
      return try output.render(document.list) { _ in "" }
    }
    var text = ChainText(terminal: output.terminal, hasHeadings: hasHeadings)
    try listing.forEach { text.add($0) }
    return text.text
  }

  private var query: ChainQuery {
    get throws {
      var query = ChainQuery()
      query.name = name
      query.table = try table.map { try TableSelection($0) }
      query.families = nodeOptions.families
      query.isTree = tree
      return query
    }
  }
}

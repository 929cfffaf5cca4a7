import ArgumentParser
import Glibc
import Inspect

/// `kpx ipset`
struct IPSetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ipset",
    abstract: "List ipsets, with the Service or pod of each member.",
    discussion: """
      Lists sets as 'ipset list' does, or tests one member as 'ipset test' does, for sets of any type and revision. Reads \
      the kernel directly and loads no module.

      EXAMPLES:
        # The members of a set
        sudo kpx ipset KUBE-CLUSTER-IP
        # Is an address in the set? Exit status 0 or 1
        sudo kpx ipset KUBE-CLUSTER-IP 10.96.0.1,tcp:443
      """
  )

  @Argument(help: ArgumentHelp("The set (default: all)", valueName: "name"), completion: NameCompletion.sets)
  var name: String?

  @Argument(
    help: ArgumentHelp(
      "A member to test, such as 10.96.0.1,tcp:443; prints yes (status 0) or no (status 1)",
      valueName: "member"))
  var member: String?

  @Flag(name: [.customShort("t"), .long], help: "Show only the headers, without members")
  var terse = false

  @OptionGroup var nodeOptions: NodeOptions
  @OptionGroup(title: "The Kubernetes API") var cluster: ClusterOptions

  @Flag(help: "Read the sets a second time through libipset and compare")
  var verify = false

  @OptionGroup var output: OutputOptions

  func validate() throws {
    if member != nil { try output.refuseNames() }
  }

  func run() throws {
    if let name, let member {
      try test(member, in: name)
      return
    }
    let addresses: NamedAddresses
    let verification: IPSetVerification?
    do {
      (addresses, verification) = try list()
    } catch {
      throw Failure(error)
    }
    if let verification { try report(verification) }
    try cluster.end(addresses)
  }

  /// What ipset(8) has before the name of a set.
  private static let ownWords = ["list", "save", "test"]

  private func test(_ member: String, in name: String) throws {
    let answer: IPSetTest
    do {
      answer = try cluster.session(of: nodeOptions).ipset(name, holds: member)
    } catch SessionError.noSuchSet(let set, _) where Self.ownWords.contains(set) {
      throw Failure("no ipset \(set); did you mean 'kpx ipset \(member)'?", .notFound)
    } catch {
      throw Failure(error)
    }
    try show(
      output.render(answer) { _ in
        "\(printable(member)) is \(answer.holds ? "in" : "not in") set \(printable(name))\n"
      })
    if !answer.holds { throw ExitCode(ExitStatus.wrong.rawValue) }
  }

  private func list() throws -> (addresses: NamedAddresses, verification: IPSetVerification?) {
    var query = IPSetQuery()
    query.name = name
    query.headersOnly = terse || output.output == .name
    query.verifies = verify
    let isElsewhere = nodeOptions.netns != nil || cluster.snapshot != nil
    return try cluster.session(of: nodeOptions).asking { [nodeOptions, output, query, isElsewhere] session in
      try session.ipsets(query) { try Self.list($0, nodeOptions, output, query, isElsewhere: isElsewhere) }
    }
  }

  private static func list(
    _ listing: IPSetListing, _ nodeOptions: NodeOptions, _ output: OutputOptions, _ query: IPSetQuery, isElsewhere: Bool
  ) throws {
    var writer = IPSetWriter(
      node: listing.addresses.node, names: listing.addresses.names, families: Set(nodeOptions.families),
      output: output)
    var names: [String] = []
    try listing.forEach {
      names.append($0.name)
      try writer.add($0)
    } entry: {
      try writer.add($0)
    }
    try writer.finish()
    if names.isEmpty { write("no ipset is in this network namespace\n", to: STDERR_FILENO) }
    LeftNames.leave(names, .sets, all: query.name == nil ? .all : .some, isElsewhere: isElsewhere)
  }

  private func report(_ verification: IPSetVerification) throws {
    var text =
      "verify: \(verification.entryCount) members of \(verification.setCount) sets read twice, "
      + "\(verification.differenceCount) differences\n"
    text += verification.differences.map { "  " + printable($0) + "\n" }.joined()
    if let problem = verification.problem { text += "verify: " + printable(problem) + "\n" }
    write(text, to: STDERR_FILENO)
    if verification.differenceCount > 0 || verification.problem != nil {
      throw ExitCode(ExitStatus.uncertain.rawValue)
    }
  }
}

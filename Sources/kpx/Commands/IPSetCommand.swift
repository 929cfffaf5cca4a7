import ArgumentParser
import Glibc
import Inspect

/// `kpx ipset`
struct IPSetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ipset",
    abstract: "The kernel's ipsets, with the service or pod behind each member.",
    discussion: """
      Lists sets as 'ipset list' does, or tests one member as 'ipset test' does, for sets of any type and revision. Reads \
      the kernel directly and loads no module.
      """
  )

  @Argument(help: ArgumentHelp("The set (default: all)", valueName: "name"))
  var name: String?

  @Argument(
    help: ArgumentHelp(
      "A member to test, such as 10.96.0.1,tcp:443; prints yes (status 0) or no (status 1)",
      valueName: "member"))
  var member: String?

  @Flag(name: [.customShort("t"), .long], help: "Show only the headers, without members")
  var terse = false

  @OptionGroup(title: "Where to look") var nodeOptions: NodeOptions
  @OptionGroup(title: "The Kubernetes API") var cluster: ClusterOptions

  @Flag(help: "Read the sets a second time through libipset and compare")
  var verify = false

  @OptionGroup(title: "Output") var output: OutputOptions

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

  private func test(_ member: String, in name: String) throws {
    let answer: IPSetTest
    do {
      try Privileges.check()
      answer = try cluster.session(netns: nodeOptions.netns).ipset(name, holds: member)
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
    query.headersOnly = terse
    query.verifies = verify
    try Privileges.check()
    return try cluster.session(netns: nodeOptions.netns).ipsets(query) { [nodeOptions, output] listing in
      var writer = IPSetWriter(
        node: listing.addresses.node, names: listing.addresses.names, families: Set(nodeOptions.families),
        output: output)
      try listing.forEach {
        try writer.add($0)
      } entry: {
        try writer.add($0)
      }
      try writer.finish()
    }
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

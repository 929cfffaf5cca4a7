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
    let verification: IPSetVerification?
    do {
      try Privileges.check()
      let snapshot = try ClusterView(cluster, question: { _ in .all(namespace: nil) }).snapshot
      let names = AddressNames(snapshot)
      let node = AnsweringNode.running(name: ThisNode(given: cluster.node, cluster: snapshot).name)
      verification = try nodeOptions.run { [self] in
        let reader = try IPSetReader()
        try list(reader, node, names)
        return verify ? try reader.verify(name.map { [$0] }) : nil
      }
    } catch {
      throw Failure(error)
    }
    if let verification { try report(verification) }
  }

  private func test(_ member: String, in name: String) throws {
    let holds: Bool
    do {
      try Privileges.check()
      holds = try nodeOptions.run {
        let reader = try IPSetReader()
        guard let holds = try reader.holds(member, in: name) else { throw try noSuchSet(reader) }
        return holds
      }
    } catch let error as IPSetReader.ElementError {
      throw Failure(error.description, .usage)
    } catch {
      throw Failure(error)
    }
    let node = AnsweringNode.running(name: ThisNode(given: cluster.node, cluster: nil).name)
    let answer = IPSetTest(node: node, name: name, member: member, holds: holds)
    try show(
      output.render(answer) { _ in "\(printable(member)) is \(holds ? "in" : "not in") set \(printable(name))\n" })
    if !holds { throw ExitCode(ExitStatus.wrong.rawValue) }
  }

  private func list(_ reader: IPSetReader, _ node: AnsweringNode, _ names: AddressNames) throws {
    var writer = IPSetWriter(
      node: node, names: names, families: Set(nodeOptions.families), output: output)
    let exists = try reader.list(name, headersOnly: terse) {
      try writer.add($0)
    } entry: {
      try writer.add($0)
    }
    guard exists else { throw try noSuchSet(reader) }
    try writer.finish()
  }

  private func noSuchSet(_ reader: IPSetReader) throws -> Failure {
    var names: [String] = []
    try reader.list(headersOnly: true) {
      names.append($0.name)
    } entry: { _ in
    }
    let name = name ?? ""
    let close = nearest(to: name, in: names)
    return Failure(
      "no ipset \(name)" + (close.isEmpty ? "" : "; did you mean \(close.joined(separator: ", "))?"), .notFound)
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

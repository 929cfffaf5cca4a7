import ArgumentParser
import Glibc
import Inspect

/// `kpx veth`
struct VethCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "veth",
    abstract: "Which interface of this node belongs to which pod, and the other way round.",
    discussion: """
      Finds a pod by name, interface, address, the beginning of a container or sandbox id, or process id, and shows both \
      ends of each of its interfaces. Without an argument: all pods of this node. Needs neither the API nor a container \
      runtime.
      """
  )

  @Argument(
    help: ArgumentHelp("POD, NAMESPACE/POD, an interface, an address, an id or a process id", valueName: "pod"))
  var target: String?

  @Option(name: .shortAndLong, help: "The pod's namespace, if the argument names none (default: all)")
  var namespace: String?

  @Option(
    help: ArgumentHelp(
      "The node's network namespace, if kpx runs in another one: a name, path or process id", valueName: "name|path|pid"
    ),
    completion: .directory)
  var netns: String?

  @OptionGroup(title: "Where pods are looked for") var pods: PodOptions

  @Flag(help: "Tables without their first line")
  var noHeaders = false

  @OptionGroup(title: "Output") var output: OutputOptions

  func run() throws {
    let session = pods.session(netns: netns)
    let answer: PodInterfaces
    do {
      answer = try find(session)
    } catch {
      throw Failure(error)
    }
    let list = PodInterfaceList(node: session.answeringNode, answer)
    var remarks = ""
    try show(
      output.render(list) { isWide in
        let text = PodText(
          answer, terminal: output.terminal, isWide: isWide, isList: target == nil, hasHeaders: !noHeaders)
        remarks = text.remarks
        return text.text
      })
    write(remarks, to: STDERR_FILENO)
    let status = exitStatus(answer)
    if status != 0 { throw ExitCode(status) }
  }

  private func find(_ session: Session) throws -> PodInterfaces {
    var query = PodQuery()
    query.target = try target.map { try PodTarget($0, namespace: namespace) }
    query.namespace = namespace
    query.sources = pods.sources
    query.withDetails = output.output != .text
    try Privileges.checkForPods()
    return try session.pods(query)
  }

  /// A list that may lack pods cannot tell, nor can a pod whose network a runtime did not tell; one pod whose network is
  /// broken, or an interface that leads to none, is wrong.
  private func exitStatus(_ answer: PodInterfaces) -> Int32 {
    guard target != nil else { return answer.isIncomplete ? ExitStatus.uncertain.rawValue : 0 }
    let wrong = answer.pods.filter { !$0.problems.isEmpty }
    if answer.isIncomplete, !wrong.isEmpty, wrong.allSatisfy({ $0.isUnknown }) { return ExitStatus.uncertain.rawValue }
    return !wrong.isEmpty || answer.pods.isEmpty ? ExitStatus.wrong.rawValue : 0
  }
}

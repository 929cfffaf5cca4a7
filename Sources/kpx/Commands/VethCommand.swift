import ArgumentParser
import Glibc
import Inspect

/// `kpx veth`
struct VethCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "veth",
    abstract: "Which interface of this node is which pod's, and back.",
    discussion: """
      Finds a pod by its name, by an interface of the node, by an address, by the beginning of a container's or \
      sandbox's id, or by a process id, and shows both ends of each of its interfaces. Without an argument, all pods of \
      this node. No API is needed, and no container runtime.
      """
  )

  @Argument(
    help: ArgumentHelp("POD, NAMESPACE/POD, an interface, an address, an id or a process id", valueName: "pod"))
  var target: String?

  @Option(name: .shortAndLong, help: "The namespace of a pod that is named without one; by default all")
  var namespace: String?

  @Option(
    help: ArgumentHelp(
      "The node's network namespace, if it is not this one: by name, path, or process id", valueName: "name|path|pid"),
    completion: .directory)
  var netns: String?

  @OptionGroup(title: "Where pods are looked for") var pods: PodOptions

  @Flag(help: "Tables without their first line")
  var noHeaders = false

  @OptionGroup(title: "Output") var output: OutputOptions

  func run() throws {
    let answer: PodInterfaces
    do {
      answer = try find()
    } catch {
      throw Failure(error)
    }
    let isWide = output.output == .wide
    let list = PodInterfaceList(node: AnsweringNode.running(name: ThisNode(given: nil, cluster: nil).name), answer)
    let text =
      switch output.output {
      case .text, .wide:
        PodText(answer, terminal: output.terminal, isWide: isWide, isList: target == nil, hasHeaders: !noHeaders).text
      case .json: try Document(list).json
      case .yaml: try Document(list).yaml
      }
    try show(text)
    let status = exitStatus(answer)
    if status != 0 { throw ExitCode(status) }
  }

  private func find() throws -> PodInterfaces {
    let namespace = namespace
    let target = try self.target.map { try PodTarget($0, namespace: namespace) }
    try Privileges.checkForPods()
    let finder = PodFinder(try pods.sources(), withDetails: output.output != .text)
    return try inNode(netns) {
      guard let target else {
        var answer = try finder.all()
        if let namespace { answer.pods.removeAll { $0.sandbox.name?.value.namespace != namespace } }
        return answer
      }
      return try finder.find(target)
    }
  }

  /// A list that may lack pods cannot tell; one pod that has no network, or an interface that leads to none, is wrong.
  private func exitStatus(_ answer: PodInterfaces) -> Int32 {
    guard target != nil else { return answer.isIncomplete ? ExitStatus.uncertain.rawValue : 0 }
    let isWrong = answer.pods.contains { $0.problem != nil } || answer.pods.isEmpty
    return isWrong ? ExitStatus.wrong.rawValue : 0
  }
}

/// Runs `body` in the node's network namespace: the one that is named, else this one.
func inNode<Value: Sendable>(_ netns: String?, _ body: @Sendable @escaping () throws -> Value) throws -> Value {
  guard let netns else { return try body() }
  return try NetworkNamespace(netns).run(body)
}

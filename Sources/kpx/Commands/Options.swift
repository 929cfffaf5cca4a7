import ArgumentParser
import Inspect

/// Where to look.
struct NodeOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Look at another network namespace: by the name 'ip netns' gives, a path, or a process id",
      valueName: "name|path|pid"),
    completion: .directory)
  var netns: String?

  @Flag(name: [.customShort("4"), .customLong("ipv4")], help: "IPv4 alone")
  var onlyIPv4 = false

  @Flag(name: [.customShort("6"), .customLong("ipv6")], help: "IPv6 alone")
  var onlyIPv6 = false

  var families: [IPFamily] {
    onlyIPv4 == onlyIPv6 ? IPFamily.allCases : onlyIPv4 ? [.v4] : [.v6]
  }

  /// Runs `body` where the user wants to look.
  func run<Value: Sendable>(_ body: @Sendable @escaping () throws -> Value) throws -> Value {
    try inNode(netns, body)
  }
}

/// Runs `body` in the node's network namespace: the one that is named, else this one.
func inNode<Value: Sendable>(_ netns: String?, _ body: @Sendable @escaping () throws -> Value) throws -> Value {
  guard let netns else { return try body() }
  return try NetworkNamespace(netns).run(body)
}

/// What walking packets may cost.
struct WalkOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How long rules may be walked, in seconds of the processor: 10 for a trace and 60 for a list unless given. What is not answered by then is uncertain",
      valueName: "seconds"))
  var timeLimit: Double?

  func validate() throws {
    guard timeLimit.map({ $0 > 0 && $0.isFinite }) ?? true else {
      throw ValidationError("--time-limit takes a number of seconds above 0")
    }
  }
}

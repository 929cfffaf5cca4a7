import ArgumentParser
import Inspect

/// Where to look.
struct NodeOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Look in another network namespace: an 'ip netns' name, a path or a process id",
      valueName: "name|path|pid"),
    completion: NameCompletion.networkNamespaces)
  var netns: String?

  @Flag(name: [.customShort("4"), .customLong("ipv4")], help: "Only IPv4")
  var onlyIPv4 = false

  @Flag(name: [.customShort("6"), .customLong("ipv6")], help: "Only IPv6")
  var onlyIPv6 = false

  init() {}

  /// For a command that asks for both families.
  init(netns: String?) { (self.netns, onlyIPv4, onlyIPv6) = (netns, false, false) }

  var families: [IPFamily] {
    onlyIPv4 == onlyIPv6 ? IPFamily.allCases : onlyIPv4 ? [.v4] : [.v6]
  }
}

/// What walking packets may cost.
struct WalkOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "CPU time limit for evaluating rules (default: 10 for a trace, 60 for a list)",
      valueName: "seconds"))
  var timeLimit: Double?

  func validate() throws {
    guard timeLimit.map({ $0 > 0 && $0.isFinite }) ?? true else {
      throw ValidationError("--time-limit takes a number of seconds above 0")
    }
  }
}

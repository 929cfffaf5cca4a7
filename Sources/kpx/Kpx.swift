import ArgumentParser
import CVersion
import Glibc

/// The command line.
@main
struct Kpx: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kpx",
    abstract: "Show how this Kubernetes node forwards a Service.",
    discussion: """
      Reads the rules in this node's kernel, follows a packet through them, and compares the result with the Kubernetes \
      API. Changes nothing.

      EXAMPLES:
        # Which pods a Service reaches from here, and what is wrong with it
        sudo kpx trace yaobank/summary
        # All Services that this node has rules for
        sudo kpx services -A
        # The interfaces of this node's pods
        sudo kpx veth
      """,
    version: "\(release) (\(commit ?? "unknown commit"))",
    subcommands: [
      TraceCommand.self, ServicesCommand.self, VethCommand.self, ExecCommand.self, ChainCommand.self, IPSetCommand.self,
      IPVSCommand.self, VersionCommand.self, CompletionCommand.self,
    ]
  )

  /// Runs the command line; errors end the process with the status that `ExitStatus` gives them.
  static func main() {
    occupyStandardDescriptors()
    let arguments = Array(CommandLine.arguments.dropFirst())
    do {
      // Swift's runtime has the arguments from /proc and takes them for none without it.
      guard CommandLine.argc > 0 else {
        throw Failure("/proc is not mounted: kpx cannot tell what this node does", .unavailable)
      }
      if arguments == ["help", "api"] {
        try show(HelpText(helpMessage(for: TraceCommand.self))?.apiText ?? "")
        return
      }
      var command = try parseAsRoot(WatchArguments.separated(ExecArguments.terminated(arguments)))
      try command.run()
    } catch {
      guard let failure = error as? Failure ?? Failure.ofUsage(error, arguments) else { end(error, arguments) }
      write("kpx: \(printable(failure.message))\n", to: STDERR_FILENO)
      Glibc.exit(failure.status.rawValue)
    }
  }

  /// Ends a program that has shown help or its version, or whose command has a status to end with.
  private static func end(_ error: any Error, _ arguments: [String]) -> Never {
    guard !arguments.contains("--help-hidden"), let help = HelpText(fullMessage(for: error)) else {
      exit(withError: error)
    }
    let code = write(help.text, to: STDOUT_FILENO)
    Glibc.exit(code == 0 || code == EPIPE ? EXIT_SUCCESS : ExitStatus.output.rawValue)
  }

  /// What this program calls itself.
  static let release = "0.1.0-dev"

  /// The commit that it was built from; nil where it was built from no repository.
  static var commit: String? {
    let commit = String(cString: kpx_commit())
    return commit.isEmpty ? nil : commit
  }

  /// Where standard input, output or errors are closed, the next file or socket would get their number, and an answer
  /// would be written into it. What takes their place here refuses to be used.
  private static func occupyStandardDescriptors() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
      _ = open("/dev/null", (descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY) | O_CLOEXEC)
    }
  }
}

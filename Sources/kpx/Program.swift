import ArgumentParser
import CSys
import Glibc

/// Where the program begins.
@main
enum Program {
  /// Runs the command line; errors end the process with the status that `ExitStatus` gives them.
  static func main() {
    occupyStandardDescriptors()
    // What the API said, tables and answers are there for a moment each, in one thread after the other.
    csys_give_freed_memory_back()
    let arguments = Array(CommandLine.arguments.dropFirst())
    do {
      // Swift's runtime has the arguments from /proc and takes them for none without it.
      guard CommandLine.argc > 0 else {
        throw Failure("/proc is not mounted: kpx cannot tell what this node does", .unavailable)
      }
      if arguments.count == 2, arguments[0] == "help", let topic = HelpText.Topic(rawValue: arguments[1]) {
        try show(HelpText(Kpx.helpMessage(for: TraceCommand.self))?.text(of: topic) ?? "")
        return
      }
      var command = try Kpx.parseAsRoot(WatchArguments.separated(ExecArguments.terminated(arguments)))
      try command.run()
    } catch {
      guard let failure = error as? Failure ?? Failure.ofUsage(error, arguments) else { end(error, arguments) }
      write("kpx: \(printable(failure.message))\n", to: STDERR_FILENO)
      Glibc.exit(failure.status.rawValue)
    }
  }

  /// Ends a program that has shown help or its version, or whose command has a status to end with.
  private static func end(_ error: any Error, _ arguments: [String]) -> Never {
    guard !arguments.contains("--help-hidden"), let help = HelpText(Kpx.fullMessage(for: error)) else {
      Kpx.exit(withError: error)
    }
    let code = write(help.text, to: STDOUT_FILENO)
    Glibc.exit(code == 0 || code == EPIPE ? EXIT_SUCCESS : ExitStatus.output.rawValue)
  }

  /// Where standard input, output or errors are closed, the next file or socket would get their number, and an answer
  /// would be written into it. What takes their place here refuses to be used.
  private static func occupyStandardDescriptors() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
      _ = open("/dev/null", (descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY) | O_CLOEXEC)
    }
  }
}

import ArgumentParser
import CVersion
import Glibc

/// The command line.
@main
struct Kpx: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kpx",
    abstract: "How this Kubernetes node forwards a Service.",
    discussion: """
      Reads the kernel's packet filter on this node, walks a packet through it, and compares with what the Kubernetes \
      API says. Changes nothing.
      """,
    version: version,
    subcommands: [
      TraceCommand.self, ServicesCommand.self, VethCommand.self, ExecCommand.self, IPSetCommand.self, IPVSCommand.self,
    ]
  )

  /// Runs the command line; errors end the process with the status that `ExitStatus` gives them.
  static func main() {
    occupyStandardDescriptors()
    do {
      // Swift's runtime has the arguments from /proc and takes them for none without it.
      guard CommandLine.argc > 0 else {
        throw Failure("/proc is not mounted: kpx cannot tell what this node does", .unavailable)
      }
      var command = try parseAsRoot()
      try command.run()
    } catch let failure as Failure {
      write("kpx: \(printable(failure.message))\n", to: STDERR_FILENO)
      Glibc.exit(failure.status.rawValue)
    } catch {
      exit(withError: error)
    }
  }

  private static var version: String {
    let commit = String(cString: kpx_commit())
    return "0.1.0-dev (\(commit.isEmpty ? "unknown commit" : commit))"
  }

  /// Where standard input, output or errors are closed, the next file or socket would get their number, and an answer
  /// would be written into it. What takes their place here refuses to be used.
  private static func occupyStandardDescriptors() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
      _ = open("/dev/null", (descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY) | O_CLOEXEC)
    }
  }
}

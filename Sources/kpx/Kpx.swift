import ArgumentParser
import CVersion

/// The command line.
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
      TraceCommand.self, ServicesCommand.self, ConnectionsCommand.self, CheckCommand.self, ExplainCommand.self,
      DiffCommand.self,
      VethCommand.self, ExecCommand.self,
      ChainCommand.self, IPSetCommand.self,
      IPVSCommand.self, SnapshotCommand.self, UnredactCommand.self, VersionCommand.self, CompletionCommand.self,
      AnswerCommand.self,
    ]
  )

  /// What this program calls itself.
  static let release = "0.1.0-dev"

  /// The commit that it was built from; nil where it was built from no repository.
  static var commit: String? {
    let commit = String(cString: kpx_commit())
    return commit.isEmpty ? nil : commit
  }
}

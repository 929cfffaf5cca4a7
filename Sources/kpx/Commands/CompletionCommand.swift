import ArgumentParser

extension CompletionShell: @retroactive ExpressibleByArgument {
  /// Reads a shell's name.
  public init?(argument: String) { self.init(rawValue: argument) }
}

/// `kpx completion`
struct CompletionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "completion",
    abstract: "Print a shell's completion script.",
    discussion: """
      The shell then completes commands, options and the names of Services, pods, nodes and the like. 'make install' puts \
      the scripts where shells find them.

      EXAMPLES:
        # For this shell, bash or zsh
        source <(kpx completion bash)
        # For this shell, fish
        kpx completion fish | source
      """
  )

  @Argument(help: "bash, zsh or fish", completion: .list(CompletionShell.allCases.map(\.rawValue)))
  var shell: CompletionShell

  func run() throws {
    do {
      try show(CompletionScript(for: shell).text)
    } catch let misfit as CompletionScript.Misfit {
      throw Failure("this build of kpx has no completion for \(shell.rawValue): \(misfit.old)", .unavailable)
    }
  }
}

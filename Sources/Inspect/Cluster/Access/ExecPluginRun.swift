import Subprocess
import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

extension ExecPlugin {
  /// More than a chain of certificates and a token ever need.
  private static let largestAnswer = 1 << 20

  /// Runs the plugin and reads its credential. Its standard error is ours; standard input is only handed over where it
  /// may ask and someone is there to answer.
  ///
  /// No secret goes to it: neither by its command line nor by its environment.
  func run(within limit: Duration?) throws(PluginError) -> ExecCredential {
    let isInteractive = interactive != .never && isatty(STDIN_FILENO) == 1
    if interactive == .always && !isInteractive { throw .needsTerminal(command: command) }
    let output: [UInt8]
    do {
      output = try waiting { try await self.output(isInteractive: isInteractive, limit: limit) }
    } catch let error as PluginError {
      throw error
    } catch {
      throw .notStarted(command: command, problem: "\(error)")
    }
    return try ExecCredential.parse(output, from: self)
  }

  private func output(isInteractive: Bool, limit: Duration?) async throws -> [UInt8] {
    try await withThrowingTaskGroup(of: [UInt8].self) { group in
      group.addTask { try await self.output(isInteractive: isInteractive) }
      if let limit {
        group.addTask {
          try await Task.sleep(for: limit)
          throw PluginError.timedOut(command: self.command)
        }
      }
      defer { group.cancelAll() }
      // Whichever ends first: cancelling the other kills the program.
      return try await group.next() ?? []
    }
  }

  private func output(isInteractive: Bool) async throws -> [UInt8] {
    var options = PlatformOptions()
    if let owner {
      options.userID = owner.user
      options.groupID = owner.group
      options.supplementaryGroups = []
    }
    let executable = command.contains("/") ? Executable.path(FilePath(command)) : .name(command)
    do {
      // Without a terminal nothing is to be read: .none is /dev/null.
      return isInteractive
        ? try await output(executable, options, isInteractive: true, input: .currentStandardInput)
        : try await output(executable, options, isInteractive: false, input: .none)
    } catch let error as SubprocessError {
      switch error.code {
      case .executableNotFound: throw PluginError.notFound(command: command, hint: installHint)
      case .outputLimitExceeded: throw PluginError.badAnswer(command: command, problem: "it printed far too much")
      default: throw PluginError.notStarted(command: command, problem: "\(error)")
      }
    }
  }

  private func output(
    _ executable: Executable, _ options: PlatformOptions, isInteractive: Bool, input: some InputProtocol
  ) async throws -> [UInt8] {
    let result = try await Subprocess.run(
      executable, arguments: Arguments(arguments), environment: variables(isInteractive: isInteractive),
      platformOptions: options, input: input, output: .bytes(limit: Self.largestAnswer), error: .currentStandardError)
    switch result.terminationStatus {
    case .exited(0): return result.standardOutput
    case .exited(let status): throw PluginError.failed(command: command, status: "failed with exit status \(status)")
    case .signaled(let signal): throw PluginError.failed(command: command, status: "was ended by signal \(signal)")
    }
  }

  private func variables(isInteractive: Bool) -> Environment {
    var variables: [Environment.Key: String?] = ["KUBERNETES_EXEC_INFO": info(isInteractive: isInteractive)]
    if let owner {
      variables["HOME"] = owner.home
      variables["USER"] = owner.name
      variables["LOGNAME"] = owner.name
    }
    for (name, value) in environment {
      if let key = Environment.Key(rawValue: name) { variables[key] = value }
    }
    return .inherit.updating(variables)
  }
}

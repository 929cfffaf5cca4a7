import CSys
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
    if !isInteractive {
      // A group of its own, so that its children end with it. One that may ask stays where the terminal lets it read.
      options.processGroupID = 0
      options.teardownSequence = [.send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .zero)]
    }
    let program = try program
    let executable = program.name.contains("/") ? Executable.path(FilePath(program.name)) : .name(program.name)
    do {
      // Without a terminal nothing is to be read: .none is /dev/null.
      return isInteractive
        ? try await output(
          executable, program.arguments, options, isInteractive: true, input: .currentStandardInput)
        : try await output(executable, program.arguments, options, isInteractive: false, input: .none)
    } catch let error as SubprocessError {
      switch error.code {
      case .executableNotFound: throw PluginError.notFound(command: command, hint: installHint)
      case .outputLimitExceeded: throw PluginError.badAnswer(command: command, problem: "it printed far too much")
      default: throw PluginError.notStarted(command: command, problem: "\(error)")
      }
    }
  }

  private func output(
    _ executable: Executable, _ arguments: [String], _ options: PlatformOptions, isInteractive: Bool,
    input: some InputProtocol
  ) async throws -> [UInt8] {
    defer { csys_end_with_process(0) }
    let result = try await Subprocess.run(
      executable, arguments: Arguments(arguments), environment: variables(isInteractive: isInteractive),
      platformOptions: options, input: input, output: .bytes(limit: Self.largestAnswer), error: .currentStandardError
    ) { execution in
      // A terminal's ^C, and who ends kpx, would not reach a group of its own.
      if options.processGroupID != nil { csys_end_with_process(execution.processIdentifier.value) }
    }
    switch result.terminationStatus {
    case .exited(0): return result.standardOutput
    // setpriv's word for it.
    case .exited(127) where owner != nil: throw PluginError.notFound(command: command, hint: installHint)
    case .exited(let status): throw PluginError.failed(command: command, status: "failed with exit status \(status)")
    case .signaled(let signal): throw PluginError.failed(command: command, status: "was ended by signal \(signal)")
    }
  }

  /// What is run: the plugin, or setpriv, which becomes its user and then the plugin.
  ///
  /// Not by Subprocess' own userID: it calls setgroups, which is glibc's to do for all threads, between clone and exec. A
  /// thread that was being started at that moment (by the clock that limits all this) is waited for without end there.
  private var program: (name: String, arguments: [String]) {
    get throws {
      guard let owner else { return (command, arguments) }
      guard let setpriv = PeerProgram("setpriv") else {
        throw PluginError.notStarted(
          command: command, problem: "setpriv, which runs it as \(owner.name), is not installed (Debian: util-linux)")
      }
      let groups = owner.groups.map(String.init).joined(separator: ",")
      let identity = [
        "--reuid=\(owner.user)", "--regid=\(owner.group)", groups.isEmpty ? "--clear-groups" : "--groups=\(groups)",
        "--inh-caps=-all", "--",
      ]
      return (setpriv.path, identity + [command] + arguments)
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

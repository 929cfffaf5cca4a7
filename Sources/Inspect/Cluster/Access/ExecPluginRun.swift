#if canImport(Glibc)
  import Glibc
#endif

extension ExecPlugin {
  /// Runs the plugin and reads its credential. Its standard error is ours; standard input is only handed over where it
  /// may ask and someone is there to answer.
  ///
  /// No secret goes to it: neither by its command line nor by its environment.
  func run(within limit: Duration?) throws(PluginError) -> ExecCredential {
    let isInteractive = interactive != .never && isatty(STDIN_FILENO) == 1
    if interactive == .always && !isInteractive { throw .needsTerminal(command: command) }
    let (program, arguments) = try program
    guard let path = program.contains("/") ? program : ChildProcess.find(program) else { throw notFound }
    let process = ChildProcess(
      path: path, arguments: arguments, environment: variables(isInteractive: isInteractive), errors: .shared,
      isInteractive: isInteractive,
      // More than a chain of certificates and a token ever need.
      largestOutput: 1 << 20, limit: limit)
    let result: ChildProcess.Result
    do throws(ChildProcess.Failure) {
      result = try process.run()
    } catch {
      throw problem(error)
    }
    switch result.end {
    case .exited(0): return try ExecCredential.parse(result.output, from: self)
    // setpriv's word for it.
    case .exited(127) where owner != nil: throw notFound
    case .exited(let status): throw .failed(command: command, status: "failed with exit status \(status)")
    case .signaled(let signal): throw .failed(command: command, status: "was ended by signal \(signal)")
    }
  }

  private var notFound: PluginError { .notFound(command: command, hint: installHint) }

  private func problem(_ failure: ChildProcess.Failure) -> PluginError {
    switch failure {
    case .notStarted(ENOENT): notFound
    case .notStarted(let code): .notStarted(command: command, problem: systemMessage(code))
    case .timedOut: .timedOut(command: command)
    case .tooMuchOutput: .badAnswer(command: command, problem: "it printed far too much")
    }
  }

  /// What is run: the plugin, or setpriv, which becomes its user and then the plugin.
  private var program: (name: String, arguments: [String]) {
    get throws(PluginError) {
      guard let owner else { return (command, arguments) }
      guard let setpriv = ChildProcess.find("setpriv", in: ["/usr/bin", "/bin"]) else {
        throw .notStarted(
          command: command, problem: "setpriv, which runs it as \(owner.name), is not installed (Debian: util-linux)")
      }
      let groups = owner.groups.map(String.init).joined(separator: ",")
      let identity = [
        "--reuid=\(owner.user)", "--regid=\(owner.group)", groups.isEmpty ? "--clear-groups" : "--groups=\(groups)",
        "--inh-caps=-all", "--",
      ]
      return (setpriv, identity + [command] + arguments)
    }
  }

  /// kpx's own environment and what is added to it.
  private func variables(isInteractive: Bool) -> [String] {
    var added = ["KUBERNETES_EXEC_INFO": info(isInteractive: isInteractive)]
    if let owner {
      added["HOME"] = owner.home
      added["USER"] = owner.name
      added["LOGNAME"] = owner.name
    }
    for (name, value) in environment where !name.isEmpty && !name.contains("=") { added[name] = value }
    return ChildProcess.inherited { added[$0] == nil } + added.map { "\($0.key)=\($0.value)" }
  }
}

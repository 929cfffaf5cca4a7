import FoundationEssentials

/// Takes questions to nodes by OpenSSH: with the user's own configuration, agent, known hosts and jump hosts, and never past a
/// host key that they do not know.
public struct SSHCarrier: Sendable {
  /// The user to log in as; nil: as ssh is configured.
  public var user: String?
  /// ssh's configuration; nil: the user's own.
  public var configuration: String?
  /// Where kpx is on the nodes; nil: on PATH, in /usr/local/bin or in /opt/bin.
  public var program: String?

  /// What is run in place of it; nil: kpx is there.
  public var pushed: PushedProgram?

  /// As ssh is configured.
  public init() {}

  /// How long a connection may take to be made.
  private static let connectLimit = Duration.seconds(5)
  /// Questions above it are compressed on their way.
  private static let largeQuestion = 1 << 18

  /// Asks one node.
  /// - Parameters:
  ///   - question: as `NodeQuestion.encoded` has it.
  ///   - node: its name in the API.
  ///   - host: what ssh is to call it.
  func ask(
    _ question: [[UInt8]], _ node: String, at host: String, within limit: Duration, _ room: AnswerRoom
  ) -> NodeOutcome {
    guard let ssh = ChildProcess.find("ssh", in: ["/usr/bin"]) else {
      return .unanswered(.connect, message: "ssh is not installed here")
    }
    guard !host.hasPrefix("-") else { return .unanswered(.connect, message: "its name is an option of ssh's") }
    let size = question.reduce(0) { $0 + $1.count }
    var process = ChildProcess(
      path: ssh, arguments: arguments(host, limit, size), environment: ChildProcess.inherited { _ in true },
      largestOutput: room.largest, limit: limit)
    (process.errors, process.isOneOfMany) = (.kept, true)
    process.input = pushed?.behind(question) ?? question
    do throws(ChildProcess.Failure) {
      let result = try process.run()
      guard room.takes(result.output.count) else {
        return .unanswered(.parse, message: "all answers together are too much: ask fewer nodes at a time")
      }
      return Self.outcome(result, of: node)
    } catch {
      switch error {
      case .notStarted(let code): return .unanswered(.connect, message: "ssh cannot be run: \(systemMessage(code))")
      case .timedOut: return .unanswered(.run, message: "no answer within \(limit.shortText)")
      case .tooMuchOutput: return .unanswered(.parse, message: "it sent more than any answer has")
      }
    }
  }

  private func arguments(_ host: String, _ limit: Duration, _ size: Int) -> [String] {
    let seconds = max(1, Int((min(limit, Self.connectLimit) / .seconds(1)).rounded(.down)))
    var words = configuration.map { ["-F", $0] } ?? []
    // Nobody is there to answer, and nothing is forwarded to a node that may not be trusted.
    words += [
      "-T", "-a", "-x", "-o", "BatchMode=yes", "-o", "ConnectTimeout=\(seconds)", "-o", "ClearAllForwardings=yes",
    ]
    if size > Self.largeQuestion { words.append("-C") }
    if let user { words += ["-l", user] }
    // Whatever the login shell there is, it has one word in single quotes to run.
    return words + ["--", host, "exec sh -c '\(pushed?.script(question: size) ?? script)'"]
  }

  /// Runs the kpx that is there.
  private var script: String {
    let find = program.map { "kpx=\($0)" } ?? "PATH=$PATH:/usr/local/bin:/opt/bin; kpx=$(command -v kpx) || exit 127"
    return "\(find); if test \"$(id -u)\" = 0; then exec \"$kpx\" answer; fi; exec sudo -n \"$kpx\" answer"
  }

  /// Whether a path may stand in the script.
  public static func isPlain(path: String) -> Bool {
    path.hasPrefix("/")
      && path.utf8.allSatisfy {
        ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7a || (0x2b...0x39).contains($0) || $0 == 0x5f
      }
  }

  // MARK: - What comes back

  private static func outcome(_ result: ChildProcess.Result, of node: String) -> NodeOutcome {
    let errors = lastLine(result.errors)
    switch result.end {
    case .exited(0): return NodeOutcome(sent: result.output, by: node)
    case .exited(255):
      let isRefused = ["Permission denied", "Host key verification failed", "HOST IDENTIFICATION"].contains {
        String(decoding: result.errors, as: UTF8.self).contains($0)
      }
      return .unanswered(isRefused ? .authenticate : .connect, message: reason(errors))
    case .exited(127), .exited(126): return .unanswered(.start, message: "kpx is not there, or cannot be run")
    case .exited(64): return .unanswered(.start, message: "kpx there is too old to be asked (\(errors))")
    case .exited(let status):
      return .unanswered(.start, message: errors.isEmpty ? "it ended with status \(status)" : reason(errors))
    case .signaled(let signal): return .unanswered(.connect, message: "ssh was ended by signal \(signal)")
    }
  }

  private static let mostCharacters = 300

  private static func lastLine(_ errors: [UInt8]) -> String {
    let lines = errors.split { $0 == 0x0a || $0 == 0x0d }
    return String(String(decoding: lines.last ?? [], as: UTF8.self).prefix(mostCharacters))
  }

  /// `Connection refused` of `ssh: connect to host node1 port 22: Connection refused`: the same for all nodes.
  private static func reason(_ line: String) -> String {
    line.ranges(of: ": ").last.map { String(line[$0.upperBound...]) } ?? line
  }
}

extension Duration {
  /// `10 s`
  fileprivate var shortText: String { "\(Int((self / .seconds(1)).rounded())) s" }
}

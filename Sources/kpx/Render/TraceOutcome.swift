import Inspect

/// What a trace comes to, in one line.
struct TraceOutcome {
  private enum Style { case good, doubtful, bad }

  private let word: String
  private let sentence: String
  private let style: Style

  init(_ trace: Trace) {
    switch ExitStatus(rawValue: trace.exitStatus) {
    case .uncertain?: (word, sentence, style) = ("CANNOT TELL", trace.doubt, .doubtful)
    case .wrong?:
      let worst = trace.problems.first
      word = trace.wordForProblem
      sentence = trace.problem
      style = worst?.severity == .warning && trace.frontends.contains { $0.verdict == .forward } ? .doubtful : .bad
    default: (word, sentence, style) = (trace.frontends.isEmpty ? "NOTHING TO FORWARD" : "OK", trace.wellBeing, .good)
    }
  }

  func text(_ terminal: Terminal) -> String {
    let shown =
      switch style {
      case .good: terminal.green(word)
      case .doubtful: terminal.yellow(word)
      case .bad: terminal.red(word)
      }
    return shown + (sentence.isEmpty ? "" : ": " + printable(sentence))
  }
}

extension Trace {
  /// The one packet's, where one was asked for.
  private var asked: [FrontendReport] { frontends.filter { $0.from != nil } }

  // MARK: - Status 0

  /// What is to be said of a service that this node has nothing to forward for; empty for others.
  var notesOnNothing: [Note] { frontends.isEmpty ? notes.filter { $0.subject.kind == .service } : [] }

  fileprivate var wellBeing: String {
    if frontends.isEmpty { return notesOnNothing.first?.text ?? "" }
    let places = reachable
    guard asked.isEmpty else { return "the packet arrives" + end(places) }
    let unready = Set(frontends.flatMap { $0.unused ?? [] }.map(\.place)).subtracting(places).count
    let others = unready == 0 ? "" : "; \(unready) more \(unready == 1 ? "is" : "are") not ready"
    let compared = isAsTheAPIImplies ? ", as the API implies" : ""
    return counted(places) + compared + others
  }

  /// Where new connections, or the one packet, are sent to.
  private var reachable: Set<SocketAddress> {
    let forwarding = (asked.isEmpty ? frontends : asked).filter { $0.verdict == .forward }
    return Set(forwarding.flatMap(\.endpoints).filter { $0.draining != true }.map(\.place))
  }

  private func counted(_ places: Set<SocketAddress>) -> String {
    "\(places.count) endpoint\(places.count == 1 ? "" : "s")"
  }

  /// ` at 10.244.16.10:80 (pod yaobank/customer-…)`
  private func end(_ places: Set<SocketAddress>) -> String {
    guard places.count == 1, let place = places.first else { return " at one of \(places.count) endpoints" }
    let pod = asked.flatMap(\.endpoints).first { $0.place == place }?.pod?.value
    return " at \(place)" + (pod.map { " (pod \($0))" } ?? "")
  }

  /// Whether all frontends were held against the API, and nothing differs: drift that may pass by itself is no error, and
  /// yet they differ.
  private var isAsTheAPIImplies: Bool {
    let areCompared = frontends.allSatisfy {
      $0.expected != nil && $0.uncompared == nil && $0.verdict != .uncertain
        && ($0.verdict != .unhandled || $0.expected?.verdict == .unhandled)
    }
    return areCompared && !findings.contains { $0.severity == .error || $0.id.isDrift }
  }

  // MARK: - Status 1

  fileprivate var problems: [Finding] { findings.filter { $0.severity != .info } }

  fileprivate var wordForProblem: String {
    let verdicts = Set((asked.isEmpty ? frontends : asked).map(\.verdict))
    guard verdicts.count == 1, let verdict = verdicts.first else { return "PROBLEM" }
    switch verdict {
    case .reject: return "REFUSED"
    case .drop: return "DROPPED"
    case .unhandled: return "NOT TRANSLATED"
    case .forward, .uncertain: return "PROBLEM"
    }
  }

  fileprivate var problem: String {
    if let lost = asked.first(where: { $0.verdict != .forward }), let reason = lost.reason {
      return (asked.count > 1 ? "\(lost.place.text): " : "") + reason.text
    }
    guard let worst = problems.first else { return "the packet does not always arrive" }
    let others = problems.count - 1
    return worst.message + (others == 0 ? "" : " (and \(others) more below)")
  }

  // MARK: - Status 2

  fileprivate var doubt: String {
    if verification?.contains(where: \.isDoubtful) == true { return "the two readings of the rules differ" }
    if let frontend = frontends.first(where: { $0.verdict == .uncertain }) { return frontend.reason?.text ?? "" }
    let obstacle = frontends.lazy.compactMap(\.uncompared).first ?? ""
    return "\(counted(reachable)) here; kernel and API cannot be compared: \(obstacle)"
  }
}

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
    default: (word, sentence, style) = (trace.forwardsNothing ? "NOTHING TO FORWARD" : "OK", trace.wellBeing, .good)
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
  private var asked: [FrontendReport] { frontends.filter { $0.from != nil && !$0.isLeftAlone } }

  /// Those that kube-proxy is to forward: the one packet's, where one was asked for.
  private var meant: [FrontendReport] { asked.isEmpty ? frontends.filter { !$0.isLeftAlone } : asked }

  /// Whether kube-proxy has nothing to do for it.
  fileprivate var forwardsNothing: Bool {
    frontends.allSatisfy { $0.expected?.verdict == .unhandled && $0.endpoints.isEmpty }
  }

  // MARK: - Status 0

  /// What is to be said of a service that this node has nothing to forward for; empty for others.
  var notesOnNothing: [Note] { frontends.isEmpty ? notes.filter { $0.subject.kind == .service } : [] }

  fileprivate var wellBeing: String {
    if forwardsNothing { return notesOnNothing.first?.text ?? frontends.first?.shownReason?.text ?? "" }
    let places = reachable
    guard asked.isEmpty else { return "the packet arrives" + end(places) }
    let compared = isAsTheAPIImplies ? ", as the API implies" : ""
    return counted(places) + terminating(places) + compared + others(than: places)
  }

  /// Where no other is left, those are used that are on their way out.
  private func terminating(_ places: Set<SocketAddress>) -> String {
    let used = frontends.flatMap(\.endpoints).filter { places.contains($0.place) }
    guard !used.isEmpty, used.allSatisfy({ $0.terminating == true }) else { return "" }
    return places.count == 1 ? ", terminating" : ", all terminating"
  }

  /// `; 2 more are not ready; 1 more gets no new connections`
  private func others(than places: Set<SocketAddress>) -> String {
    let draining = frontends.flatMap(\.endpoints).filter { $0.draining == true }
    let others = (frontends.flatMap { $0.unused ?? [] } + draining).filter { !places.contains($0.place) }
    let leaving = Set(others.filter { $0.terminating == true || $0.draining == true }.map(\.place))
    let unready = Set(others.map(\.place)).subtracting(leaving).count
    return (unready == 0 ? "" : "; \(unready) more \(unready == 1 ? "is" : "are") not ready")
      + (leaving.isEmpty ? "" : "; \(leaving.count) more \(leaving.count == 1 ? "gets" : "get") no new connections")
  }

  /// Where new connections, or the one packet, are sent to.
  private var reachable: Set<SocketAddress> {
    let forwarding = meant.filter { $0.verdict == .forward }
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
        && ($0.verdict != .unhandled || $0.isLeftAlone)
    }
    return areCompared && !findings.contains { $0.severity == .error || $0.id.isDrift }
  }

  // MARK: - Status 1

  fileprivate var problems: [Finding] { findings.filter { $0.severity != .info } }

  /// The verdict's, where all packets meet that, and it is what is wrong.
  fileprivate var wordForProblem: String {
    let isOfFrontends = !asked.isEmpty || problems.first?.subject.frontends != nil
    guard isOfFrontends, let verdict = meant.first?.verdict,
      meant.allSatisfy({ $0.verdict == verdict && $0.endpoints.isEmpty })
    else { return "PROBLEM" }
    switch verdict {
    case .reject: return "REFUSED"
    case .drop: return "DROPPED"
    case .unhandled: return "NOT TRANSLATED"
    case .forward, .uncertain: return "PROBLEM"
    }
  }

  fileprivate var problem: String {
    if let lost = asked.first(where: { $0.verdict != .forward }), let reason = lost.shownReason {
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

#if canImport(Glibc)
  import Glibc
#endif

/// A second look at what kube-proxy may be about to write.
///
/// kube-proxy follows the API at most once a second (its minSyncPeriod), and a rollout changes endpoints all the time: what
/// is seen once may be gone by itself.
extension Session {
  /// The answer; a second one, some time later, where the first has something that kube-proxy's next sync may mend.
  func looked<Answer: DriftAnswer>(_ look: () throws(SessionError) -> Answer) throws(SessionError) -> Answer {
    let begin = ContinuousClock.now
    let first = try look()
    guard cluster.isServer, first.hasDrift else { return first }
    let pause = pause(afterLookOf: begin.duration(to: .now))
    var second = first
    if let pause {
      observer.tell(.waitingForSync(pause))
      Self.sleep(pause)
      second = try look()
    }
    guard second.hasDrift else { return second }
    let (release, now) = (release, now())
    let (health, note) = try askNode { node in
      let port = KubeProxyPort(of: node, named: release)
      return (KubeProxyHealth(of: node, at: port, now: now), port.note)
    }
    let seen = first.allFindings
    second.changeFindings { finding in
      if finding.id.isDrift && (health.isBehind || !seen.contains { $0.isSameDrift(as: finding) }) {
        finding = finding.aboutToBeMended
      }
    }
    if second.hasDrift {
      if let finding = health.finding { second.findings.insert(finding, at: 0) }
      second.notes += health.notes
    }
    if let note = note.map({ Note(.node, $0) }), !second.notes.contains(note) { second.notes.append(note) }
    return second
  }

  /// The shortest pause after which a second look tells more than the first.
  private static let leastPause = Duration.milliseconds(300)

  /// How long to wait for kube-proxy, where a look takes so long; nil where there is no time for a second one.
  private func pause(afterLookOf time: Duration) -> Duration? {
    // What was saved stays as it was.
    guard case .server = cluster else { return nil }
    guard let timeForLooks else { return pauseForSync }
    let left = timeForLooks - time * 2
    return left < Self.leastPause && left < pauseForSync ? nil : min(pauseForSync, left)
  }

  /// The seconds since 1970 now.
  static func clock() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  static func sleep(_ time: Duration) {
    let (seconds, attoseconds) = time.components
    var time = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
    nanosleep(&time, nil)
  }
}

/// An answer in which kernel and API are compared.
protocol DriftAnswer {
  /// What was found of the node, and of the service where it is one.
  var findings: [Finding] { get set }
  var notes: [Note] { get set }
  /// All that was found.
  var allFindings: [Finding] { get }
  mutating func changeFindings(_ change: (inout Finding) -> Void)
}

extension DriftAnswer {
  var hasDrift: Bool { allFindings.contains { $0.id.isDrift && $0.severity != .info } }
}

extension Trace: DriftAnswer {
  var allFindings: [Finding] { findings }

  mutating func changeFindings(_ change: (inout Finding) -> Void) {
    for index in findings.indices { change(&findings[index]) }
    findings.sort { $0.severity > $1.severity }
  }
}

extension ServiceList: DriftAnswer {
  var allFindings: [Finding] { items.flatMap(\.findings) }

  mutating func changeFindings(_ change: (inout Finding) -> Void) {
    for item in items.indices {
      for index in items[item].findings.indices { change(&items[item].findings[index]) }
    }
  }
}

extension Finding {
  /// Whether both are about the same difference: of lists of endpoints one that both have is enough.
  func isSameDrift(as other: Finding) -> Bool {
    guard id == other.id, subject.service == other.subject.service else { return false }
    let endpoints = { (finding: Finding) in finding.evidence.filter { $0.endpoint != nil }.map(\.text) }
    let (own, others) = (Set(endpoints(self)), Set(endpoints(other)))
    return own.isEmpty && others.isEmpty ? message == other.message : !own.isDisjoint(with: others)
  }

  /// The same as no more than a remark.
  fileprivate var aboutToBeMended: Finding {
    var finding = self
    finding.severity = .info
    finding.confidence = .possible
    finding.advice = [Advice("it has been so for a moment only: kube-proxy may be about to follow the API")]
    return finding
  }
}

import CSys
import Glibc
import Inspect
import Synchronization

/// A line on a terminal that says what an answer waits for, where that takes long. It is written over in place, and gone before
/// anything else is written.
final class Progress: Sendable {
  /// What takes no longer is not worth a word.
  private static let patience = Duration.milliseconds(500)
  private static let pause = Duration.milliseconds(100)

  private struct State {
    var activity: Activity?
    /// When that began.
    var since = ContinuousClock.now
    var shown = ""
    var hasEnded = false
  }

  private let state = Mutex(State())
  private let start = ContinuousClock.now
  /// Columns that it may take.
  private let width: Int

  /// Runs `body`, whose observer has what it waits for shown on standard error; nowhere where that is no terminal.
  /// - Parameter also: who is told besides.
  static func during<Answer>(
    also: @escaping @Sendable (Activity) -> Void = { _ in }, _ body: (ActivityObserver) throws -> Answer
  ) rethrows -> Answer {
    guard let width = Terminal.size(of: STDERR_FILENO)?.width else { return try body(ActivityObserver(also)) }
    let progress = Progress(width: width)
    progress.begin()
    defer { progress.end() }
    return try body(
      ActivityObserver {
        also($0)
        progress.note($0)
      })
  }

  /// Two columns stay free, in which a terminal shows a control-C.
  private init(width: Int) { self.width = max(0, min(width, 200) - 3) }

  private func begin() {
    csys_restore_at_end(Self.erased(width + 2))
    var thread = pthread_t()
    let context = Unmanaged.passRetained(self)
    let failure = pthread_create(
      &thread, nil,
      { pointer in
        guard let pointer else { return nil }
        let progress = Unmanaged<Progress>.fromOpaque(pointer).takeRetainedValue()
        while progress.show() { Progress.sleep() }
        return nil
      }, context.toOpaque())
    // Then nothing is shown.
    if failure == 0 { pthread_detach(thread) } else { context.release() }
  }

  private func end() {
    state.withLock { state in
      state.hasEnded = true
      Self.write("", over: &state.shown)
    }
    csys_restore_at_end(nil)
  }

  private func note(_ activity: Activity) {
    state.withLock { state in
      // The count of something goes on.
      if state.activity?.isSame(as: activity) != true { state.since = .now }
      state.activity = activity
      guard activity == .answering else { return }
      Self.write("", over: &state.shown)
      // Who reads the answer there may be a pager, which has the terminal from now on.
      if isatty(STDOUT_FILENO) != 1 { state.hasEnded = true }
    }
  }

  /// Whether there may be more to show.
  private func show() -> Bool {
    state.withLock { state in
      guard !state.hasEnded else { return false }
      guard let activity = state.activity, activity != .answering, ContinuousClock.now - start >= Self.patience,
        Self.isInForeground
      else {
        return true
      }
      let text = printable(activity.text(after: ContinuousClock.now - state.since))
      Self.write(String(text.prefix(width)), over: &state.shown)
      return true
    }
  }

  /// What a shell has put in the background writes nothing into what is typed there.
  private static var isInForeground: Bool { tcgetpgrp(STDERR_FILENO) == getpgrp() }

  private static func write(_ text: String, over shown: inout String) {
    guard text != shown else { return }
    // Blanks and no escape: every terminal knows them.
    kpx.write(erased(shown.count) + text, to: STDERR_FILENO)
    shown = text
  }

  private static func erased(_ count: Int) -> String {
    count == 0 ? "" : "\r" + String(repeating: " ", count: count) + "\r"
  }

  private static func sleep() {
    var time = timespec(tv_sec: 0, tv_nsec: Int(pause / .nanoseconds(1)))
    nanosleep(&time, nil)
  }
}

extension Session {
  /// Asks, and shows on a terminal what is waited for.
  /// - Parameter also: who is told besides.
  func asking<Answer>(
    also: @escaping @Sendable (Activity) -> Void = { _ in }, _ body: (Session) throws -> Answer
  ) rethrows -> Answer {
    try Progress.during(also: also) { observer in
      var session = self
      session.observer = observer
      return try body(session)
    }
  }
}

extension Activity {
  /// Whether it is the same as another, further on.
  fileprivate func isSame(as other: Activity) -> Bool {
    switch (self, other) {
    case (.walkingServices, .walkingServices), (.askingNodes, .askingNodes): return true
    default: break
    }
    return self == other
  }

  /// For a person, in one line.
  /// - Parameter time: how long it has taken until now.
  func text(after time: Duration) -> String {
    let seconds = Int(time / .seconds(1))
    return switch self {
    case .waitingForAPI(let server, let limit):
      "waiting for the API at \(server) (\(seconds) s"
        + (limit.map { " of \(Int(($0 / .seconds(1)).rounded()))" } ?? "") + ")"
    case .readingDump(let path): "reading \(path) (\(seconds) s)"
    case .readingNode: "reading this node's rules (\(seconds) s)"
    case .readingTable(let name, let rules): "reading table \(name): \(grouped(rules)) rules"
    case .walkingServices(let done, let count): "walking services: \(grouped(done)) of \(grouped(count))"
    case .askingNodes(let done, let count):
      "asking nodes: \(grouped(done)) of \(grouped(count)) answered (\(seconds) s)"
    case .waitingForSync: "kernel and API disagree: looking again, as kube-proxy may be about to follow"
    case .answering: ""
    case .lookingForPods: "looking for pods: container runtimes and processes (\(seconds) s)"
    }
  }
}

/// `120,000`
func grouped(_ number: Int) -> String {
  var groups: [Substring] = []
  var digits = String(number)[...]
  while digits.count > 3 {
    groups.insert(digits.suffix(3), at: 0)
    digits = digits.dropLast(3)
  }
  return ([digits] + groups).joined(separator: ",")
}

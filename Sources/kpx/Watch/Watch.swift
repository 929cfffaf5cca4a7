import CSys
import Glibc
import Inspect
import Synchronization

/// An answer that is asked for again and again, until a signal ends it. Counters that go on are no change; how fast they go is
/// shown beside them.
struct Watch<Answer: CountingAnswer> {
  /// What is watched, for the first line.
  let title: String
  let pace: Pace
  let output: OutputOptions
  /// Asks for the answer; who is told what it waits for.
  let ask: (@escaping @Sendable (Activity) -> Void) throws -> Answer
  /// The text of an answer, with the rates of what it counts, for a terminal.
  let text: (Answer, CounterRates, Terminal) -> String

  /// What was seen last.
  private struct Seen {
    var lines: ShownLines
    var isFailure = false
    /// The last answer that there was, and when.
    var answer: (Answer, end: ContinuousClock.Instant)?
  }

  /// Looks until it is ended.
  /// - Throws: where the first look gives no answer, or what is seen cannot be written.
  func run() throws -> Never {
    var seen: Seen?
    while true {
      let start = ContinuousClock.now
      let screen = Screen(output)
      let (result, cost) = look()
      if seen == nil, case .failure(let failure) = result { throw failure }
      let (lines, now) = compare(result, with: seen, screen.textTerminal)
      let interval = pace.interval(after: cost)
      let every = "every \(Pace.text(interval.time))" + (interval.reason.map { " (\($0))" } ?? "")
      screen.keepClean()
      try screen.draw(lines, title: title, every: every, isFirst: seen == nil)
      seen = now
      Self.sleep(until: start + interval.time)
    }
  }

  private func look() -> (Result<Answer, Failure>, Pace.Look) {
    let start = ContinuousClock.now
    let recorder = LookRecorder()
    let result = Result { try ask(recorder.note) }.mapError { Failure($0) }
    return (result, recorder.look(lasting: ContinuousClock.now - start))
  }

  /// The lines to show, each with what became of it, and what is seen now.
  private func compare(
    _ result: Result<Answer, Failure>, with last: Seen?, _ terminal: Terminal
  ) -> ([MarkedLine], Seen) {
    var before = last?.lines
    let now: Seen
    switch result {
    case .failure(let failure):
      let lines = ShownLines(["error: \(printable(failure.message))"])
      now = Seen(lines: lines, isFailure: true, answer: last?.answer)
    case .success(let answer):
      let end = ContinuousClock.now
      var rates = CounterRates.none
      if let (old, oldEnd) = last?.answer {
        rates = CounterRates(from: old.counters, to: answer.counters, in: end - oldEnd)
        // What counters do to the text, they do to both.
        if last?.isFailure == false { before = lines(old.counting(as: answer), rates, terminal) }
      }
      now = Seen(lines: lines(answer, rates, terminal), answer: (answer, end))
    }
    let marked = before.map { MarkedLine.lines(of: now.lines, since: $0) }
    return (marked ?? now.lines.shown.map { MarkedLine(mark: .same, text: $0) }, now)
  }

  private func lines(_ answer: Answer, _ rates: CounterRates, _ terminal: Terminal) -> ShownLines {
    func lines(_ terminal: Terminal) -> [String] {
      let text = text(answer, rates, terminal)
      return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }
    return ShownLines(shown: lines(terminal), full: lines(terminal.unbroken(width: nil, hasColor: false)))
  }

  private static func sleep(until end: ContinuousClock.Instant) {
    while case let left = end - ContinuousClock.now, left > .zero {
      let (seconds, attoseconds) = left.components
      var time = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
      nanosleep(&time, nil)
    }
  }
}

/// Notes what a look does, on whichever thread it does it.
private final class LookRecorder: Sendable {
  private let look = Mutex(Pace.Look())

  var note: @Sendable (Activity) -> Void {
    { activity in self.look.withLock { $0.note(activity) } }
  }

  func look(lasting duration: Duration) -> Pace.Look {
    look.withLock { look in
      look.duration = duration
      return look
    }
  }
}

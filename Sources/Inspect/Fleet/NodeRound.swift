import Synchronization

/// Asks nodes, so many at a time, and no longer than until a point in time.
struct NodeRound {
  /// How many are asked at the same time.
  let width: Int
  /// Until when; nodes that were not asked by then have no answer.
  let deadline: ContinuousClock.Instant
  let observer: ActivityObserver

  private struct State: Sendable {
    var next = 0
    var done = 0
    var outcomes: [NodeOutcome]
  }

  /// The outcomes, in the order of the nodes.
  /// - Parameter ask: is told which of the nodes, and how long it may take.
  func ask(_ count: Int, _ ask: @escaping @Sendable (Int, Duration) -> NodeOutcome) -> [NodeOutcome] {
    let late = NodeOutcome.unanswered(.run, message: "there was no time left to ask (--deadline)")
    let board = Board(State(outcomes: Array(repeating: late, count: count)))
    let (deadline, observer) = (deadline, observer)
    observer.tell(.askingNodes(done: 0, of: count))
    let worker: @Sendable () throws -> Void = {
      while let index = board.take(count) {
        let left = ContinuousClock.now.duration(to: deadline)
        guard left > .zero else { return }
        let outcome = ask(index, left)
        observer.tell(.askingNodes(done: board.put(outcome, at: index), of: count))
      }
    }
    // Where no thread can be started there is still this one.
    let workers = OwnThread.runAll(Array(repeating: worker, count: min(width, count)))
    if workers.allSatisfy({ (try? $0.get()) == nil }) { try? worker() }
    return board.outcomes
  }

  /// What all threads write to.
  private final class Board: Sendable {
    private let state: Mutex<State>

    init(_ state: State) { self.state = Mutex(state) }

    func take(_ count: Int) -> Int? {
      state.withLock { state in
        guard state.next < count else { return nil }
        state.next += 1
        return state.next - 1
      }
    }

    /// How many are done.
    func put(_ outcome: NodeOutcome, at index: Int) -> Int {
      state.withLock { state in
        state.outcomes[index] = outcome
        state.done += 1
        return state.done
      }
    }

    var outcomes: [NodeOutcome] { state.withLock { $0.outcomes } }
  }
}

import FoundationEssentials

/// What became of the pods of a run, by the numbers of their nodes.
struct PodBoard {
  let nodes: [String]
  let run: PodRun
  /// nil before a node is settled.
  private var found: [NodeOutcome?]
  /// The last that was seen of pods that wait.
  private var waiting: [Int: NodeOutcome] = [:]
  /// Nodes whose answers are in their pods' logs.
  private(set) var inLogs: [Int] = []
  /// How many are settled.
  private(set) var settled = 0

  init(_ nodes: [String], _ run: PodRun) {
    (self.nodes, self.run) = (nodes, run)
    found = Array(repeating: nil, count: nodes.count)
  }

  var isSettled: Bool { settled == nodes.count }

  mutating func settle(_ number: Int, _ outcome: NodeOutcome) {
    if found[number] == nil { settled += 1 }
    found[number] = outcome
  }

  var outcomes: [String: NodeOutcome] {
    let silent = NodeOutcome.unanswered(.run, message: "its pod did not start in time")
    var outcomes: [String: NodeOutcome] = [:]
    for (number, node) in nodes.enumerated() { outcomes[node] = found[number] ?? waiting[number] ?? silent }
    return outcomes
  }

  /// A pod, as far as it tells what becomes of it.
  private struct Pod: Decodable {
    struct Metadata: Decodable { var name: String }
    struct Status: Decodable {
      var phase: String?
      var reason: String?
      var message: String?
      var containerStatuses: [Container]?
    }
    struct Container: Decodable { var state: State? }
    struct State: Decodable {
      var waiting: Reason?
      var terminated: End?
    }
    struct Reason: Decodable {
      var reason: String?
      var message: String?
    }
    struct End: Decodable {
      var exitCode: Int
      var reason: String?
      var message: String?
    }
    var metadata: Metadata
    var status: Status?
  }

  private struct Event: Decodable {
    var type: String
    var object: Pod
  }

  /// Takes one event of the watch.
  mutating func take(_ line: ArraySlice<UInt8>) {
    guard let event = try? JSONDecoder().decode(Event.self, from: Data(line)),
      let number = Int(event.object.metadata.name.dropFirst(run.name.count + 1)), nodes.indices.contains(number),
      found[number] == nil
    else { return }
    let status = event.object.status
    let state = status?.containerStatuses?.first?.state
    if let end = state?.terminated {
      settle(number, end)
    } else if status?.phase == "Failed" {
      let why = [status?.reason, status?.message].compactMap(\.self).joined(separator: ": ")
      settle(number, .unanswered(.start, message: "its pod failed: \(why.prefix(Self.mostCharacters))"))
    } else if event.type == "DELETED" {
      settle(number, .unanswered(.start, message: "its pod was deleted"))
    } else if let reason = state?.waiting?.reason, reason != "ContainerCreating", reason != "PodInitializing" {
      waiting[number] = .unanswered(.start, message: "its pod waits: \(reason.prefix(Self.mostCharacters))")
    }
  }

  private static let mostCharacters = 300

  private mutating func settle(_ number: Int, _ end: Pod.End) {
    let message = Array((end.message ?? "").utf8)
    guard end.exitCode == 0 else {
      let why = end.message ?? end.reason ?? "status \(end.exitCode)"
      return settle(number, .unanswered(.start, message: String(why.prefix(Self.mostCharacters))))
    }
    let outcome = NodeOutcome(sent: message, by: nodes[number])
    if case .answered(let answer) = outcome, answer.isCut == true { inLogs.append(number) }
    settle(number, outcome)
  }
}

/// The board, while a watch tells of pods. Only the thread that performs it touches it.
final class PodWatch {
  private(set) var board: PodBoard
  private let observer: ActivityObserver

  init(_ board: PodBoard, _ observer: ActivityObserver) { (self.board, self.observer) = (board, observer) }

  /// Whether there is more to wait for.
  func take(_ line: ArraySlice<UInt8>) -> Bool {
    board.take(line)
    observer.tell(.askingNodes(done: board.settled, of: board.nodes.count))
    return !board.isSettled
  }
}

import Synchronization

/// How much nodes may send, which may be anything: each of them, and all together.
final class AnswerRoom: Sendable {
  /// No honest answer of one node is larger.
  let largest: Int
  private let left: Mutex<Int>

  private static let mebibyte = 1 << 20

  /// - Parameter all: what all of them may send, in bytes.
  init(_ command: NodeQuestion.Command, all: Int = 256 << 20) {
    var all = all
    switch command {
    case .snapshot:
      largest = FleetQuestion.largestSnapshot / 3 * 4 + Self.mebibyte
      // They are written to files as they come.
      all = .max
    case .veth, .connections: largest = 4 * Self.mebibyte
    case .trace, .services, .check, .version: largest = Self.mebibyte
    }
    left = Mutex(all)
  }

  /// Whether there is room for an answer.
  func takes(_ bytes: Int) -> Bool {
    left.withLock { left in
      guard bytes <= left else { return false }
      left -= bytes
      return true
    }
  }
}

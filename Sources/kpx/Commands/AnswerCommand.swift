import ArgumentParser
import FoundationEssentials
import Glibc
import Inspect

/// `kpx answer`: what another kpx runs on this node with --nodes. It is not for people, and no help names it.
struct AnswerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "answer", abstract: "Answer the question on standard input, for another kpx.", shouldDisplay: false)

  /// No question is larger.
  private static let most = 1 << 30

  func run() throws {
    let session = Session()
    var answer = session.answer(Self.question(), sources: .ofThisNode(), program: Kpx.release)
    if answer.failure != nil, let missing = Self.missing { answer.failure = missing }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try show(String(decoding: try encoder.encode(answer), as: UTF8.self) + "\n")
  }

  /// What this process lacks explains more than what failed for want of it.
  private static var missing: String? {
    do {
      try Privileges.check()
      return nil
    } catch {
      return Failure(error).message
    }
  }

  /// All of standard input, or what of it is too much.
  private static func question() -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count <= most {
      let count = read(STDIN_FILENO, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      bytes += chunk[..<count]
    }
    return bytes
  }
}

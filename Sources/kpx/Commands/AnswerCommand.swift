import ArgumentParser
import Glibc
import Inspect

/// `kpx answer`: what another kpx runs on this node with --nodes. It is not for people, and no help names it.
struct AnswerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "answer", abstract: "Answer the question on standard input, for another kpx.", shouldDisplay: false)

  /// No question is larger: the objects of the largest clusters are some hundred megabytes.
  private static let most = 1 << 30

  func run() throws {
    let session = Session()
    var answer = session.answer(
      try readAll(STDIN_FILENO, most: Self.most), sources: .ofThisNode(), program: Kpx.release)
    if answer.failure != nil, let missing = Self.missing { answer.failure = missing }
    try show(String(decoding: try encodedJSON(answer), as: UTF8.self) + "\n")
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
}

import ArgumentParser
import Glibc
import Inspect

/// `kpx answer`: what another kpx runs on this node with --nodes. It is not for people, and no help names it.
struct AnswerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "answer", abstract: "Answer the question on standard input, for another kpx.", shouldDisplay: false)

  @Option(help: "The API's objects, where the question is in KPX_QUESTION")
  var objects: String?

  @Option(help: "Where the answer is written, too, as far as it fits")
  var terminationLog: String?

  /// No question is larger: the objects of the largest clusters are some hundred megabytes.
  private static let most = 1 << 30

  func run() throws {
    let session = Session()
    var answer = session.answer(try question(), sources: .ofThisNode(), program: Kpx.release)
    if answer.failure != nil, let missing = Self.missing { answer.failure = missing }
    let line = try Self.line(answer)
    try show(line)
    guard let terminationLog else { return }
    let isShort = line.utf8.count <= PodCarrier.longestMessage
    let file = open(terminationLog, O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { return }
    write(isShort ? line : try Self.line(answer.cut), to: file)
    close(file)
  }

  private static func line(_ answer: NodeAnswer) throws -> String {
    String(decoding: try encodedJSON(answer), as: UTF8.self) + "\n"
  }

  private func question() throws -> [UInt8] {
    guard let objects else { return try readAll(STDIN_FILENO, most: Self.most) }
    return try PodCarrier.question(getenv("KPX_QUESTION").map { String(cString: $0) } ?? "", objects: objects)
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

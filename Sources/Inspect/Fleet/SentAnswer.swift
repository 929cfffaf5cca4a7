import FoundationEssentials

extension NodeOutcome {
  private struct Form: Decodable {
    var apiVersion: String
    var kind: String
  }

  private static let mostCharacters = 300

  /// Reads what a node sent, which may be anything. An answer is a line; what a login shell has printed stands before it.
  init(sent bytes: [UInt8], by node: String) {
    let decoder = JSONDecoder()
    let line = Data(bytes.split(separator: UInt8(ascii: "\n")).last ?? [])
    guard let form = try? decoder.decode(Form.self, from: line), form.kind == "NodeAnswer" else {
      self = .unanswered(.parse, message: "what it sent is no answer")
      return
    }
    guard form.apiVersion == answerVersion, let answer = try? decoder.decode(NodeAnswer.self, from: line) else {
      self = .unanswered(.parse, message: "kpx there is of another release, and its answer is not understood here")
      return
    }
    if let name = answer.node.name, name != node {
      self = .unanswered(.parse, message: "it answers for another node")
    } else if answer.isOne {
      self = .answered(answer)
    } else {
      self = .unanswered(.run, message: String((answer.failure ?? "").prefix(Self.mostCharacters)))
    }
  }
}

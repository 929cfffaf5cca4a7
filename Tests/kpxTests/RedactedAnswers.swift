import TestSupport
import Testing

/// Asks a snapshot and the same one with pseudonyms, and holds what the one answers against the other's answer translated back.
struct RedactedAnswers {
  private let original: String
  private let redacted: String
  private let key: String

  /// Makes the redacted one. The key is always the same: which addresses stand for which does not change from run to run.
  init(of file: String) throws {
    (original, redacted) = (file, file + "-redacted")
    key = redacted + ".key"
    let fixed = file + "-fixed.key"
    let secret = String(repeating: "0123456789abcdef", count: 4)
    let json = #"{"kind":"RedactionKey","version":1,"key":"\#(secret)","names":{}}"#
    try #require(try runTool(["tee", fixed], input: Array(json.utf8)).status == 0)
    let made = try runTool(
      [Kpx.path, "snapshot", "--redact", "--snapshot", file, "--key", fixed, "-o", redacted])
    _ = try runTool(["rm", "-f", fixed])
    try #require(made.status == 0 && made.errorText.contains(key), "\(made)")
  }

  func remove() { _ = try? runTool(["rm", "-f", redacted, key]) }

  /// - Parameter known: what the original answers, where that was asked already.
  func compare(_ question: [String], with known: ToolResult? = nil) throws {
    var words = question
    for (index, word) in question.enumerated() where word.contains("/") || word.first?.isNumber == true {
      let name = try runTool([Kpx.path, "unredact", "--key", key, "--name", word])
      // Not every cluster has the services that are asked for.
      guard name.status == 0 else { return }
      words[index] = name.text.trimmingSuffix("\n")
    }
    let plain = try known ?? runTool([Kpx.path] + question + ["-o", "json", "--snapshot", original])
    let hidden = try runTool([Kpx.path] + words + ["-o", "json", "--snapshot", redacted])
    let translated = try runTool([Kpx.path, "unredact", "--key", key], input: Array(hidden.text.utf8))
    #expect(hidden.status == plain.status, "\(question): \(hidden.errorText)")
    let (expected, found) = (try lines(of: plain.text), try lines(of: translated.text))
    #expect(expected == found, "\(question): \(expected.symmetricDifference(found).sorted().prefix(4))")
  }

  /// What the two say for people: the original, and the other translated back.
  func texts(_ question: [String]) throws -> (plain: String, translated: String) {
    let hidden = try runTool([Kpx.path] + question + ["--snapshot", redacted])
    return (
      try runTool([Kpx.path] + question + ["--snapshot", original]).text,
      try runTool([Kpx.path, "unredact", "--key", key], input: hidden.output).text
    )
  }

  /// What an answer says, in any order: rows are ordered by names and addresses, and these by their pseudonyms.
  private func lines(of json: String) throws -> Set<String> {
    if json.isEmpty { return [] }
    var lines: Set<String> = []
    try JSONValue(json).collect("", into: &lines)
    return lines
  }
}

extension JSONValue {
  /// Digests are made of addresses, and stand for the pseudonyms; commands have the first of several addresses as their example.
  private static let own: Set = ["digest", "expected", "command"]

  private func isOwn(_ name: String) -> Bool {
    guard case .string = self else { return false }
    return Self.own.contains(name)
  }

  /// Each of a list's members as a whole, with its parts.
  fileprivate func collect(_ path: String, into lines: inout Set<String>) {
    switch self {
    case .object(let fields):
      for (name, value) in fields where !value.isOwn(name) { value.collect("\(path).\(name)", into: &lines) }
    case .array(let items): lines.formUnion(items.map { "\(path): \($0.canonical)" })
    default: lines.insert("\(path): \(canonical)")
    }
  }

  private var canonical: String {
    switch self {
    case .object(let fields):
      "{"
        + fields.filter { !$1.isOwn($0) }.map { "\($0): \($1.canonical)" }.sorted().joined(separator: ", ") + "}"
    case .array(let items): "[\(items.map(\.canonical).sorted().joined(separator: ", "))]"
    // A sentence lists addresses in their order.
    case .string(let text): text.split { " ,".contains($0) }.sorted().joined(separator: " ")
    case .integer(let number): "\(number)"
    case .number(let number): "\(number)"
    case .bool(let bool): "\(bool)"
    case .null: "null"
    }
  }
}

extension String {
  fileprivate func trimmingSuffix(_ suffix: String) -> String {
    hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
  }
}

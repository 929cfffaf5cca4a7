import ArgumentParser
import Glibc

/// How an answer is written.
enum OutputFormat: String, CaseIterable, ExpressibleByArgument {
  case text, wide, name, json, yaml

  /// Whether it is for people to read, and not a document.
  var isText: Bool { self == .text || self == .wide }
}

extension ColorMode: ExpressibleByArgument {}

/// How to write, for every command.
struct OutputOptions: ParsableArguments {
  @Option(name: .shortAndLong, help: "Output format")
  var output = OutputFormat.text

  @Option(help: "When to use colours")
  var color = ColorMode.auto

  init() {}

  /// For a command with formats of its own.
  init(_ output: OutputFormat, color: ColorMode) { (self.output, self.color) = (output, color) }

  var terminal: Terminal { Terminal(color: color, isWide: output == .wide) }

  /// For a command whose answer has no names.
  func refuseNames() throws {
    if output == .name { throw ValidationError(Self.noNames) }
  }

  private static let noNames = "-o name: this answer has no names"

  /// An answer in the form that is wanted.
  /// - Parameters:
  ///   - names: what it is about, in words that kpx takes as targets; nil where it has no names.
  ///   - text: makes the form for people, which is told whether it is the wide one.
  func render(
    _ answer: @autoclosure () -> some Encodable, names: @autoclosure () -> [String]? = nil,
    text: (_ isWide: Bool) throws -> String
  ) throws -> String {
    switch output {
    case .text: return try text(false)
    case .wide: return try text(true)
    case .json: return try Document(answer()).json
    case .yaml: return try Document(answer()).yaml
    case .name:
      guard let names = names() else { throw Failure(Self.noNames, .usage) }
      return names.unique.map { printable($0) + "\n" }.joined()
    }
  }
}

extension [String] {
  /// Each once, in the order in which they come first.
  fileprivate var unique: [String] {
    var known: Set<String> = []
    return filter { known.insert($0).inserted }
  }
}

/// Writes an answer to standard output.
/// - Throws: where it cannot be written whole: half an answer must not look like one. A reader that is gone wants no more.
/// - Returns: whether there is a reader.
@discardableResult
func show(_ answer: String) throws(Failure) -> Bool {
  let code = write(answer, to: STDOUT_FILENO)
  guard code == 0 || code == EPIPE else {
    throw Failure("the answer could not be written: \(String(cString: strerror(code)))", .output)
  }
  return code == 0
}

/// Writes all of a text to a descriptor in one go. The error's number, or 0.
@discardableResult
func write(_ text: String, to descriptor: Int32) -> Int32 {
  var text = text
  return text.withUTF8 { bytes in
    var rest = UnsafeRawBufferPointer(bytes)
    while !rest.isEmpty {
      let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return count < 0 ? errno : EIO }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
    return 0
  }
}

import ArgumentParser
import Glibc

/// How an answer is written.
enum OutputFormat: String, CaseIterable, ExpressibleByArgument {
  case text, wide, json, yaml

  /// Whether it is for people to read, and not a document.
  var isText: Bool { self == .text || self == .wide }
}

extension ColorMode: ExpressibleByArgument {}

/// How to write, for every command.
struct OutputOptions: ParsableArguments {
  @Option(name: .shortAndLong, help: "How to write the answer")
  var output = OutputFormat.text

  @Option(help: "When to colour; by default NO_COLOR, CLICOLOR_FORCE and the terminal decide")
  var color = ColorMode.auto

  var terminal: Terminal { Terminal(color: color) }

  /// An answer in the form that is wanted.
  /// - Parameter text: makes the form for people, which is told whether it is the wide one.
  func render(_ answer: @autoclosure () -> some Encodable, text: (_ isWide: Bool) throws -> String) throws -> String {
    switch output {
    case .text: try text(false)
    case .wide: try text(true)
    case .json: try Document(answer()).json
    case .yaml: try Document(answer()).yaml
    }
  }
}

/// Writes an answer to standard output.
/// - Throws: where it cannot be written whole: half an answer must not look like one. A reader that is gone wants no more.
func show(_ answer: String) throws(Failure) {
  let code = write(answer, to: STDOUT_FILENO)
  guard code == 0 || code == EPIPE else {
    throw Failure("the answer could not be written: \(String(cString: strerror(code)))", .output)
  }
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

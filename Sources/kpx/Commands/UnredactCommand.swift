import ArgumentParser
import Glibc
import Inspect

/// `kpx unredact`
struct UnredactCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "unredact",
    abstract: "Translate an answer from a redacted snapshot back.",
    discussion: """
      Puts names and addresses in the places of their pseudonyms, in any answer of kpx, text or JSON, by the key that \
      'kpx snapshot --redact' has written beside the snapshot.

      EXAMPLES:
        # An answer that somebody has sent
        kpx unredact --key node1-public.kpx.key answer.txt
        # What yaobank/summary is called in the snapshot, and a trace of it
        kpx unredact --key node1-public.kpx.key --name yaobank/summary
      """
  )

  @Argument(
    help: ArgumentHelp("The answer; - for standard input (default: -)", valueName: "file"), completion: .file())
  var file: String?

  @Option(help: ArgumentHelp("The key of the snapshot", valueName: "file"), completion: .file())
  var key: String

  @Option(
    help: ArgumentHelp(
      "Print what stands for a Service or pod, a node, a namespace or an address instead",
      valueName: "[namespace/]name|address"))
  var name: String?

  func validate() throws {
    if file != nil, name != nil { throw ValidationError("--name and a file exclude each other") }
  }

  func run() throws {
    do {
      if let name {
        try show(try pseudonym(of: name))
        return
      }
      let bytes = try Self.input(file ?? "-")
      let translated = try Unredaction(key: key, isJSON: Unredaction.isJSON(bytes)).translate(bytes)
      try show(String(decoding: translated, as: UTF8.self))
    } catch {
      throw Failure(error)
    }
  }

  private func pseudonym(of name: String) throws -> String {
    guard let image = try Unredaction(key: key, isJSON: false).pseudonym(of: name) else {
      throw Failure("\(printable(key)) has no name \(printable(name))", .notFound)
    }
    return image + "\n"
  }

  private static func input(_ path: String) throws -> [UInt8] {
    let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Failure("\(printable(path)): \(String(cString: strerror(errno)))", .notFound) }
    defer { if descriptor != STDIN_FILENO { close(descriptor) } }
    return try readAll(descriptor, most: 1 << 30)
  }
}

import TestSupport
import Testing

/// What `make lint` says of sources that are laid out for it.
@Suite("No folder of Inspect uses what stands above it")
struct ArrowsTests {
  private static let repository = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }

  private static let list = """
    Data flows one way.

        Sources/Inspect/
          Top/                  above
          Bottom/               below
            Deeper/             a part of it
        Sources/CSys/           C

    """

  /// The lines that the check prints of two folders' sources.
  private func check(top: String = "", bottom: String, list: String = list) throws -> [String] {
    let folder = try ScratchDirectory()
    try folder.write("CONTRIBUTING.md", list)
    try folder.write("Sources/Inspect/Top/Top.swift", top)
    try folder.write("Sources/Inspect/Bottom/Deeper/Bottom.swift", bottom)
    return try lines(folder.path)
  }

  private func lines(_ root: String) throws -> [String] {
    let result = try runTool(["/usr/bin/python3", "\(Self.repository)/Tests/Support/check-arrows.py", root])
    #expect(result.errorText == "")
    #expect((result.status == 0) == result.output.isEmpty)
    return result.text.split(separator: "\n").map(String.init)
  }

  @Test("The sources have no arrow up")
  func sources() throws {
    #expect(try lines(Self.repository) == [])
  }

  @Test(
    "A type, a nested type behind its own, a function and a constant of the folder above are named with their places",
    arguments: [
      ("struct Answer {}", "let one: [Answer] = []", "Answer"),
      ("enum Answer {}", "extension Answer {}", "Answer"),
      ("extension Int { struct Part {} }", "let one = Int.Part()", "Part"),
      ("func told() {}", "struct Own { let one = told() }", "told"),
      ("let limit = 3", "struct Own { let one = 2 * limit }", "limit"),
      ("struct Answer {}", #"let one = "of \(Answer.self), \("\(1)")""#, "Answer"),
    ])
  func arrow(top: String, bottom: String, name: String) throws {
    #expect(
      try check(top: top, bottom: "\n" + bottom) == [
        "Sources/Inspect/Bottom/Deeper/Bottom.swift:2 Bottom -> Top uses \(name) (declared in Sources/Inspect/Top/Top.swift)"
      ])
  }

  @Test(
    "Comments, strings, members, labels and what the folder declares itself are no arrows",
    arguments: [
      ("struct Answer {}", "// Answer /* */"),
      ("struct Answer {}", "/* /* */ Answer */ let one = \"Answer \\\" Answer\" // \""),
      ("struct Answer {}", "let one = #\"\\\" Answer\"#\nlet text = \"\"\"\n  Answer \"\n  \"\"\""),
      ("struct Answer {}", "private struct Answer {}\nprivate let one = Answer()"),
      ("struct Answer {}", "let one = Int.Answer.self"),
      ("extension Int { struct Value {} }", "func read<T: RawRepresentable>(_: T.Value) -> Value {}"),
      ("func told() {}", "let one = other.told()"),
      ("let limit = 3", "let one = call(limit: 3)"),
    ])
  func none(top: String, bottom: String) throws {
    #expect(try check(top: top, bottom: bottom) == [])
  }

  @Test("A folder above may use those below it")
  func down() throws {
    #expect(try check(top: "let one = Answer()", bottom: "struct Answer {}") == [])
  }

  @Test("The list and the folders are the same")
  func list() throws {
    let list = Self.list.replacing("Bottom/", with: "Middle/")
    #expect(
      try check(bottom: "", list: list) == [
        "CONTRIBUTING.md: Bottom is not in the list", "CONTRIBUTING.md: Middle is no folder of Sources/Inspect",
      ])
  }
}

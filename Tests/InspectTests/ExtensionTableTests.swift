import FoundationEssentials
import Testing

@testable import Inspect

/// docs/extensions.md says what becomes of each extension of iptables.
@Suite("The table of extensions")
struct ExtensionTableTests {
  private func list(_ names: some Sequence<String>) -> String {
    names.sorted().map { "`\($0)`" }.joined(separator: ", ")
  }

  @Test("It names what the code reads, takes for a condition and passes, and nothing else")
  func current() throws {
    let root = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
    let text = try String(contentsOfFile: "\(root)/docs/extensions.md", encoding: .utf8)
    let paragraphs = text.replacing("\n\n", with: "\u{0}").split(separator: "\u{0}").map {
      String($0).replacing("\n", with: " ")
    }
    for expected in [
      list(Set(XTables.matches.keys.map(\.name))), list(UnknownExtension.conditions),
      list(Set(XTables.targets.keys.map(\.name))), list(UnknownExtension.passing),
    ] {
      #expect(paragraphs.contains(expected), "\(expected)")
    }
  }

  @Test("No extension is in two of the lists")
  func disjoint() {
    #expect(UnknownExtension.conditions.isDisjoint(with: XTables.matches.keys.map(\.name)))
    #expect(UnknownExtension.passing.isDisjoint(with: XTables.targets.keys.map(\.name)))
  }
}

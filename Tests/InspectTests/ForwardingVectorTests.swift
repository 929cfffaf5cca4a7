import FoundationEssentials
import TestSupport
import Testing

@testable import Inspect

@Suite("The canonical form of forwarding: the test vectors of docs/forwarding.md")
struct ForwardingVectorTests {
  private struct Vector {
    var json: String
    var encoding: String
    var digest: String
  }

  private static let document =
    "\(#filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 })/docs/forwarding.md"

  /// Fenced blocks come in threes: json, text, digest.
  private static func vectors() throws -> [Vector] {
    let text = String(decoding: try #require(try readFile(document)), as: UTF8.self)
    var blocks: [(kind: String, lines: String)] = []
    var isOpen = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") {
        isOpen.toggle()
        if isOpen { blocks.append((String(line.dropFirst(3)), "")) }
      } else if isOpen {
        blocks[blocks.count - 1].lines += "\(line)\n"
      }
    }
    try #require(blocks.count % 3 == 0)
    return try stride(from: 0, to: blocks.count, by: 3).map { start in
      try #require(blocks[start...start + 2].map(\.kind) == ["json", "text", "sha256"])
      return Vector(
        json: blocks[start].lines, encoding: blocks[start + 1].lines,
        digest: String(blocks[start + 2].lines.dropLast()))
    }
  }

  @Test("Each has the encoding and the digest that stand there")
  func vectors() throws {
    let vectors = try Self.vectors()
    #expect(vectors.count >= 5)
    for vector in vectors {
      let form = try JSONDecoder().decode(Forwarding.self, from: Data(vector.json.utf8))
      #expect(String(decoding: Forwarding(form.frontends).encoded, as: UTF8.self) == vector.encoding)
      #expect(Forwarding(form.frontends).digest == vector.digest)
      #expect(Forwarding(form.frontends.reversed()).digest == vector.digest)
      let again = try JSONDecoder().decode(Forwarding.self, from: JSONEncoder().encode(form))
      #expect(again == form)
    }
    #expect(Set(vectors.map(\.digest)).count == vectors.count)
  }

  @Test("The digest is SHA-256: of nothing but the first line it is what sha256sum says")
  func empty() throws {
    #expect(String(decoding: Forwarding([]).encoded, as: UTF8.self) == "kpx forwarding 1\n")
    let told = try runTool(["sha256sum"], input: Array("kpx forwarding 1\n".utf8)).text.prefix(64)
    #expect(Forwarding([]).digest == told)
  }

  @Test(
    "Shares of endpoints that have the same chance are 1000 / n, halves rounded up",
    arguments: [(1, 1000), (2, 500), (3, 333), (6, 167), (7, 143), (16, 63), (48, 21), (300, 3), (2000, 1), (2001, 0)])
  func shares(count: Int, share: Int) {
    #expect(ForwardedEndpoint.evenShare(among: count) == share)
  }
}

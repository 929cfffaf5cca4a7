import TestSupport
import Testing

@testable import Inspect

@Suite("The key of a redaction stays with its owner")
struct RedactionKeyFileTests {
  @Test("Its file is its owner's alone, holds what it was given, and nothing is written over")
  func file() throws {
    let folder = String(try runTool(["mktemp", "-d", "/tmp/kpx-test-XXXXXX"]).text.dropLast())
    defer { _ = try? runTool(["rm", "-r", folder]) }
    let path = "\(folder)/a.key"
    let key = RedactionKey()
    let file = RedactionKeyFile(key: key.hexDigits, names: ["svc-a": "summary"])
    try file.write(path)
    #expect(try runTool(["stat", "-c", "%a", path]).text == "600\n")
    #expect(throws: SnapshotError.self) { try file.write(path) }
    let read = try RedactionKeyFile(path: path)
    #expect(RedactionKey(hexDigits: read.key) == key && read.names == ["svc-a": "summary"])
    try #require(try runTool(["ln", "-s", "/nonexistent/b", "\(folder)/b.key"]).status == 0)
    #expect(throws: SnapshotError.self) { try file.write("\(folder)/b.key") }
    #expect(throws: SnapshotError.self) { try RedactionKeyFile(path: "/etc/passwd") }
  }

  @Test("Its digests are HMAC-SHA256, as openssl computes it, of the purpose, a zero and the data")
  func digest() throws {
    let key = try #require(RedactionKey(hexDigits: String(repeating: "0b", count: 32)))
    let expected = try runTool(
      ["openssl", "dgst", "-sha256", "-mac", "HMAC", "-macopt", "hexkey:\(key.hexDigits)"],
      input: Array("purpose".utf8) + [0, 1, 2, 3])
    let digest = key.digest("purpose", [1, 2, 3]).map { $0.hexDigits(2) }.joined()
    #expect(expected.text.hasSuffix("\(digest)\n"), "\(expected)")
  }
}

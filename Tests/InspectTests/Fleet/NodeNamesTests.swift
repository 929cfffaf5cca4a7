import TestSupport
import Testing

@testable import Inspect

@Suite("Names of many nodes in one text")
struct NodeNamesTests {
  @Test(
    "Numbers at the end of a host's name are ranges, whatever domain is behind it",
    arguments: [
      (["worker2", "worker1", "worker3", "worker5"], "worker[1-3,5]"), (["node1"], "node1"), ([], ""),
      (["a", "b"], "a,b"), (["n01", "n02", "n3"], "n[3,01-02]"), (["n1.east", "n2.east", "n3"], "n[1-2].east,n3"),
      (["ip-10-0-0-1.internal", "ip-10-0-0-2.internal"], "ip-10-0-0-[1-2].internal"), (["x9", "x10"], "x[9-10]"),
      (["n12345678901234567890", "n12345678901234567891"], "n12345678901234567890,n12345678901234567891"),
    ])
  func folded(names: [String], text: String) throws {
    #expect(NodeNames.folded(names) == text)
    if !names.isEmpty { #expect(try NodeNames.expanded(text).sorted() == names.sorted()) }
  }

  @Test("What is folded is read back as the same names", arguments: 0..<40)
  func backAndForth(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let heads = ["worker", "cp-", "n", "gpu.pool-a-"]
    let names = Set(
      (0..<Int.random(in: 1...80, using: &random)).map { _ in
        let number = Int.random(in: 0...130, using: &random)
        let digits = random.happens(20) ? "00\(number)" : "\(number)"
        return random.one(of: heads) + (random.happens(90) ? digits : "") + (random.happens(20) ? ".example.org" : "")
      })
    #expect(try NodeNames.expanded(NodeNames.folded(Array(names))).sorted() == names.sorted())
  }

  @Test(
    "Several ranges in a name, and widths",
    arguments: [
      ("rack[1-2]-node[1,3]", ["rack1-node1", "rack1-node3", "rack2-node1", "rack2-node3"]),
      ("w[08-10]", ["w08", "w09", "w10"]),
    ])
  func ranges(text: String, names: [String]) throws {
    #expect(try NodeNames.expanded(text) == names)
  }

  @Test(
    "What is no list of names is an error, however large it would be",
    arguments: [
      "", "a,", "w[1-", "w1]", "w[2-1]", "w[a-b]", "w[]", "w[1-2-3]", "w[0-99999999]", "a[1-999]b[1-999]",
      "w[-1]", "w[1-9223372036854775807]",
    ])
  func wrong(text: String) {
    #expect(throws: TargetError.self) { try NodeNames.expanded(text) }
  }
}

@Suite("Label selectors are those of kubectl")
struct LabelSelectorTests {
  private static let labels = ["pool": "gpu", "zone": "a", "node-role.kubernetes.io/worker": ""]

  @Test(
    "What is meant",
    arguments: [
      ("pool=gpu", true), ("pool==gpu", true), ("pool=cpu", false), ("pool!=cpu", true), ("pool!=gpu", false),
      ("old!=x", true), ("pool", true), ("old", false), ("!old", true), ("!pool", false),
      ("node-role.kubernetes.io/worker", true), ("node-role.kubernetes.io/worker=", true),
      ("zone in (a,b)", true), ("zone in (b)", false), ("zone notin (b, c)", true), ("old notin (b)", true),
      ("pool=gpu,zone=a", true), ("pool=gpu,zone in (b,c),pool", false),
    ])
  func selects(text: String, isMeant: Bool) throws {
    #expect(try LabelSelector(text).selects(Self.labels) == isMeant)
  }

  @Test("What is none", arguments: ["", "a=b=c", "=x", "a,,b", "zone in a", "zone in ()", "zone on (a)", "a b"])
  func wrong(text: String) {
    #expect(throws: TargetError.self) { try LabelSelector(text) }
  }
}

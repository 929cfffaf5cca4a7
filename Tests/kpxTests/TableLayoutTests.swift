import Testing

@testable import kpx

@Suite("Tables on terminals of some width")
struct TableLayoutTests {
  private let name = "a-namespace-with-a-long-name/a-service-with-a-long-name"

  private func table() -> TextTable {
    var table = TextTable([.init("NAME", least: 16), .init("PORT", expendable: 1), .init("STATE")])
    table.add([name, "http", "ready"])
    table.add(["short/one", "http", "terminating"])
    return table
  }

  private func lines(_ width: Int?, ellipsis: String?) -> [String] {
    table().lines(indent: 0, width: width, ellipsis: ellipsis) { $2 }
  }

  @Test("A long name loses its middle, and no column goes for it")
  func cut() {
    let lines = lines(40, ellipsis: "...")
    #expect(lines[0].hasSuffix("PORT  STATE"))
    #expect(lines[1] == "a-namespa...long-name  http  ready")
    #expect(lines.allSatisfy { $0.count <= 40 })
  }

  @Test("Columns go where names are as short as they may become, and then names have their room")
  func dropped() {
    let lines = lines(33, ellipsis: "\u{2026}")
    #expect(lines[0].split(separator: " ") == ["NAME", "STATE"])
    #expect(lines[1] == "a-namespac\u{2026}long-name  ready")
  }

  @Test("Where texts stay whole, one that is too long makes no other row longer")
  func whole() {
    let lines = lines(40, ellipsis: nil)
    #expect(lines[1].hasPrefix(name + "  http  ready"))
    #expect(lines[2].count <= 40)
  }

  @Test("Without a width all is there")
  func unbounded() {
    let lines = lines(nil, ellipsis: "...")
    #expect(lines[1] == "\(name)  http  ready")
    #expect(lines[2].contains("http  terminating"))
  }

  @Test("Columns without any text are not shown")
  func empty() {
    var table = TextTable([.init("A"), .init("B"), .init("C")])
    table.add(["1", "", "3"])
    #expect(table.lines(indent: 2, width: nil) { $2 } == ["  A  C", "  1  3"])
  }
}

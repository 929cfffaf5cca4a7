import Testing

@testable import kpx

@Suite("What has changed in a text")
struct LineChangesTests {
  private func marked(_ before: [String], _ now: [String]) -> [String] {
    MarkedLine.lines(of: ShownLines(now), since: ShownLines(before)).map { $0.mark.rawValue + $0.text }
  }

  @Test("The same text has no marks, however its columns line up")
  func same() {
    #expect(marked(["a  10.0.0.1:80", "", "b"], ["a 10.0.0.1:80", "", "b"]) == [" a 10.0.0.1:80", " ", " b"])
  }

  @Test("A line on the same address has changed; on another one it is new, and the old one gone where it was")
  func lines() {
    let before = ["title", "50.0%  10.0.0.1:80  ready", "50.0%  10.0.0.2:80  ready", "end"]
    let now = ["title", "100.0%  10.0.0.1:80  ready", "0.0%  10.0.0.3:80  ready", "end"]
    let expected = [
      " title", "-50.0%  10.0.0.2:80  ready", "~100.0%  10.0.0.1:80  ready", "+0.0%  10.0.0.3:80  ready", " end",
    ]
    #expect(marked(before, now) == expected)
  }

  @Test("A column that a terminal has room for now is no change")
  func columns() {
    let before = ShownLines(shown: ["10.0.0.1:80"], full: ["10.0.0.1:80 chain"])
    let now = ShownLines(shown: ["10.0.0.1:80 chain"], full: ["10.0.0.1:80 chain"])
    #expect(MarkedLine.lines(of: now, since: before) == [MarkedLine(mark: .same, text: "10.0.0.1:80 chain")])
  }

  @Test("Where a terminal has other lines than a text without an end, what is shown counts")
  func unequal() {
    let before = ShownLines(shown: ["a", "b"], full: ["a b"])
    let now = ShownLines(shown: ["a", "c"], full: ["a c"])
    #expect(MarkedLine.lines(of: now, since: before).map { $0.mark.rawValue + $0.text } == [" a", "-b", "+c"])
  }

  @Test("A sentence is the same one if it begins so")
  func sentences() {
    #expect(marked(["in sync: a"], ["in sync: b"]) == ["~in sync: b"])
    #expect(marked(["in sync: a"], ["error: b"]) == ["-in sync: a", "+error: b"])
  }

  @Test("All may come, and all may go")
  func ends() {
    #expect(marked([], ["a", "b"]) == ["+a", "+b"])
    #expect(marked(["a", "b"], []) == ["-a", "-b"])
  }

  @Test("Elsewhere than on a terminal what has changed is shown, below the lines that it belongs to")
  func changes() {
    let lines = [
      MarkedLine(mark: .same, text: "one"), MarkedLine(mark: .same, text: "  x"), MarkedLine(mark: .same, text: ""),
      MarkedLine(mark: .same, text: "two"), MarkedLine(mark: .same, text: "  if:"),
      MarkedLine(mark: .new, text: "    y"), MarkedLine(mark: .gone, text: "    z"),
    ]
    #expect(Screen.changes(lines).map { $0.mark.rawValue + $0.text } == [" two", "   if:", "+    y", "-    z"])
  }
}

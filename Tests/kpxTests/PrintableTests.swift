import Testing

@testable import Inspect
@testable import kpx

@Suite("Text from elsewhere")
struct PrintableTests {
  @Test("What a terminal would obey looks other than a text that looks like its escape")
  func backslash() {
    #expect(printable("\u{1b}") == #"\x1b"#)
    #expect(printable(#"\x1b"#) == #"\\x1b"#)
    #expect(printable("\n") == #"\n"#)
    #expect(printable(#"\n"#) == #"\\n"#)
    #expect(printable("a\u{202e}/b c") == #"a\u{202e}/b c"#)
  }

  @Test("A rule as iptables-save prints it has its own escapes, which stay as they are")
  func rules() {
    var rule = Rule(matches: [.comment(#"don't \x1b"#)], actions: [.drop])
    let text = printable(rule.text(chain: "KUBE-FORWARD"), hasEscapes: true)
    #expect(text == #"-A KUBE-FORWARD -m comment --comment "don\'t \\x1b" -j DROP"#)
    rule.matches = [.comment("\u{1b}")]
    #expect(printable(rule.text(chain: "x"), hasEscapes: true) == #"-A x -m comment --comment "\x1b" -j DROP"#)
  }

  @Test("JSON escapes once")
  func json() {
    #expect(Document.string("\\\u{1b}").json == #""\\\u001b""# + "\n")
  }
}

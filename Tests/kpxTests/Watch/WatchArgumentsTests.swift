import TestSupport
import Testing

@testable import kpx

@Suite("--watch on the command line")
struct WatchArgumentsTests {
  @Test(
    "Seconds may stand with it, and the next word never does",
    arguments: [
      ("trace -w a/b", "trace -w a/b"), ("trace -w5 a/b", "trace --watch --interval 5 a/b"),
      ("trace a/b --watch=0.5", "trace a/b --watch --interval 0.5"), ("veth -w=5 7", "veth --watch --interval 5 7"),
      ("svc -w5 -A", "svc --watch --interval 5 -A"), ("pods -w5", "pods --watch --interval 5"),
      ("veth -- -w5", "veth -- -w5"), ("exec -- a -w5", "exec -- a -w5"), ("ipset -w5", "ipset -w5"),
    ])
  func words(typed: String, expected: String) {
    #expect(WatchArguments.separated(typed.split(separator: " ").map(String.init)).joined(separator: " ") == expected)
  }

  @Test(
    "What cannot be watched is refused with a word why",
    arguments: [
      (["trace", "a/b", "-w", "-o", "json"], "--watch is for people: -o json gives one answer at a time"),
      (["veth", "-w", "-o", "yaml"], "--watch is for people: -o yaml gives one answer at a time"),
      (["services", "--interval", "5"], "--interval needs --watch"),
      (["services", "-w0"], "--interval takes a number of seconds from 0.1 on"),
      (["trace", "a/b", "-w", "--graph"], "--watch and --graph exclude each other"),
    ])
  func refused(arguments: [String], sentence: String) throws {
    let result = try runTool([Kpx.path] + arguments)
    #expect(result.status == 64 && result.errorText.hasPrefix("kpx: \(sentence)"), "\(result.errorText)")
  }
}

import Inspect
import TestSupport
import Testing

@testable import kpx

@Suite("What a command says while one waits")
struct ProgressTests {
  /// A command that waits 2.2 s for the API.
  private func waiting(_ options: [String]) throws -> ProgramOnTerminal {
    let server = try APIServer("--delay", "2.2", isSecure: false)
    try ProcessNamespace.enter()
    return try ProgramOnTerminal.run(options, kpx: ["version", "--server", server.url])
  }

  @Test("On a terminal one line says that the API is waited for, and for how long, and goes before the answer")
  func api() throws {
    let run = try waiting(["--size", "100x20"])
    let waited = run.frames.compactMap(\.first).filter { $0.hasPrefix("waiting for the API at http://127.0.0.1:") }
    #expect(waited.contains { $0.hasSuffix(" (1 s of 5)") } && Set(waited).count > 1, "\(run.frames)")
    #expect(run.frames.allSatisfy { frame in frame.count < 2 || !frame[0].hasPrefix("waiting") })
    #expect(run.status == 0 && run.screen.first?.hasPrefix("kpx  ") == true)
    #expect(!run.screen.joined().contains("waiting"))
    #expect(run.screen.contains { $0.hasPrefix("API ") && $0.contains("v1.34.1+test") })
  }

  @Test("No escape is needed for it, and none is written where the terminal knows none")
  func dumb() throws {
    let run = try waiting(["--term", "dumb", "--size", "40x20"])
    #expect(run.raw.contains("waiting for the API at") && !run.raw.contains("\u{1b}"))
    // A line that is cut is no longer than the terminal, and goes whole.
    #expect(run.frames.contains { $0.count == 1 && $0[0].hasPrefix("waiting") && $0[0].count <= 40 })
    #expect(!run.screen.joined().contains("waiting"))
  }

  @Test("Where standard error is no terminal nothing is said")
  func pipe() throws {
    let run = try waiting(["--err"])
    #expect(run.err.isEmpty && run.status == 0)
    #expect(!run.raw.contains("waiting"))
  }

  @Test("Where the answer goes through a pipe the terminal has the line, and nothing of it in the end")
  func answerInPipe() throws {
    let run = try waiting(["--out"])
    #expect(run.out.hasPrefix("kpx  ") && !run.out.contains("waiting"))
    #expect(run.raw.contains("waiting for the API at") && run.screen.isEmpty)
  }

  @Test("Ctrl-C ends the command as a signal does, and takes the line with it")
  func interrupted() throws {
    let run = try waiting(["waiting for => ^C"])
    #expect(run.status == 130 && run.undone == 0)
    #expect(!run.screen.joined().contains("waiting"), "\(run.screen)")
  }

  @Test("What is quick is not worth a word")
  func quick() throws {
    let server = try APIServer(isSecure: false)
    try ProcessNamespace.enter()
    // On a machine that runs many tests it may not be quick at once.
    let isSilent = try (0..<5).contains { _ in
      try !ProgramOnTerminal.run(kpx: ["version", "--server", server.url]).raw.contains("waiting")
    }
    #expect(isSilent)
  }

  @Test(
    "Each thing that is waited for has its words",
    arguments: [
      (Activity.waitingForAPI(server: "https://a", limit: .seconds(5)), "waiting for the API at https://a (3 s of 5)"),
      (.waitingForAPI(server: "https://a", limit: nil), "waiting for the API at https://a (3 s)"),
      (.readingTable(name: "nat", rules: 120_000), "reading table nat: 120,000 rules"),
      (.walkingServices(done: 1234, of: 10_000), "walking services: 1,234 of 10,000"),
      (.readingDump(path: "/dev/stdin"), "reading /dev/stdin (3 s)"),
    ])
  func words(activity: Activity, text: String) {
    #expect(activity.text(after: .milliseconds(3900)) == text)
  }

  @Test("Digits are grouped by three", arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")])
  func groups(number: Int, text: String) { #expect(grouped(number) == text) }
}

import Testing

@testable import Inspect

@Suite("Programs that kpx runs")
struct ChildProcessTests {
  private func run(
    _ script: String, input: [[UInt8]] = [], most: Int = 1 << 26, change: (inout ChildProcess) -> Void = { _ in }
  ) throws -> ChildProcess.Result {
    var process = ChildProcess(
      path: "/bin/sh", arguments: ["-c", script], environment: ["PATH=/usr/bin:/bin"], largestOutput: most,
      limit: .seconds(60))
    process.input = input
    change(&process)
    return try process.run()
  }

  @Test("What it reads and what it writes may be more than any pipe holds, in parts")
  func large() throws {
    let parts = (0..<5).map { [UInt8](repeating: UInt8(ascii: "a") + UInt8($0), count: 1 << 20) } + [[]]
    let result = try run("cat", input: parts)
    #expect(result.end == .exited(0) && result.output == Array(parts.joined()))
  }

  @Test("A program that does not read what it gets ends as it likes")
  func deaf() throws {
    let result = try run("echo done; exit 3", input: [[UInt8](repeating: 0, count: 1 << 22)])
    #expect(result.end == .exited(3) && result.output == Array("done\n".utf8))
  }

  @Test("Without input it reads the end of a file")
  func none() throws {
    #expect(try run("cat; echo end").output == Array("end\n".utf8))
  }

  @Test("Its errors are kept, the last of them, where that is wanted")
  func errors() throws {
    let script = "yes 0123456789 | head -c 300000 >&2; echo last >&2; echo out"
    let kept = try run(script) { $0.errors = .kept }
    #expect(
      kept.output == Array("out\n".utf8) && kept.errors.count <= 1 << 13
        && kept.errors.suffix(5) == Array("last\n".utf8)[...])
    #expect(try run(script).errors.isEmpty)
  }

  @Test("What it leaves in the background may keep its errors open")
  func background() throws {
    let result = try run("sleep 30 >/dev/null & echo out; echo why >&2") { $0.errors = .kept }
    #expect(result.output == Array("out\n".utf8) && result.errors == Array("why\n".utf8))
  }

  @Test("One that prints without end or takes too long is ended")
  func limits() throws {
    #expect(throws: ChildProcess.Failure.self) { try run("yes", most: 1 << 20) }
    let clock = ContinuousClock()
    let time = clock.measure {
      #expect(throws: ChildProcess.Failure.self) { try run("sleep 50") { $0.limit = .milliseconds(200) } }
    }
    #expect(time < .seconds(20))
  }

  @Test("Many at a time share nothing: each ends by itself")
  func many() throws {
    let bodies = (0..<24).map { number -> @Sendable () throws -> [UInt8] in
      { try run("cat; sleep 0.1; echo \(number)", input: [[UInt8(ascii: "x")]]) { $0.isOneOfMany = true }.output }
    }
    let results = OwnThread.runAll(bodies)
    for (number, result) in results.enumerated() { #expect(try result.get() == Array("x\(number)\n".utf8)) }
  }
}

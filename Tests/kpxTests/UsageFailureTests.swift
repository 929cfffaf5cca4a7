import ArgumentParser
import Testing

@testable import kpx

@Suite("A command line that cannot be read")
struct UsageFailureTests {
  @Test(
    "It is said in the voice of all errors, with what may be meant or where to look",
    arguments: [
      ("trase x", "unknown command trase; did you mean trace?"), ("tr", "unknown command tr; did you mean trace?"),
      ("svcs", "unknown command svcs; did you mean svc?"), ("pds", "unknown command pds; did you mean pods, ipvs, po?"),
      ("zzz", "unknown command zzz; see 'kpx --help'"), ("--colour", "unknown option '--colour'; see 'kpx --help'"),
      ("trace x --netn y", "unknown option '--netn'; did you mean '--netns'?"),
      ("trace", "missing expected argument '<target>'; see 'kpx trace --help'"),
      ("trace a b", "one target at a time: did you mean a/b?"),
      ("trace --netns x a b --no-api", "one target at a time: did you mean a/b?"),
      ("trace a --netns x b", "unexpected argument 'b'; see 'kpx trace --help'"),
      (
        "trace a -o x",
        "the value 'x' is invalid for '-o <output>'; provide one of 'text', 'wide', 'name', 'json' or 'yaml'; see 'kpx trace --help'"
      ),
      ("services -A -n x", "-A and -n exclude each other; see 'kpx services --help'"),
      ("services -A x", "-A and a namespace exclude each other; see 'kpx services --help'"),
      ("services x -n y", "x and -n y exclude each other; see 'kpx services --help'"),
      ("svc x/y", "x/y is no namespace; did you mean 'kpx trace x/y'?"),
      ("exec web", "missing a program to run: kpx exec POD -- PROGRAM; see 'kpx exec --help'"),
    ])
  func sentence(typed: String, says: String) throws {
    let failure = try #require(usageFailure(typed))
    #expect(failure.message == says)
    #expect(failure.status == .usage)
  }

  @Test("Help and the version are no errors", arguments: ["--help", "trace --help", "help trace", "--version", ""])
  func help(typed: String) {
    #expect(usageFailure(typed)?.message == nil)
  }

  private func usageFailure(_ text: String) -> Failure? {
    let words = text.split(separator: " ").map(String.init)
    do {
      var command = try Kpx.parseAsRoot(words)
      try command.run()
    } catch {
      return Failure.ofUsage(error, words)
    }
    return nil
  }
}

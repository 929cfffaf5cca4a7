import TestSupport
import Testing

struct PackagingTests {
  @Test("The version goes to standard output, alone")
  func version() throws {
    let result = try Kpx.run("--version")
    #expect(result.status == 0)
    #expect(result.errors.isEmpty)
    #expect(result.text.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil)
  }

  @Test("A usage error goes to standard error, names what is wrong, and exits with 64")
  func usageError() throws {
    let result = try Kpx.run("--no-such-option")
    #expect(result.status == 64)
    #expect(result.output.isEmpty)
    #expect(result.errorText.contains("--no-such-option"))
  }
}

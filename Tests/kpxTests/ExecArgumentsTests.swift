import ArgumentParser
import Testing

@testable import kpx

@Suite("kpx exec without --")
struct ExecArgumentsTests {
  @Test(
    "From the program's name on all is the program's",
    arguments: [
      ("exec web ss -tn", "exec web -- ss -tn"), ("exec web -n shop ip -br a", "exec web -n shop -- ip -br a"),
      ("exec -it -n shop web grep -n a b -- c", "exec -it -n shop web -- grep -n a b -- c"),
      ("exec --netns 7 web sh", "exec --netns 7 web -- sh"), ("exec --netns=7 web sh", "exec --netns=7 web -- sh"),
    ])
  func program(typed: String, read: String) {
    #expect(ExecArguments.terminated(words(typed)) == words(read))
  }

  @Test(
    "What has a --, no program, or another command stays",
    arguments: ["exec web -- ss -tn", "exec -- web sh", "exec web", "exec", "veth web-1 web-2", "", "exec web -n"])
  func unchanged(typed: String) {
    #expect(ExecArguments.terminated(words(typed)) == words(typed))
  }

  @Test("The options that have a value are known")
  func options() {
    let lines = ExecCommand.helpMessage(includeHidden: true, columns: 200).split(separator: "\n")
    let found = lines.filter { $0.hasPrefix("  -") && $0.contains(" <") }.flatMap { line in
      line.prefix { $0 != "<" }.split { " ,".contains($0) }.map(String.init)
    }
    #expect(!found.isEmpty && Set(found) == ExecArguments.optionsWithValue)
  }

  @Test("kubectl's -i, -t and -c are taken")
  func kubectlsOptions() throws {
    let command = try ExecCommand.parse(words("-it web -c app -- sh -c true"))
    #expect(command.target == "web" && command.command == ["sh", "-c", "true"])
  }

  private func words(_ text: String) -> [String] { text.split(separator: " ").map(String.init) }
}

import ArgumentParser
import TestSupport
import Testing

@testable import kpx

@Suite("Help")
struct HelpTests {
  private static let commands = kpx.Kpx.configuration.subcommands.filter { $0.configuration.shouldDisplay }
    .map { $0._commandName }

  /// On a terminal of 80 columns, as it is without one.
  private func help(_ arguments: String...) throws -> String {
    let result = try runTool([TestSupport.Kpx.path] + arguments, environment: ["COLUMNS": "80"])
    #expect(result.status == 0, "\(result.errorText)")
    #expect(result.errors.isEmpty)
    return result.text
  }

  @Test("A command's help begins with usage and two to four examples, and fits two screens", arguments: commands)
  func command(_ name: String) throws {
    let text = try help(name, "--help")
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count <= 50, "\(name): \(lines.count) lines")
    #expect(lines.allSatisfy { $0.count <= 80 }, "\(name)")
    let headings = text.matches(of: /(?m)^([A-Z ]+):/).map { String($0.1) }
    #expect(headings.starts(with: ["OVERVIEW", "USAGE", "EXAMPLES"]), "\(name): \(headings)")
    let examples = lines.count { $0.contains(/^  (sudo |source <\()?kpx [a-z]/) }
    #expect((2...4).contains(examples), "\(name): \(examples) examples")
  }

  @Test("A command that asks the API names that help in its last line, and not the options", arguments: commands)
  func optionsForTheAPI(_ name: String) throws {
    let takesThem = try help(name, "--help-hidden").contains("--certificate-authority")
    let text = try help(name, "--help")
    #expect(!text.contains("--certificate-authority"))
    #expect(text.hasSuffix("see 'kpx help api'\n") == takesThem)
  }

  @Test("kpx help api shows the options for the API, and no others")
  func api() throws {
    let text = try help("help", "api")
    #expect(text.hasPrefix("THE KUBERNETES API:\n  --api-dump"))
    for option in ["--no-api", "--kubeconfig", "--certificate-authority", "--as-group", "--api-limit"] {
      #expect(text.contains(option))
    }
    #expect(!text.contains("--netns") && !text.contains("--output"))
  }

  @Test("kpx help nodes shows the options for many nodes, and no others; commands that have them name that help")
  func nodes() throws {
    let text = try help("help", "nodes")
    #expect(text.hasPrefix("MANY NODES:\n  --nodes"))
    for option in ["--selector", "--parallel", "--node-timeout", "--ssh-user", "--remote-kpx"] {
      #expect(text.contains(option))
    }
    #expect(!text.contains("--netns") && !text.contains("--kubeconfig"))
    let commands = try Self.commands.filter { try help($0, "--help").contains("see 'kpx help nodes'\n") }
    #expect(commands == ["trace", "services", "connections", "check", "veth", "snapshot", "version"])
  }

  @Test("kpx alone shows three examples and the commands, each in one line")
  func alone() throws {
    let text = try help()
    #expect(text.matches(of: #/\n  sudo kpx /#).count == 3)
    for command in Self.commands {
      #expect(text.contains(try Regex("\n  \(command)(, [a-z]+)* +[A-Z].*\\.\n")), "\(command)")
    }
    #expect(try help("--help") == text)
  }

  @Test("Help that cannot be written ends with 74")
  func fullDisk() throws {
    #expect(try runTool(["sh", "-c", "\(TestSupport.Kpx.path) trace --help >/dev/full"]).status == 74)
  }

  @Test("kpx help COMMAND is its --help")
  func helpCommand() throws { #expect(try help("help", "trace") == help("trace", "--help")) }
}

import ArgumentParser
import FoundationEssentials
import Inspect
import TestSupport
import Testing

@testable import kpx

private let repository = "\(#filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 })"

private func read(_ path: String) throws -> String {
  try String(contentsOfFile: "\(repository)/\(path)", encoding: .utf8)
}

/// A page of the manual, as it is committed.
private struct Page {
  let name: String
  let text: String

  init(_ name: String) throws {
    self.name = name
    text = try read("man/\(name)")
  }

  static func all() throws -> [Page] {
    try FileManager.default.contentsOfDirectory(atPath: "\(repository)/man").filter {
      $0.hasSuffix(".8") || $0.hasSuffix(".7")
    }
    .sorted().map(Page.init)
  }

  /// Whether it has a list's item for a word: `.It Sy SHARE`, `.It Cm forward`, `.It Fl n , Fl -namespace Ar namespace`.
  func describes(_ word: String) -> Bool {
    text.split(separator: "\n").contains { line in
      line.hasPrefix(".It ")
        && line.dropFirst(4).split(separator: ",").contains { part in
          let words = part.split(separator: " ").drop { ["Sy", "Cm", "Fl", "Ev", "Ar"].contains($0) }
          return words.joined(separator: " ") == word || words.first.map(String.init) == word
        }
    }
  }
}

/// The Swift sources of a folder.
private func sources(_ folder: String) throws -> [String] {
  try runTool(["find", "\(repository)/\(folder)", "-name", "*.swift"]).text.split(separator: "\n").map {
    try String(contentsOfFile: String($0), encoding: .utf8)
  }
}

@Suite("The manual")
struct ManualTests {
  private static let commands: [String] = kpx.Kpx.configuration.subcommands.filter { $0.configuration.shouldDisplay }
    .map { $0._commandName }

  @Test("Each command has a page, with its output, exit status and examples", arguments: commands)
  func page(of command: String) throws {
    let page = try Page("kpx-\(command).8")
    for section in ["SYNOPSIS", "DESCRIPTION", "OPTIONS", "OUTPUT", "EXIT STATUS", "EXAMPLES", "SEE ALSO"] {
      #expect(page.text.contains(".Sh \(section)\n"), "\(command): \(section)")
    }
    #expect(try Page("kpx.8").text.contains(".It Xr kpx-\(command) 8\n"))
  }

  @Test("Every option that --help-hidden lists is described in its command's page or in kpx(8)")
  func options() throws {
    let whole = try Page("kpx.8")
    for command in Self.commands {
      let page = try Page("kpx-\(command).8")
      let hidden = try TestSupport.Kpx.run(command, "--help-hidden").text
      let shown = try TestSupport.Kpx.run(command, "--help").text
      #expect(hidden.contains("--help"))
      for match in hidden.matches(of: /(?m)^  (?:-\w, )*--([a-z0-9-]+)/) {
        let option = String(match.1)
        if ["help", "version"].contains(option) { continue }
        let isAPIs = !shown.contains("--\(option) ") && whole.describes("-\(option)")
        #expect(
          isAPIs || page.describes("-\(option)") || Self.unmentioned(command).contains(option), "\(command) --\(option)"
        )
      }
    }
  }

  /// What a command takes for who types it by habit, and does not use.
  private static func unmentioned(_ command: String) -> [String] {
    // Of a snapshot no snapshot is made.
    command == "exec" ? ["stdin", "tty", "container"] : command == "snapshot" ? ["snapshot"] : []
  }

  @Test("Every column of a table is described")
  func columns() throws {
    let titles = Set(
      try sources("Sources/kpx/Render").flatMap { text in
        text.matches(of: /\.init\(\s*"([A-Z][A-Z -]+)"/).map { String($0.1) }
      })
    #expect(titles.count > 30)
    let pages = try Page.all()
    for title in titles.sorted() {
      #expect(pages.contains { $0.describes(title) }, "no page describes the column \(title)")
    }
  }

  @Test("Every verdict and severity is described")
  func words() throws {
    let verdicts: [Verdict] = [.forward, .reject, .drop, .unhandled, .uncertain]
    let trace = try Page("kpx-trace.8")
    for verdict in verdicts { #expect(trace.describes(verdict.rawValue), "\(verdict)") }
    let findings = try Page("kpx-findings.7")
    for severity in Finding.Severity.allCases { #expect(findings.describes(severity.rawValue), "\(severity)") }
  }

  @Test("Every finding of the catalogue has a meaning and an advice, in sentences")
  func findings() throws {
    let page = try Page("kpx-findings.7")
    for id in FindingID.allCases {
      let entry = id.entry
      #expect(!entry.severities.isEmpty, "\(id)")
      #expect(entry.meaning.count > 40 && entry.meaning.hasSuffix("."), "\(id)")
      #expect(entry.advice.count > 40 && entry.advice.hasSuffix("."), "\(id)")
      #expect(page.text.contains(".It Sy \(id) Pq "), "\(id)")
    }
  }

  @Test("Every variable of the environment that kpx reads is described")
  func environment() throws {
    let readers = /(?:getenv|environment|variable|value)\(\s*"([A-Z][A-Z0-9_]+)"/
    let names = Set(
      try (sources("Sources/kpx") + sources("Sources/Inspect")).flatMap { $0.matches(of: readers).map { String($0.1) } }
    )
    #expect(names.count > 15, "\(names)")
    let page = try Page("kpx.8")
    for name in names.sorted() { #expect(page.describes(name), "kpx.8 does not describe \(name)") }
  }

  @Test("Every exit status is described, and each in a command's page is one of them")
  func exitStatus() throws {
    let statuses = (0...255).compactMap { ExitStatus(rawValue: $0) }.map { "\($0.rawValue)" } + ["0"]
    #expect(statuses.count > 7)
    let whole = try Page("kpx.8")
    for status in statuses { #expect(whole.describes(status), "kpx.8 does not describe \(status)") }
    for page in try Page.all() {
      for match in page.text.matches(of: /(?m)^\.It (\d+)$/) {
        #expect(statuses.contains(String(match.1)), "\(page.name)")
      }
    }
  }

  @Test("Every field of JSON is described")
  func fields() throws {
    let text = try Page("kpx-json.7").text
    let undescribed = text.matches(of: #/\.It Va (\S+) .*\n(?=\.(?:It|El))/#).map { String($0.1) }
    #expect(undescribed.isEmpty)
    #expect(text.matches(of: #/(?m)^\.It Va /#).count > 300)
  }
}

import Inspect

/// A check's answer as JUnit's XML: a test case for each check, with its findings as its failure.
struct CheckJUnit {
  private let report: CheckReport

  init(_ report: CheckReport) { self.report = report }

  var text: String {
    func count(_ results: CheckReport.Check.Result...) -> Int {
      report.checks.filter { results.contains($0.result) }.count
    }
    let failures = report.checks.filter { !failing($0).isEmpty }.count
    var lines = [#"<?xml version="1.0" encoding="UTF-8"?>"#]
    lines.append(
      "<testsuite name=\"kpx check\" hostname=\"\(xml(report.node.name ?? ""))\" tests=\"\(report.checks.count)\" "
        + "failures=\"\(failures)\" errors=\"0\" skipped=\"\(count(.skipped, .uncertain))\">")
    for check in report.checks { lines += testCase(check) }
    lines.append("</testsuite>")
    return lines.map { $0 + "\n" }.joined()
  }

  /// Information is no failure.
  private func failing(_ check: CheckReport.Check) -> [Finding] {
    report.findings.filter { $0.id == check.id && $0.severity != .info }
  }

  private func testCase(_ check: CheckReport.Check) -> [String] {
    let head = "  <testcase classname=\"kpx\" name=\"\(check.id)\""
    let bad = failing(check)
    if let worst = bad.first {
      let text = bad.map { finding in
        ([(finding.subject.service.map { "\($0): " } ?? "") + finding.message] + finding.evidence.map { "  " + $0.text })
          .joined(separator: "\n")
      }
      return [
        "\(head)>",
        "    <failure type=\"\(worst.severity.rawValue)\" message=\"\(xml(worst.message))\">"
          + xml(text.joined(separator: "\n")) + "</failure>",
        "  </testcase>",
      ]
    }
    guard check.result == .skipped || check.result == .uncertain else { return ["\(head)/>"] }
    return ["\(head)>", "    <skipped message=\"\(xml(check.reason ?? ""))\"/>", "  </testcase>"]
  }

  /// Lines stay, and all else that does not print is escaped as on a terminal.
  private func xml(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { printable(String($0)) }.joined(separator: "\n")
      .replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;")
  }
}

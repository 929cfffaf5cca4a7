import Inspect

/// A check's answer in one line of at most 80 characters, as node-problem-detector takes it of a plugin (its
/// max_output_length is 80; the exit status says whether it is a problem).
struct CheckProblem {
  private let report: CheckReport
  private let severity: Finding.Severity

  init(_ report: CheckReport, failOn severity: Finding.Severity) {
    self.report = report
    self.severity = severity
  }

  static let mostCharacters = 80
  private static let mostIDs = 2

  var text: String {
    let line = printable(sentence)
    return (line.count > Self.mostCharacters ? line.prefix(Self.mostCharacters - 3) + "..." : line[...]) + "\n"
  }

  private var sentence: String {
    let bad = report.findings.filter { $0.severity >= severity }
    // What concerns the node is the cause of what is wrong with services.
    if let worst = bad.first(where: { $0.subject.kind == .node }) ?? bad.first {
      var ids: [String] = []
      for finding in bad where !ids.contains(finding.id.rawValue) { ids.append(finding.id.rawValue) }
      let more = ids.count > Self.mostIDs ? " and \(ids.count - Self.mostIDs) more" : ""
      return ids.prefix(Self.mostIDs).joined(separator: ", ") + more + ": "
        + (worst.subject.service.map { "\($0): " } ?? "") + worst.message
    }
    let open = report.checks.filter { $0.result == .skipped || $0.result == .uncertain }
    return open.first.map {
      "\(open.count) check\(open.count == 1 ? "" : "s") not looked at: \($0.id): \($0.reason ?? "")"
    }
      ?? "\(report.checks.count) checks ok"
  }
}

import Inspect

/// A check's answer as metrics, in the text format of Prometheus, for node-exporter's textfile collector. Numbers alone have
/// labels with names from kpx, and none from the cluster: the series stay few.
struct CheckMetrics {
  private let report: CheckReport

  init(_ report: CheckReport) { self.report = report }

  var text: String { (findings + results).map { $0 + "\n" }.joined() }

  private struct Series: Hashable {
    let id: FindingID
    let severity: Finding.Severity
  }

  private var findings: [String] {
    let counts = Dictionary(grouping: report.findings) { Series(id: $0.id, severity: $0.severity) }.mapValues(\.count)
    let all = report.checks.flatMap { check in
      check.id.entry.severities.sorted().map { Series(id: check.id, severity: $0) }
    }
    return [
      "# HELP kpx_findings What kpx check found on this node, by finding and severity.", "# TYPE kpx_findings gauge",
    ]
      + Set(all + counts.keys).sorted { ($0.id.rawValue, $0.severity) < ($1.id.rawValue, $1.severity) }.map {
        "kpx_findings{id=\"\($0.id)\",severity=\"\($0.severity.rawValue)\"} \(counts[$0] ?? 0)"
      }
  }

  private var results: [String] {
    [
      "# HELP kpx_check_result What became of each check: 1 for its result, 0 for the others.",
      "# TYPE kpx_check_result gauge",
    ]
      + report.checks.flatMap { check in
        CheckReport.Check.Result.allCases.map {
          "kpx_check_result{id=\"\(check.id)\",result=\"\($0.rawValue)\"} \(check.result == $0 ? 1 : 0)"
        }
      }
  }
}

import Inspect

/// What is wrong on a node, for a person: findings, worst first, then what was not looked at.
struct CheckText {
  private let report: CheckReport
  private let terminal: Terminal
  private let isWide: Bool

  init(_ report: CheckReport, terminal: Terminal, isWide: Bool) {
    self.report = report
    self.terminal = terminal
    self.isWide = isWide
  }

  /// Findings of one id and severity, told together.
  private struct Group {
    let findings: [Finding]
    var first: Finding { findings[0] }
  }

  private struct GroupKey: Hashable {
    let id: FindingID
    let severity: Finding.Severity
  }

  var text: String {
    (heading + groups.flatMap(lines) + unlooked + [summary]).map { $0 + "\n" }.joined()
  }

  /// For standard error.
  var remarks: String {
    var notes: [String] = []
    for note in report.notes where note.subject.service == nil && !notes.contains(note.text) { notes.append(note.text) }
    return notes.flatMap { terminal.wrapped("note: " + printable($0)) }.map { $0 + "\n" }.joined()
  }

  private var heading: [String] {
    let services = report.services.map { ["\($0) service" + ($0 == 1 ? "" : "s")] } ?? []
    let parts = [report.node.name ?? "this node", report.proxy.text] + services
    return terminal.wrapped(printable(parts.joined(separator: ", "))) + [""]
  }

  private var groups: [Group] {
    var order: [GroupKey] = []
    var found: [GroupKey: [Finding]] = [:]
    for finding in report.findings {
      let key = GroupKey(id: finding.id, severity: finding.severity)
      if found[key] == nil { order.append(key) }
      found[key, default: []].append(finding)
    }
    return order.map { Group(findings: found[$0] ?? []) }
  }

  // MARK: - Findings

  /// How many of those alike are told.
  private static let mostExamples = 3
  private static let mostEvidence = 3

  private func lines(_ group: Group) -> [String] {
    let finding = group.first
    let word = finding.severity.rawValue.uppercased()
    let pad = String(repeating: " ", count: 9 - word.count)
    let confidence = finding.confidence == .certain ? "" : " (\(finding.confidence.rawValue))"
    let id = terminal.bold("\(finding.id)")
    let subjects = Set(group.findings.map(\.subject.title))
    if group.findings.count == 1 {
      let title =
        "\(colored(word, finding.severity))\(pad)\(id)  "
        + printable(finding.subject.prefix + finding.message) + confidence
      return wrapped(title) + details(finding) + [""]
    }
    let count = subjects.count == group.findings.count ? "\(subjects.count)" : "\(group.findings.count)"
    let what =
      group.findings.allSatisfy { $0.subject.kind == .service } && subjects.count == group.findings.count
      ? "services" : "findings"
    var lines = wrapped("\(colored(word, finding.severity))\(pad)\(id)  \(count) \(what)")
    let shown = isWide ? group.findings[...] : group.findings.prefix(finding.severity == .info ? 1 : Self.mostExamples)
    for (index, example) in shown.enumerated() {
      lines += wrapped("  " + printable(example.subject.prefix + example.message))
      if isWide || index == 0 && finding.severity != .info { lines += evidence(example) }
    }
    let more = group.findings.count - shown.count
    if more > 0 { lines.append("  and \(more) more (-o wide shows all)") }
    return lines + advice(finding) + [""]
  }

  private func details(_ finding: Finding) -> [String] { evidence(finding) + advice(finding) }

  private func evidence(_ finding: Finding) -> [String] {
    let told = finding.evidence.filter { !$0.text.isEmpty }
    let shown = isWide ? told[...] : told.prefix(Self.mostEvidence)
    let more = told.count - shown.count
    return shown.flatMap { wrapped("    " + printable($0.text)) } + (more > 0 ? ["    and \(more) more"] : [])
  }

  private func advice(_ finding: Finding) -> [String] {
    let shown = isWide ? finding.advice[...] : finding.advice.prefix(finding.severity == .info ? 0 : 1)
    let lines = shown.flatMap { advice in
      wrapped("  do: " + printable(advice.text))
        + (advice.command.flatMap { advice.text.contains($0) ? nil : $0 }.map {
          [terminal.faint("      " + printable($0))]
        } ?? [])
    }
    return lines + (isWide ? finding.reference.map { ["  see: " + printable($0)] } ?? [] : [])
  }

  private func colored(_ word: String, _ severity: Finding.Severity) -> String {
    switch severity {
    case .error: terminal.red(word)
    case .warning: terminal.yellow(word)
    case .info: word
    }
  }

  private func wrapped(_ line: String) -> [String] { terminal.wrapped(line) }

  // MARK: - What was not looked at

  private var unlooked: [String] {
    let parts: [(CheckReport.Check.Result, String)] = [(.skipped, "not looked at"), (.uncertain, "cannot be told")]
    let lines = parts.flatMap { result, title in
      let checks = report.checks.filter { $0.result == result }
      var order: [String] = []
      var ids: [String: [String]] = [:]
      for check in checks {
        let reason = check.reason ?? ""
        if ids[reason] == nil { order.append(reason) }
        ids[reason, default: []].append(check.id.rawValue)
      }
      return order.flatMap { reason in
        wrapped("\(title): \(list(ids[reason] ?? [])): \(printable(reason))")
      }
    }
    return lines.isEmpty ? [] : lines + [""]
  }

  /// `vital-services, forward-blocked, endpoint-drift and 32 more`
  private func list(_ ids: [String]) -> String {
    let shown = isWide || ids.count <= Self.mostIDs + 1 ? ids[...] : ids.prefix(Self.mostIDs)
    let more = ids.count - shown.count
    return shown.joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
  }

  private static let mostIDs = 5

  /// `2 findings (1 error, 1 warning); 38 of 42 checks ok, 1 not looked at, 1 cannot be told`
  private var summary: String {
    let counts = Finding.Severity.allCases.reversed().compactMap { severity -> String? in
      let count = report.findings.filter { $0.severity == severity }.count
      let plural = count == 1 || severity == .info ? "" : "s"
      return count == 0 ? nil : "\(count) \(severity.rawValue)\(plural)"
    }
    func count(_ result: CheckReport.Check.Result) -> Int { report.checks.filter { $0.result == result }.count }
    let number = report.findings.count
    var text =
      number == 0 ? "no findings" : "\(number) finding\(number == 1 ? "" : "s") (\(counts.joined(separator: ", ")))"
    if !report.ignored.isEmpty { text += ", \(report.ignored.count) ignored" }
    text += "; \(count(.ok)) of \(report.checks.count) checks ok"
    if count(.skipped) > 0 { text += ", \(count(.skipped)) not looked at" }
    if count(.uncertain) > 0 { text += ", \(count(.uncertain)) cannot be told" }
    return text
  }
}

extension Subject {
  /// What tells it from others.
  fileprivate var title: String {
    if let namespace, let name { return (kind == .pod ? "pod " : "") + "\(namespace)/\(name)" }
    return frontends?.first?.text ?? ""
  }

  /// `yaobank/summary: `; nothing for the node itself.
  fileprivate var prefix: String { title.isEmpty ? "" : title + ": " }
}

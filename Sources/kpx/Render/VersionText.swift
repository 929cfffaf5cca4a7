import Inspect

/// What a bug report needs, for a person: a line for each part, and notes.
struct VersionText {
  private let report: VersionReport
  private let terminal: Terminal

  init(_ report: VersionReport, terminal: Terminal) {
    self.report = report
    self.terminal = terminal
  }

  var text: String {
    let width = parts.map(\.name.count).max() ?? 0
    let lines = parts.flatMap { part in
      terminal.wrapped(
        part.name + String(repeating: " ", count: width - part.name.count + 2) + printable(part.text))
    }
    let notes = report.notes.flatMap { terminal.wrapped(terminal.faint("note: \(printable($0.text))")) }
    return (lines + notes).map { $0 + "\n" }.joined()
  }

  private var parts: [(name: String, text: String)] {
    let lacks = report.program.missingCapabilities
    let runtimes = report.runtimes.map { ("runtime", text(of: $0)) }
    return [
      ("kpx", "\(report.program.version) (\(report.program.commit ?? "unknown commit"))"),
      ("kernel", joined([report.node.kernel ?? "not known", report.machine], " ")),
      ("node", known(report.node.name, by: report.nodeNameSource, orNot: report.unknown.nodeName)),
      ("kube-proxy", proxy),
      ("API", api),
    ] + (runtimes.isEmpty ? [("runtime", "none found")] : runtimes) + [
      ("capabilities", lacks.isEmpty ? "all that kpx needs" : "lacks " + lacks.joined(separator: ", "))
    ]
  }

  private var proxy: String {
    guard let proxy = report.proxy else { return notKnown(report.unknown.proxyMode) }
    guard proxy.mode != .none else { return "no rules in this network namespace" }
    let mode = proxy.mode.rawValue + (proxy.backend.map { " (\($0.rawValue))" } ?? "")
    guard let version = proxy.version else {
      return "\(mode), release \(notKnown(report.unknown.proxyVersion))"
    }
    return known("\(version.text) \(mode)", by: proxy.versionSource, orNot: nil)
  }

  private var api: String {
    guard let origin = report.api else { return notKnown(report.unknown.api) }
    let release = report.serverVersion ?? "release \(notKnown(report.unknown.serverVersion))"
    let credential = [origin.source, origin.context.map { "context \($0)" }, origin.credential]
    return joined([origin.server, release], " ") + ", by \(joined(credential, ", "))"
  }

  private func text(of runtime: VersionReport.Runtime) -> String {
    let program = joined([runtime.name, runtime.version], " ")
    return (program.isEmpty ? notKnown(runtime.problem) : program) + ", at \(runtime.socket)"
  }

  private func known(_ fact: String?, by source: String?, orNot reason: String?) -> String {
    guard let fact else { return notKnown(reason) }
    return fact + (source.map { ", by \($0)" } ?? "") + (reason.map { "; \($0)" } ?? "")
  }

  private func notKnown(_ reason: String?) -> String { "not known" + (reason.map { ": \($0)" } ?? "") }

  private func joined(_ parts: [String?], _ separator: String) -> String {
    parts.compactMap(\.self).filter { !$0.isEmpty }.joined(separator: separator)
  }
}

import Inspect

extension Terminal {
  /// `warning: what is wrong [its-id]`
  func heading(of finding: Finding) -> String {
    let mark =
      switch finding.severity {
      case .error: red("error")
      case .warning: yellow("warning")
      case .info: "info"
      }
    return "\(mark): \(printable(finding.message)) " + faint("[\(finding.id)]")
  }
}

import Inspect

extension Terminal {
  /// `warning: what is wrong [its-id]`
  /// - Parameter about: what stands before the words.
  func heading(of finding: Finding, about: String = "") -> String {
    let mark =
      switch finding.severity {
      case .error: red("error")
      case .warning: yellow("warning")
      case .info: "info"
      }
    return "\(mark): \(printable(about + finding.message)) " + faint("[\(finding.id)]")
  }
}

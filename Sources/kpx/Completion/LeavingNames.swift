import Inspect

extension LeftNames {
  /// Leaves names that an answer has for the next command line, unless KPX_NO_NAMES is set or the answer is not of this node.
  /// - Parameter isElsewhere: whether the user had another node looked at, or another time.
  static func leave(_ names: [String], _ kind: Kind, all scope: Scope, isElsewhere: Bool) {
    let refusal = CredentialSearch.environment("KPX_NO_NAMES") ?? ""
    guard refusal.isEmpty, !isElsewhere, isInNode else { return }
    LeftNames().leave(names, kind, all: scope)
  }
}

/// Source ranges up to 1.24: what is of no range is marked, for a chain of the kubelet's to drop it.
extension Comparison {
  /// Load balancers' addresses whose other packets are not dropped. Nobody gets at the endpoints by that: KUBE-FIREWALL is in INPUT
  /// and OUTPUT alone, and what goes on untranslated to an address of no node is forwarded as if there were no service.
  var undroppedSources: [Finding] {
    guard markDrop != .absent else { return [] }
    return answers.filter(\.letsOtherSourcesGo).map { answer in
      markDropIneffective(
        .info, answer,
        "\(answer.trace.frontend.text) has source ranges, and packets of other sources are not dropped but go on untranslated"
      )
    }
  }

  /// What is marked, for a chain of the kubelet's to drop it, and is not dropped.
  func markDropIneffective(_ severity: Finding.Severity, _ answer: FrontendAnswer, _ message: String) -> Finding {
    finding(
      .markDropIneffective, severity, answer, message,
      Finding.Evidence(
        .netfilter,
        markDrop == .empty
          ? "nat KUBE-MARK-DROP has no rule: it marks nothing"
          : "nat KUBE-MARK-DROP marks them, and no rule on their way drops what is marked"),
      Finding.Advice("up to 1.24 kube-proxy leaves dropping to chains of the kubelet, which since 1.28 makes none"))
  }
}

extension FrontendAnswer {
  /// Whether packets of sources that are in no range go on untranslated.
  var letsOtherSourcesGo: Bool {
    guard let expected, !expected.sourceRanges.isEmpty, trace.verdict == .forward else { return false }
    return trace.exceptions.contains { $0.verdict == .unhandled && $0.dependsOnSource }
  }
}

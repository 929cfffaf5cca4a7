extension Check {
  /// Rule: nothing listens where kube-proxy does unless it is told otherwise (127.0.0.1:10249, :10256); or it does not answer;
  /// or by its metrics it has known for 30 seconds that there is something to write. Likely, and late: certain. An error where
  /// kernel and API disagree, where it is late, and where there is no rule at all; else a warning: the rules are still right.
  static let proxyStalled = Check(.proxyStalled) { examination in
    let health = KubeProxyHealth(of: examination.node, at: examination.port, now: examination.now)
    guard examination.port.ask() != nil else { return .skipped("kube-proxy is not asked where its release is named") }
    if health == .hung, !examination.node.canAskPrograms {
      return .skipped("kube-proxy cannot be asked: there is no libcurl (libcurl.so.4) on this node")
    }
    let cause = try missingMatch(examination)
    if let cause, examination.list == nil {
      let none = Finding(
        .proxyStalled, .error, .likely, subject: .node, message: "none of kube-proxy's rules is on this node",
        evidence: health.finding?.evidence ?? [])
      return .found([told(none, cause)])
    }
    guard var finding = health.finding else {
      // With its metrics elsewhere, or none, its health check may be where it usually is.
      let isUnknown =
        health == .unknown && examination.node.answer(to: "/healthz", at: healthCheck, milliseconds: 500) == nil
      return isUnknown
        ? .skipped("nothing tells how kube-proxy is: it does not answer on its usual ports") : .ok()
    }
    guard let list = examination.list else {
      // Where another system carries services out, kube-proxy need not be there.
      let others = try OtherDataplane.present(on: examination.node)
      let isMissed = examination.cluster?.services.isEmpty == false && examination.node.isOfProcess1 == true
      return isMissed && others.isEmpty ? .found([finding]) : .ok(because: "no rule of kube-proxy is here")
    }
    let isLate = if case .running = health { true } else { false }
    if !isLate, !list.everyFinding.contains(where: { $0.id.isDrift && $0.severity == .error }) {
      finding.severity = .warning
    }
    return .found([cause.map { told(finding, $0) } ?? finding])
  }

  /// Counters that kube-proxy makes (since 1.31), and that its rules then ask for by `-m nfacct`, be there no such match
  /// (kubernetes#142068). iptables-restore writes all rules or none.
  private static let counters: Set = ["ct_state_invalid_dropped_pkts", "localhost_nps_accepted_pkts"]

  /// What tells that no rule of kube-proxy can be written. One that has written rules did without the match.
  private static func missingMatch(_ examination: Examination) throws -> [Finding.Evidence]? {
    // 0: it has not written any since it began.
    guard examination.list == nil || examination.port.ask()?.lastSync == 0,
      [.iptables, .none].contains(examination.mode),
      try OtherDataplane.present(on: examination.node).isEmpty
    else { return nil }
    let made = Set(try examination.node.counterNames() ?? []).intersection(counters).sorted()
    guard let first = made.first, examination.node.offersMatch("nfacct") == false else { return nil }
    return [
      Finding.Evidence(.netfilter, "kube-proxy has made the counter \(first), for rules with -m nfacct"),
      Finding.Evidence(.proc, "the kernel has no match nfacct, and no module xt_nfacct"),
    ]
  }

  /// What is found, with why it is so.
  private static func told(_ finding: Finding, _ cause: [Finding.Evidence]) -> Finding {
    var told = finding
    told.message += ": its rules ask for the match nfacct, and the kernel has none"
    told.evidence += cause
    told.advice = [
      Finding.Advice(
        "install the kernel's package that has xt_nfacct, and restart kube-proxy; or keep nfnetlink_acct from being loaded, from "
          + "the node's next start on, and kube-proxy does without (kubernetes#142068)",
        command: "modprobe xt_nfacct")
    ]
    return told
  }

  /// Where kube-proxy says whether it is healthy, unless it is told otherwise.
  private static let healthCheck = SocketAddress(KubeProxyStatus.defaultAddress.address, port: 10256)
}

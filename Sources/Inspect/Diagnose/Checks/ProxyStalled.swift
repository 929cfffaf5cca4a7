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
    return .found([finding])
  }

  /// Where kube-proxy says whether it is healthy, unless it is told otherwise.
  private static let healthCheck = SocketAddress(KubeProxyStatus.defaultAddress.address, port: 10256)
}

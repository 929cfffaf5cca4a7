/// Whether this node's kube-proxy keeps up with the API, as far as it says so itself.
enum KubeProxyHealth: Sendable, Hashable {
  /// Nobody could be asked.
  case unknown
  /// Nothing listens where kube-proxy does unless it is told otherwise.
  case absent
  /// Something listens there and does not answer.
  case hung
  /// It runs; how many seconds ago it wrote rules last, and since how many seconds it owes that, where it does.
  case running(lastSync: Double?, due: Double?)

  /// Where its health check listens unless it is told otherwise.
  private static let healthPort: UInt16 = 10256

  /// A sync that is due for longer is late: kube-proxy waits a second, and writes for some seconds where there is much.
  private static let patience = 30.0

  /// - Parameters:
  ///   - port: what asks it; nobody is asked where the release was named.
  ///   - now: seconds since 1970.
  init(of node: any Node, at port: KubeProxyPort, now: Double) {
    guard let status = port.ask() else {
      self = .unknown
      return
    }
    guard status.mode == nil else {
      let lastSync = status.lastSync.flatMap { $0 > 0 ? max(0, now - $0) : nil }
      let isDue = status.lastQueued.map { queued in queued > status.lastSync ?? 0 } ?? false
      self = .running(lastSync: lastSync, due: isDue ? status.lastQueued.map { max(0, now - $0) } : nil)
      return
    }
    let sockets = [KubeProxyStatus.defaultAddress.port, Self.healthPort].map { node.listeners(at: $0, .tcp)?.count }
    switch (sockets[0], sockets[1]) {
    case (0, 0): self = .absent
    case (let metrics?, _) where metrics > 0: self = .hung
    // With its health check alone it has its metrics elsewhere, or none.
    default: self = .unknown
    }
  }

  /// Whether it knows that it has something to write, and has not known that for long.
  var isBehind: Bool {
    if case .running(_, let due?) = self { due < Self.patience } else { false }
  }

  /// What is wrong with it, for an answer in which kernel and API disagree.
  var finding: Finding? {
    switch self {
    case .unknown: nil
    case .absent:
      stalled(
        "kube-proxy does not run on this node, or not with its usual ports",
        "nothing listens on port \(KubeProxyStatus.defaultAddress.port) or \(Self.healthPort)", .likely)
    case .hung:
      stalled(
        "kube-proxy on this node does not answer", "\(KubeProxyStatus.defaultAddress) does not answer in time", .likely)
    case .running(let lastSync, let due?) where due >= Self.patience:
      stalled(
        "kube-proxy on this node should have written rules \(Self.text(due)) ago, and has not",
        "it wrote rules last \(lastSync.map { Self.text($0) + " ago" } ?? "at no time")", .certain)
    case .running: nil
    }
  }

  private func stalled(_ message: String, _ evidence: String, _ confidence: Finding.Confidence) -> Finding {
    Finding(
      .proxyStalled, .error, confidence, subject: .node, message: message,
      evidence: [Finding.Evidence(.proc, evidence)],
      advice: [Finding.Advice("the rules stay as they are until it runs again: look at its log, or restart it")])
  }

  /// What to say of one that runs.
  var notes: [Note] {
    guard case .running(let lastSync?, nil) = self else { return [] }
    return [
      Note(
        .node,
        "kube-proxy says that it has written all that it knows of, \(Self.text(lastSync)) ago: it does not hear the API, or "
          + "something else has changed its rules")
    ]
  }

  /// `4 s`, `3 min`, `2 h`
  private static func text(_ seconds: Double) -> String {
    switch seconds {
    case ..<120: "\(Int(seconds)) s"
    case ..<7200: "\(Int(seconds / 60)) min"
    default: "\(Int(seconds / 3600)) h"
    }
  }
}

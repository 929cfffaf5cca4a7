import Inspect

extension Proxy {
  /// `kube-proxy 1.31 or later, iptables (legacy)`
  var text: String {
    guard mode != .none else { return "no rules of kube-proxy" }
    let version = version.map { " " + $0.text } ?? ""
    return "kube-proxy\(version), \(modeText)"
  }
}

import Inspect

extension Proxy {
  /// `kube-proxy 1.31 or later, iptables (legacy)`
  var text: String {
    guard mode != .none else { return "no rules of kube-proxy" }
    let backend = backend.map { " (\($0.rawValue))" } ?? ""
    let version = version.map { " " + $0.text } ?? ""
    return "kube-proxy\(version), \(mode.rawValue)\(backend)"
  }
}

extension Proxy.Versions {
  /// `1.34`, `1.31 to 1.34`, `1.31 or later`
  var text: String {
    guard let max else { return "\(min) or later" }
    return max == min ? min : "\(min) to \(max)"
  }
}

/// What a running kube-proxy says of itself on its metrics address.
public struct KubeProxyStatus: Sendable, Hashable {
  /// Where kube-proxy listens unless it is told otherwise.
  public static let defaultAddress = SocketAddress(.v4(0x7f00_0001), port: 10249)

  /// Its release, if it said so.
  public var version: KubeProxyVersion?
  /// Its mode, if it said so.
  public var mode: ProxyMode?
  /// When it wrote rules last, in seconds since 1970, if it said so; it has not yet written any where that is 0.
  public var lastSync: Double?
  /// When it learnt last that there is something to write, in seconds since 1970, if it said so.
  public var lastQueued: Double?

  /// Asks a node's kube-proxy. What it does not say within the time stays unknown, whatever the cause: nothing listens, it
  /// hangs, it is no kube-proxy.
  public static func ask(
    _ node: any Node, at address: SocketAddress = defaultAddress, milliseconds: Int = 500
  ) -> KubeProxyStatus {
    ask(milliseconds: milliseconds) { node.answer(to: $0, at: address, milliseconds: $1) }
  }

  /// - Parameter answer: what is answered to a path, within so many milliseconds.
  static func ask(
    milliseconds: Int = 500, answer: (_ path: String, _ milliseconds: Int) -> String?
  ) -> KubeProxyStatus {
    let clock = ContinuousClock()
    let end = clock.now + .milliseconds(milliseconds)
    func get(_ path: String) -> String? {
      let left = clock.now.duration(to: end) / .milliseconds(1)
      return left < 1 ? nil : answer(path, Int(left))
    }
    guard let mode = get("/proxyMode") else { return KubeProxyStatus() }
    guard let metrics = get("/metrics") else { return KubeProxyStatus(mode: Self.mode(inAnswer: mode)) }
    let lines = metrics.split(separator: "\n")
    return KubeProxyStatus(
      version: version(inMetrics: metrics), mode: Self.mode(inAnswer: mode),
      lastSync: value(of: "kubeproxy_sync_proxy_rules_last_timestamp_seconds", in: lines),
      lastQueued: value(of: "kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds", in: lines))
  }

  /// The release in the text of `/metrics`: the label `git_version` of `kubernetes_build_info`.
  ///
  /// `/version` is no help: not every release has it.
  public static func version(inMetrics text: String) -> KubeProxyVersion? {
    for line in text.split(separator: "\n") {
      for metric in ["kubernetes_build_info{", "kubernetes_build_info {"] where line.hasPrefix(metric) {
        return label("git_version", in: line).flatMap { KubeProxyVersion($0) }
      }
    }
    return nil
  }

  /// The value of a metric; of several with different labels, as both families have them since 1.34, the latest.
  private static func value(of metric: String, in lines: [Substring]) -> Double? {
    lines.filter { line in
      line.hasPrefix(metric) && [" ", "{"].contains(line.dropFirst(metric.count).first)
    }.compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }.max()
  }

  /// The mode in the answer of `/proxyMode`; nil if it is none.
  public static func mode(inAnswer text: String) -> ProxyMode? { ProxyMode(rawValue: text.trimmed) }

  /// The value of a metric's label. None of those looked for has an escape in it.
  private static func label(_ name: String, in line: Substring) -> String? {
    for start in ["{", ",", ", "] {
      guard let found = line.firstRange(of: "\(start)\(name)=\"") else { continue }
      return String(line[found.upperBound...].prefix { $0 != "\"" })
    }
    return nil
  }
}

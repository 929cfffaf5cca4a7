import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// What a running kube-proxy says of itself on its metrics address.
public struct KubeProxyStatus: Sendable, Hashable {
  /// Where kube-proxy listens unless it is told otherwise.
  public static let defaultAddress = SocketAddress(.v4(0x7f00_0001), port: 10249)
  /// A kube-proxy of a large cluster has some hundred kilobytes of metrics.
  private static let largestAnswer = 16 << 20

  /// Its release, if it said so.
  public var version: KubeProxyVersion?
  /// Its mode, if it said so.
  public var mode: ProxyMode?

  /// Asks the kube-proxy of the calling thread's network namespace. What it does not say within the time stays unknown,
  /// whatever the cause: nothing listens, it hangs, it is no kube-proxy, there is no libcurl.
  public static func ask(at address: SocketAddress = defaultAddress, milliseconds: Int = 500) -> KubeProxyStatus {
    let clock = ContinuousClock()
    let end = clock.now + .milliseconds(milliseconds)
    func get(_ path: String) -> String? {
      let left = clock.now.duration(to: end) / .milliseconds(1)
      return left < 1 ? nil : body(of: "http://\(address)\(path)", milliseconds: Int(left))
    }
    guard let mode = get("/proxyMode") else { return KubeProxyStatus() }
    return KubeProxyStatus(version: get("/metrics").flatMap(version(inMetrics:)), mode: Self.mode(inAnswer: mode))
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

  private static func body(of url: String, milliseconds: Int) -> String? {
    var bytes: [UInt8] = []
    var status = 0
    let result = withUnsafeMutablePointer(to: &bytes) { pointer in
      csys_http_get(
        url, milliseconds, largestAnswer,
        { context, part, length in
          let bytes = context?.assumingMemoryBound(to: [UInt8].self)
          bytes?.pointee.append(contentsOf: UnsafeRawBufferPointer(start: part, count: length))
          return 1
        }, pointer, &status)
    }
    return result == 0 && status == 200 ? String(decoding: bytes, as: UTF8.self) : nil
  }
}

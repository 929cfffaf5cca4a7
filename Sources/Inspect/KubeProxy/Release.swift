/// Which release of kube-proxy runs here, as far as it is known.
public struct Release: Sendable, Hashable {
  /// nil where nothing told.
  public var version: KubeProxyVersion?
  /// Who told, in words: `--proxy-version`, `kube-proxy's metrics`, `the Node object`, `the layout of its rules`.
  public var source: String?
  /// Whether it is only the oldest that the rules' layout allows.
  public var isGuessed = false

  /// Nothing is known.
  public static let unknown = Release(nil, source: nil)

  /// A release and who told.
  public init(_ version: KubeProxyVersion?, source: String?) {
    self.version = version
    self.source = source
  }
}

/// The releases that may have written rules, by what the rules look like.
struct ReleaseRange: Sendable, Hashable {
  var lowest = KubeProxyVersion.oldest
  var highest = KubeProxyVersion.newest

  mutating func atLeast(_ minor: Int) { lowest = max(lowest, KubeProxyVersion(1, minor)) }

  mutating func atMost(_ minor: Int) { highest = max(lowest, min(highest, KubeProxyVersion(1, minor))) }

  var versions: ClosedRange<KubeProxyVersion> { lowest...max(lowest, highest) }
}

extension Release {
  /// What kube-proxy says of itself, else what the Node object says of it; unknown if neither does.
  ///
  /// Asks on the calling thread, and so in its network namespace.
  public static func found(node: Node?) -> Release {
    if let version = KubeProxyStatus.ask().version {
      return Release(version, source: "kube-proxy's metrics on \(KubeProxyStatus.defaultAddress)")
    }
    if let version = node?.kubeProxyVersion.flatMap({ KubeProxyVersion($0) }) {
      return Release(version, source: "the Node object")
    }
    return .unknown
  }
}

/// Which release of kube-proxy runs here, as far as it is known.
public struct Release: Sendable, Hashable {
  /// nil where nothing told.
  public var version: KubeProxyVersion?
  /// Who told, in words: `--proxy-version`, `kube-proxy's metrics`, `the layout of its rules`.
  public var source: String?
  /// Whether it is only the oldest that the rules' layout allows.
  public var isGuessed = false
  /// Of a guess the latest that may run; nil for any.
  var latest: KubeProxyVersion?

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

  /// Kubernetes supports a kube-proxy that is up to three minor releases older or newer than the kubelet beside it (version
  /// skew policy); nil where the rules look like none of these, as where kube-proxy was left behind.
  func within(skewOf kubelet: KubeProxyVersion) -> ReleaseRange? {
    let (oldest, newest) = (kubelet.minor - 3, kubelet.minor + 3)
    guard kubelet.major == 1, oldest <= highest.minor, newest >= lowest.minor else { return nil }
    var range = self
    range.atLeast(oldest)
    range.atMost(newest)
    return range
  }
}

extension Release {
  /// What kube-proxy says of itself; nil if it says nothing.
  init?(asking port: KubeProxyPort) {
    guard let version = port.ask()?.version else { return nil }
    self.init(version, source: Self.metrics)
  }

  /// Where kube-proxy itself told.
  static let metrics = "kube-proxy's metrics on \(KubeProxyStatus.defaultAddress)"
}

extension Proxy.Versions {
  /// nil where nothing is known.
  init?(_ release: Release) {
    func name(_ version: KubeProxyVersion) -> String { "\(version.major).\(version.minor)" }
    guard let version = release.version else { return nil }
    self.init(min: name(version), max: release.isGuessed ? release.latest.map(name) : name(version))
  }
}

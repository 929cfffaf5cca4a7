/// Who programs services on a node, as far as a few milliseconds tell.
struct ProxyGlance: Sendable {
  /// nil where that is not known; `whyNot` says why.
  private(set) var proxy: Proxy?
  private(set) var whyNot: String?
  /// What may stand in front of the rules unseen, and what asking has changed.
  private(set) var notes: [Note] = []
  /// Whether the user named the release: then kube-proxy is not asked.
  private let isNamed: Bool

  /// A legacy table of more rules is not read: the kernel gives it only as a whole, 100,000 rules in 0.1 s.
  static let mostRules = 10_000

  /// - Parameter named: the release, where the user named it; else kube-proxy is asked.
  init(_ node: any Node, named: Release) throws {
    isNamed = named.version != nil
    let port = KubeProxyPort(of: node, named: named)
    let release = Release(asking: port) ?? named
    let others = try OtherDataplane.present(on: node)
    let count = try node.largestLegacyTable ?? 0
    if count > Self.mostRules {
      take(
        port.ask()?.mode, release,
        "a legacy table has \(count) rules, which are read for 'kpx services' and 'kpx trace'")
    } else {
      proxy = try node.filter.consistently {
        try ProxyRules(node, families: IPFamily.allCases, others: others, port: port)
      }.identity(release: release)
      if proxy?.mode == Proxy.Mode.none, let said = port.ask()?.mode {
        notes = [Note(.node, "kube-proxy says that it is in \(said.rawValue) mode, and has no rules here")]
      }
    }
    notes = others.map { Note(.node, $0.text) } + notes
    if let note = port.note { notes.append(Note(.node, note)) }
  }

  /// What kube-proxy alone says.
  /// - Parameter reason: why the rules were not read.
  init(_ status: KubeProxyStatus, named: Release, unread reason: String) {
    isNamed = named.version != nil
    let release = status.version.map { Release($0, source: Release.metrics) } ?? named
    take(status.mode, release, reason)
  }

  /// - Parameter reason: why the rules do not tell.
  private mutating func take(_ mode: ProxyMode?, _ release: Release, _ reason: String) {
    guard let mode else {
      whyNot =
        reason + "; and kube-proxy "
        + (isNamed
          ? "is not asked where its release is named" : "does not answer on \(KubeProxyStatus.defaultAddress)")
      return
    }
    proxy = Proxy(
      mode: Proxy.Mode(mode), version: Proxy.Versions(release),
      versionSource: release.version == nil ? nil : release.source)
    notes = [Note(.node, "the mode is what kube-proxy says, not what the rules do: \(reason)")]
  }
}

extension Proxy.Mode {
  init(_ mode: ProxyMode) {
    self =
      switch mode {
      case .iptables: .iptables
      case .ipvs: .ipvs
      case .nftables: .nftables
      }
  }
}

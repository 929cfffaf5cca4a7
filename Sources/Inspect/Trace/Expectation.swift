/// What kube-proxy should have programmed, for the release that runs here or for those that may.
struct Expectation {
  /// The release that is taken; its source says how sure that is.
  let release: Release
  private let forwarding: ExpectedForwarding?
  /// Where the release is a guess: all that may run here.
  private let candidates: ClosedRange<KubeProxyVersion>?

  /// - Parameter layout: what the rules look like; nil where they were not looked at as a whole.
  init(request: TraceRequest, layout: ReleaseRange?, mode: ProxyMode) {
    let range = layout ?? ReleaseRange()
    if request.release.version != nil {
      release = request.release
      candidates = nil
    } else {
      var oldest = Release(range.lowest, source: "the layout of the rules: this or a later one")
      oldest.isGuessed = true
      release = oldest
      candidates = range.versions
    }
    let version = release.version ?? range.lowest
    forwarding = request.cluster.map { cluster in
      let node = request.node.flatMap { name in cluster.node(name).map(NodeIdentity.init) ?? NodeIdentity(name: name) }
      return ExpectedForwarding(
        cluster: cluster, node: node ?? NodeIdentity(name: ""), version: version, mode: mode)
    }
  }

  /// A service's frontends as the release that is taken makes them.
  func frontends(of service: Service?) -> [ExpectedFrontend] {
    service.flatMap { forwarding?.frontends(of: $0) } ?? []
  }

  /// Why kube-proxy leaves a service alone as a whole; nil if it does not.
  func unhandledReason(of service: Service) -> UnhandledReason? { forwarding?.unhandledReason(of: service) }

  /// The releases that would have made a frontend as `matches` says, where the release that runs is not known.
  func releases(of service: Service, where matches: ([ExpectedFrontend]) -> Bool) -> ClosedRange<KubeProxyVersion>? {
    guard let candidates, let forwarding else { return nil }
    return forwarding.frontends(of: service, versions: candidates).first { matches($0.frontends) }?.versions
  }
}

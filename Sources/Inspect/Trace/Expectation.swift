/// What kube-proxy should have programmed, for the release that runs here or for those that may.
struct Expectation {
  /// The release that is taken; its source says how sure that is.
  let release: Release
  /// The same, and unknown where it is only a guess by the rules' looks.
  var told: Release { release.isGuessed ? .unknown : release }
  private let forwarding: ExpectedForwarding?
  /// Where the release is a guess: all that may run here.
  private let candidates: ClosedRange<KubeProxyVersion>?

  /// - Parameters:
  ///   - layout: the releases that the rules' looks allow.
  ///   - services: those that it is for. kube-proxy is asked for its release only if they depend on it.
  init(context: ServiceContext, layout: ReleaseRange, mode: ProxyMode, services: [Service], port: KubeProxyPort) {
    let node = context.node.flatMap { context.cluster?.node($0) }
    let kubelet = node?.kubeletVersion.flatMap { KubeProxyVersion($0) }
    let near = kubelet.flatMap { layout.within(skewOf: $0) }
    let range = near ?? layout
    var forwarding = context.cluster.map { cluster in
      ExpectedForwarding(
        cluster: cluster, node: node.map(NodeIdentity.init) ?? NodeIdentity(name: context.node ?? ""),
        version: range.lowest, mode: mode)
    }
    let told = context.release.version == nil ? nil : context.release
    // Not every kube-proxy keeps to the policy: one that answers is believed.
    let isDecisive = { forwarding.map { $0.dependsOnRelease(services, of: layout.versions) } ?? false }
    if let release = told ?? (isDecisive() ? Release(asking: port) : nil) {
      self.release = release
      candidates = nil
    } else {
      let beside = near == nil ? "" : ", and the kubelet's release"
      var oldest = Release(range.lowest, source: "the layout of the rules\(beside): this or a later one")
      oldest.isGuessed = true
      // Later ones than are known are taken to behave alike.
      oldest.latest = range.highest < .newest ? range.versions.upperBound : nil
      release = oldest
      candidates = range.versions
    }
    forwarding?.version = release.version ?? range.lowest
    self.forwarding = forwarding
  }

  /// The releases that may run here, the one that is taken first, and of those that behave alike one.
  var versions: [KubeProxyVersion] {
    let others = candidates.map { range in
      ProxyBehavior.formBeginnings.map { KubeProxyVersion(1, $0) }.filter(range.contains)
    }
    return [release.version].compactMap(\.self) + (others ?? [])
  }

  /// A service's frontends as the release that is taken makes them.
  func frontends(of service: Service?) -> [ExpectedFrontend] {
    service.flatMap { forwarding?.frontends(of: $0) } ?? []
  }

  /// The same as a kube-proxy of another mode and release makes them.
  func frontends(of service: Service, mode: ProxyMode, version: KubeProxyVersion) -> [ExpectedFrontend] {
    guard var other = forwarding else { return [] }
    other.mode = mode
    other.version = version
    return other.frontends(of: service)
  }

  /// Why kube-proxy leaves a service alone as a whole; nil if it does not.
  func unhandledReason(of service: Service) -> UnhandledReason? { forwarding?.unhandledReason(of: service) }

  /// The releases that would have made a frontend as `matches` says, where the release that runs is not known.
  func releases(of service: Service, where matches: ([ExpectedFrontend]) -> Bool) -> ClosedRange<KubeProxyVersion>? {
    guard let candidates, let forwarding else { return nil }
    return forwarding.frontends(of: service, versions: candidates).first { matches($0.frontends) }?.versions
  }
}

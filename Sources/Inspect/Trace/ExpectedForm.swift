/// What every service of a node has in common and no object of the API says: how its kube-proxy was started.
struct ProxySettings: Sendable, Hashable {
  /// Whose packets to cluster IPs are masqueraded.
  enum ClusterIPMasquerade: Sendable, Hashable, CaseIterable {
    /// Those of clients that are not known to be pods: the default where kube-proxy knows how to tell (--detect-local-mode).
    case outside
    /// --masquerade-all.
    case always
    /// Nobody's: it does not know how to tell.
    case never
  }

  var masquerade = ClusterIPMasquerade.outside
  /// Whether a scheduler of IPVS chooses that goes by what is not known beforehand (--ipvs-scheduler).
  var isScheduled = false
}

/// The canonical form of what the API implies.
extension CanonicalForwarding {
  /// - Parameter proxy: the kube-proxy that should carry it out.
  init(_ expected: [ExpectedFrontend], by proxy: ExpectedProxy) {
    self.init(expected.compactMap { $0.form(proxy) })
  }
}

/// A kube-proxy, as far as its rules depend on what no object of the API says.
struct ExpectedProxy: Sendable {
  var mode: ProxyMode
  var version: KubeProxyVersion
  var settings: ProxySettings
  /// Those that the API has for its node, and it has: what goes there does not leave the node.
  var nodeAddresses: [IPAddress]
}

extension ExpectedFrontend {
  /// nil for what kube-proxy leaves alone.
  fileprivate func form(_ proxy: ExpectedProxy) -> Result<ForwardedFrontend, CanonicalForwarding.Doubt>? {
    let place = Frontend(self).place
    func doubt(_ reason: String) -> Result<ForwardedFrontend, CanonicalForwarding.Doubt> {
      .failure(CanonicalForwarding.Doubt(reason: "\(place.text): \(reason)"))
    }
    switch verdict {
    case .unhandled: return nil
    case .unknown:
      let reason = notes.contains(.nodeUnknown) ? ExpectationNote.nodeUnknown.description : verdict.reason
      return doubt(reason ?? "what the API implies is not known")
    default: break
    }
    if let note = notes.first(where: \.isDoubt) { return doubt(note.description) }
    let behavior = ProxyBehavior(proxy.version)
    if proxy.mode != .nftables, kind == .externalIP, !behavior.translatesExternalIPsForAll {
      return doubt("up to 1.20 it depends on bridges what kube-proxy does with packets to an external IP")
    }
    var frontend = ForwardedFrontend(
      place: place, affinitySeconds: nil, sourceRanges: nil, pods: [fate(of: .pods, proxy)],
      node: [fate(of: .node, proxy)], outside: [fate(of: .outside, proxy)])
    if frontend.isForwarded { frontend.affinitySeconds = affinitySeconds }
    if !sourceRanges.isEmpty, frontend.isForwarded {
      frontend.sourceRanges = sourceRanges.outermost.sorted()
      frontend.pods = []
      frontend.node = []
      frontend.outside.append(
        PacketFate(when: PacketFate.otherSources, verdict: .drop, masquerade: nil, endpoints: []))
    }
    return .success(frontend)
  }

  private func fate(of source: SourceClass, _ proxy: ExpectedProxy) -> PacketFate {
    let isAsOutside = source == .outside || source == .node && isDroppedBeforeTranslation(proxy)
    let endpoints = Set((isAsOutside ? self.endpoints : endpointsInside).map(\.address)).sorted()
    guard !endpoints.isEmpty else {
      return PacketFate(when: nil, verdict: refusal(of: source, proxy), masquerade: nil, endpoints: [])
    }
    let share = proxy.settings.isScheduled ? nil : ForwardedEndpoint.evenShare(among: endpoints.count)
    let leaves = endpoints.contains { !proxy.nodeAddresses.contains($0.address) }
    return PacketFate(
      when: nil, verdict: .forward, masquerade: leaves ? masquerade(of: source, proxy) : nil,
      endpoints: endpoints.map { ForwardedEndpoint(address: $0, share: share) })
  }

  private func isDroppedBeforeTranslation(_ proxy: ExpectedProxy) -> Bool {
    proxy.mode == .nftables && verdict == .drop && (kind == .externalIP || kind == .loadBalancer)
      && !ProxyBehavior(proxy.version).translatesOwnPacketsFirst
  }

  private func refusal(of source: SourceClass, _ proxy: ExpectedProxy) -> Verdict {
    // KUBE-EXTERNAL-SERVICES is met in INPUT and FORWARD: what the node sends to an address of others comes to neither.
    if proxy.mode == .iptables, source == .node, kind == .externalIP || kind == .loadBalancer { return .unhandled }
    return verdict == .reject ? .reject : .drop
  }

  /// Answers must come back through this node: what comes from outside is masqueraded, but for the policy Local, under which
  /// endpoints are on this node.
  private func masquerade(of source: SourceClass, _ proxy: ExpectedProxy) -> MasqueradeClass? {
    if source == .node { return nil }
    guard kind.isExternal else { return clusterMasquerade(of: source, proxy.settings.masquerade) }
    if policy == .local { return .never }
    // Up to 1.23 an external IP is masqueraded as a cluster IP is, without --masquerade-all.
    let isLikeClusterIP =
      kind == .externalIP && proxy.mode == .iptables && !ProxyBehavior(proxy.version).separatesPolicies
    guard isLikeClusterIP else { return .always }
    return clusterMasquerade(of: source, proxy.settings.masquerade == .never ? .never : .outside)
  }

  private func clusterMasquerade(
    of source: SourceClass, _ whose: ProxySettings.ClusterIPMasquerade
  ) -> MasqueradeClass {
    switch whose {
    case .outside: source == .outside ? .always : .never
    case .always: .always
    case .never: .never
    }
  }
}

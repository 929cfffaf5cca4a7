/// How the kernel forwards a service and how the API implies that it should, both in the canonical form.
struct ServiceForwarding: Sendable {
  /// What the kernel does.
  private(set) var actual: CanonicalForwarding
  /// nil without the API, and for what it does not have.
  private let implied: ImpliedForwarding?
  /// How kube-proxy was started, by this service alone until more are known.
  private(set) var settings = ProxySettings()
  /// Whose packets to cluster IPs are masqueraded, if the service is forwarded as the API implies; empty where it is not.
  private(set) var fitting: [ProxySettings.ClusterIPMasquerade] = []

  /// - Parameters:
  ///   - answers: those of all frontends.
  ///   - nodeAddresses: those that the API has for the node, and it has.
  init(_ answers: [FrontendAnswer], implied: ImpliedForwarding?, nodeAddresses: [IPAddress]) {
    actual = CanonicalForwarding(answers, nodeAddresses: nodeAddresses)
    self.implied = implied
    settings.isScheduled = actual.form?.isScheduled ?? false
    fitting = ProxySettings.ClusterIPMasquerade.allCases.filter { masquerade in
      var settings = settings
      settings.masquerade = masquerade
      return expected(settings) == actual
    }
    settings.masquerade = fitting.first ?? .outside
  }

  /// What the API implies for a kube-proxy that was started so.
  var expected: CanonicalForwarding? { expected(settings) }

  private func expected(_ settings: ProxySettings) -> CanonicalForwarding? { implied?.form(settings, like: actual) }

  /// The same of a service whose frontends were asked for in part.
  func partial(_ reason: String) -> ServiceForwarding {
    var forwarding = self
    forwarding.actual = .uncertain(reason)
    forwarding.fitting = []
    return forwarding
  }

  /// What most services of a node show of how its kube-proxy was started holds for all.
  static func agreeing(_ services: [ServiceForwarding]) -> [ServiceForwarding] {
    var votes: [ProxySettings.ClusterIPMasquerade: Int] = [:]
    for service in services {
      let fitting = service.fitting
      // Without a cluster IP that forwards all of them fit.
      if fitting.count == 1, let only = fitting.first { votes[only, default: 0] += 1 }
    }
    let most = ProxySettings.ClusterIPMasquerade.allCases.max { votes[$0, default: 0] < votes[$1, default: 0] }
    guard let most, votes[most, default: 0] > 0 else { return services }
    return services.map { service in
      var service = service
      service.settings.masquerade = most
      return service
    }
  }
}

/// What the API implies for a service on a node.
struct ImpliedForwarding: Sendable {
  var frontends: [ExpectedFrontend]
  var mode: ProxyMode
  /// The releases that may run: one where it is known.
  var versions: [KubeProxyVersion]
  /// Those that the API has for the node, and it has.
  var nodeAddresses: [IPAddress]

  /// - Parameter actual: of several releases that may run the first is taken under which it is that.
  func form(_ settings: ProxySettings, like actual: CanonicalForwarding? = nil) -> CanonicalForwarding {
    let forms = versions.lazy.map { version in
      CanonicalForwarding(
        frontends,
        by: ExpectedProxy(mode: mode, version: version, settings: settings, nodeAddresses: nodeAddresses))
    }
    return forms.first { $0 == actual } ?? forms.first ?? .uncertain("kube-proxy's release is not known")
  }
}

extension Forwarding {
  /// Whether a scheduler of IPVS chooses that goes by what is not known beforehand.
  fileprivate var isScheduled: Bool {
    frontends.contains { frontend in
      SourceClass.allCases.contains { frontend[$0].contains { $0.endpoints.contains { $0.share == nil } } }
    }
  }
}

extension ForwardingDigest {
  init(_ forwarding: ServiceForwarding) {
    self.init(
      digest: forwarding.actual.digest, uncertain: forwarding.actual.doubt, expected: forwarding.expected?.digest,
      expectedUncertain: forwarding.expected?.doubt)
  }
}

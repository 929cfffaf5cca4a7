/// What neighbouring releases of kube-proxy agree on.
public struct VersionedExpectation: Sendable {
  /// The releases, from the first to the last, by major and minor number.
  public var versions: ClosedRange<KubeProxyVersion>
  /// The frontends of a service as all of them would make them.
  public var frontends: [ExpectedFrontend]
}

extension ExpectedForwarding {
  /// A service's frontends by release, neighbouring releases that agree taken together: one element if the release does
  /// not matter. `version` is not looked at.
  ///
  /// Where the kernel differs from what one release would make of the API but agrees with another that may be running,
  /// only the version explains the difference.
  public func frontends(
    of service: Service, versions: ClosedRange<KubeProxyVersion>
  ) -> [VersionedExpectation] {
    var groups: [VersionedExpectation] = []
    for version in Self.minors(versions) {
      var expected = self
      expected.version = version
      let frontends = expected.frontends(of: service)
      if let last = groups.last, last.frontends.agree(with: frontends) {
        groups[groups.count - 1].versions = last.versions.lowerBound...version
      } else {
        groups.append(VersionedExpectation(versions: version...version, frontends: frontends))
      }
    }
    return groups
  }

  /// Whether releases differ in what they make of any of these services. `version` is not looked at.
  func dependsOnRelease(_ services: [Service], of versions: ClosedRange<KubeProxyVersion>) -> Bool {
    let different = Self.minors(versions).enumerated().filter { place, version in
      place == 0 || ProxyBehavior.beginnings.contains(version.minor)
    }.map(\.element)
    var expected = self
    return services.contains { service in
      var first: [ExpectedFrontend]?
      return different.contains { version in
        expected.version = version
        let frontends = expected.frontends(of: service)
        defer { first = first ?? frontends }
        return first.map { !$0.agree(with: frontends) } ?? false
      }
    }
  }

  /// One release for each minor number that kpx knows within the range.
  private static func minors(_ range: ClosedRange<KubeProxyVersion>) -> [KubeProxyVersion] {
    let lowest = max(range.lowerBound, .oldest)
    let highest = min(range.upperBound, .newest)
    guard lowest <= highest else { return [range.upperBound] }
    return (lowest.minor...highest.minor).map { KubeProxyVersion(1, $0) }
  }
}

extension [ExpectedFrontend] {
  /// Whether both lists say the same of the same frontends, in order.
  public func agree(with other: [ExpectedFrontend]) -> Bool {
    count == other.count && zip(self, other).allSatisfy { $0.agrees(with: $1) }
  }
}

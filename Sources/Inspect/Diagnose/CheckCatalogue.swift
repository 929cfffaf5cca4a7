extension Check {
  /// All checks, in the order in which they are told. What only `kpx trace --from` can tell is none, and so is what is told in
  /// other words where the API is known.
  static let all: [Check] = [
    vitalServices, apiEndpointStale, proxyStalled, forwardBlocked, firewallDropAll, conntrackFull, bridgeNF,
    overlayBlocked, cidrOverlap, familyGap,
    Check(.backendMixed, services: .rules), Check(.jumpMissing, services: .rules), duplicateRules,
    Check(.modeLeftovers, services: .rules),
    Check(.ipvsMissing, services: .rules, mode: .ipvs), ipvsSysctl, ipvsRetired,
    Check(.ipvsDummyDrift, services: .api, mode: .ipvs), Check(.localFallback, services: .api, mode: .ipvs),
    Check(.ipvsDrained, services: .api, mode: .ipvs),
    Check(.endpointDrift, services: .api), Check(.rejectShadow, services: .api), Check(.verdictDrift, services: .api),
    Check(.affinityDrift, services: .api), Check(.masqueradeDrift, services: .api),
    Check(.sourceRangeDrift, services: .api), Check(.markDropIneffective, services: .api),
    Check(.nodeOrigin, services: .api), Check(.connectionsLost, services: .api), Check(.unevenShares, services: .api),
    endpointUnroutable, Check(.droppedByRule, services: .rules),
    Check(.sourceExcluded, services: .api), Check(.deliveredHere, services: .api),
    noEndpoints, noLocalEndpoints,
    Check(.conntrackStale, services: .connections), Check(.endpointSilent, services: .connections),
    hostPortLost, nodePortConflict, Check(.nodePortReach, services: .api), affinity, hairpin, orphanVeth, mtu, rpFilter,
    masqueradeGap,
    invalidDrop,
    Check(.terminatingOnly, services: .api), Check(.topologyNarrowed, services: .api),
    Check(.sourceRangeDrop, services: .api),
  ]
}

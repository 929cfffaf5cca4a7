/// Session affinity: how kube-proxy's rules remember clients.
extension Condition {
  /// kube-proxy's session affinity keeps a list for each endpoint, named as its chain; in nftables mode a set.
  var isAffinity: Bool {
    switch self {
    case .recent(let match): match.name.hasPrefix(ChainName.Kind.endpoint.rawValue)
    case .other(.native(.lookup(let lookup))): lookup.set.name.hasPrefix(NftablesName.Kind.affinity.rawValue)
    default: false
    }
  }

  /// How long a client is remembered.
  var affinitySeconds: UInt32? {
    guard isAffinity else { return nil }
    switch self {
    case .recent(let match): return match.seconds
    case .other(.native(.lookup(let lookup))): return UInt32(clamping: lookup.set.timeout / 1000)
    default: return nil
    }
  }
}

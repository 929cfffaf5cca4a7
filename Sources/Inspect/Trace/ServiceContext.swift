/// What an answer about services rests on beside the rules, which families it is for, and what it may cost.
public struct ServiceContext: Sendable {
  /// What the API says; nil without it.
  public var cluster: ClusterSnapshot?
  /// This node; nil if it is not known which Node object it is.
  public var node: String?
  /// The release of kube-proxy, where the user named it.
  public var release = Release.unknown
  /// The families that are asked for.
  public var families: [IPFamily] = IPFamily.allCases
  /// How long walks may take, in seconds of the processor; what is not answered by then is uncertain.
  public var timeLimit = 60.0
  /// Whether the canonical form of how services are forwarded is wanted, too, which no text shows.
  public var tellsForwarding = true
  /// Who is told how far a list has come.
  var observer = ActivityObserver.none

  /// The addresses that the API has for this node, as far as they are the node's own.
  func internalAddresses(of node: any Node) -> [IPAddress] {
    guard let object = self.node.flatMap({ cluster?.node($0) }), let local = node.localAddresses else { return [] }
    return object.ips("InternalIP").filter { address in local.contains { $0.contains(address) } }
  }
}

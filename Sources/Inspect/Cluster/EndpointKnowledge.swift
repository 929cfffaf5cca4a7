/// What the objects that a service's endpoints were read from can tell of them.
public struct EndpointKnowledge: Sendable, Hashable {
  /// The families whose endpoints are known.
  public var families: Set<IPFamily>
  /// Whether endpoints that terminate are among them.
  public var hasTerminating: Bool
  /// Whether it is known for which zones and nodes they are meant.
  public var hasHints: Bool
  /// Whether there may be more endpoints than are known.
  public var isTruncated: Bool

  /// Everything, as EndpointSlices tell it.
  public static let complete = EndpointKnowledge(
    families: Set(IPFamily.allCases), hasTerminating: true, hasHints: true, isTruncated: false)
}

extension EndpointKnowledge {
  /// What v1 Endpoints tell. The control plane writes the addresses of a service's first family there, ready or not, and at
  /// most 1000; nothing of what terminates, and no hints.
  /// - Parameter endpoints: nil where there are none.
  init(_ endpoints: Endpoints?, of service: Service) {
    let addresses = (endpoints?.subsets ?? []).flatMap { $0.addresses + $0.notReadyAddresses }
    families = Set(addresses.compactMap { IPAddress($0.ip)?.family })
    if let first = service.clusterIPs.first.flatMap(IPAddress.init) { families.insert(first.family) }
    // Without a selector they are written by hand, and slices are copied from them.
    if service.selector.isEmpty, endpoints != nil { families = Set(IPFamily.allCases) }
    hasTerminating = false
    hasHints = !service.asksForTopology
    isTruncated = endpoints?.isTruncated ?? false
  }
}

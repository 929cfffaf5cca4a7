/// Where one packet comes from, as far as it is known before its family and destination are.
public enum TraceOrigin: Sendable, Hashable {
  case node
  case external
  /// A pod or an address; the pod's name where that was asked for.
  case addresses([IPAddress], pod: NamespacedName?)

  /// What a note on it is about.
  var subject: Subject {
    if case .addresses(_, let pod?) = self { Subject(kind: .pod, pod) } else { .node }
  }
}

/// One packet's origin: where it starts and what is known of it.
public struct PacketOrigin: Sendable, Hashable {
  /// What was asked for.
  public let origin: TraceOrigin
  /// Whether the node itself sends it.
  public let isLocalOutput: Bool
  /// nil: any address outside the cluster, or one of the node's own that the kernel chooses.
  public let source: IPAddress?
  /// The interface that it comes by; nil: none, or any.
  public let interface: String?

  /// The packet that comes from `origin` for a destination; nil if the origin has no address of its family.
  init?(_ origin: TraceOrigin, to destination: IPAddress, _ node: any Node) throws {
    self.origin = origin
    switch origin {
    case .node:
      isLocalOutput = true
      source = try node.routing.way(to: destination)?.source
      interface = nil
    case .external:
      isLocalOutput = false
      source = nil
      interface = nil
    case .addresses(let addresses, _):
      guard let address = addresses.first(where: { $0.family == destination.family }) else { return nil }
      isLocalOutput = node.localAddresses?.contains { $0.contains(address) } ?? false
      source = address
      interface = isLocalOutput ? nil : try node.routing.way(to: address)?.interface
    }
  }
}

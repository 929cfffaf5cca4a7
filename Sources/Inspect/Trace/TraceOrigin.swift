/// Where one packet is to come from, as typed after `--from`.
public enum OriginName: Sendable, Hashable {
  /// This node's own programs.
  case node
  /// Anybody who is neither this node nor a pod.
  case external
  case address(IPAddress)
  /// A pod, with its namespace where one was named.
  case pod(namespace: String?, name: String)

  /// Reads what was typed. A pod that is called `node` or `external` needs its namespace.
  /// - Throws: `TargetError`, with what is wrong.
  public init(_ text: String) throws(TargetError) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    if text == "node" {
      self = .node
    } else if text == "external" {
      self = .external
    } else if let address = IPAddress(text) {
      self = .address(address)
    } else if (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty && !$0.contains(":") }) {
      self = .pod(namespace: parts.count == 2 ? parts[0] : nil, name: parts[parts.count - 1])
    } else {
      throw TargetError("\(text): expected POD, NAMESPACE/POD, an address, node or external")
    }
  }
}

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

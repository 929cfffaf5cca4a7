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
}

/// The origin of one family's packets: where they start and what is known of them.
struct PacketOrigin: Sendable {
  /// Whether the node itself sends them.
  var isLocalOutput: Bool
  /// nil: any that `facts` allow, or one of the node's own that the kernel chooses.
  var source: IPAddress?
  /// The interface that they come by.
  var interface: String?
  /// What holds for them besides.
  var facts: [Fact] = []

  /// The packets that come from `origin` for a destination; nil if the origin has no address of its family.
  init?(_ origin: TraceOrigin, to destination: IPAddress, _ filter: any PacketFilter) throws {
    switch origin {
    case .node:
      isLocalOutput = true
      source = try filter.routing.way(to: destination)?.source
    case .external: isLocalOutput = false
    case .addresses(let addresses, _):
      guard let address = addresses.first(where: { $0.family == destination.family }) else { return nil }
      source = address
      isLocalOutput = filter.localAddresses.contains { $0.contains(address) }
      if !isLocalOutput { interface = try filter.routing.way(to: address)?.interface }
    }
  }
}

/// What one packet was taken to be, beside an answer for it.
public struct OriginAnswer: Sendable, Hashable {
  public var origin: TraceOrigin
  /// Whether the node itself sends it.
  public var isLocalOutput: Bool
  /// nil: any address outside the cluster.
  public var source: IPAddress?
  /// The interface that it comes by; nil: none, or any.
  public var interface: String?
}

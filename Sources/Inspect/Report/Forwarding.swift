/// How a node forwards one service, in a form that says the same wherever the same becomes of packets: in every mode, release and
/// backend, on every node. docs/forwarding.md specifies it and how it is encoded.
public struct Forwarding: Codable, Sendable, Hashable {
  /// Those that the node does anything with, in the order of the encoding.
  public var frontends: [ForwardedFrontend]

  /// The same frontends and fates in whatever order.
  public init(_ frontends: [ForwardedFrontend]) {
    self.frontends = frontends.map(\.ordered).sorted { $0.encoded.lexicographicallyPrecedes($1.encoded) }
  }
}

/// What becomes of packets to one address and port of a service.
public struct ForwardedFrontend: Codable, Sendable, Hashable {
  /// Where clients send to; the address is nil for a node port, which is told as at the node's own address.
  public var place: FrontendAddress
  /// How long a client keeps its endpoint; nil without session affinity.
  @Nullable public var affinitySeconds: Int?
  /// Those of clients outside that get to the endpoints, where others do not; then nothing is told of pods and the node itself,
  /// which may be of those ranges or not. nil where the source does not matter.
  @Nullable public var sourceRanges: [IPPrefix]?
  /// What becomes of packets of pods of this node.
  public var pods: [PacketFate]
  /// What becomes of packets that the node itself sends.
  public var node: [PacketFate]
  /// What becomes of packets from outside the cluster.
  public var outside: [PacketFate]

  /// The fates of the class of sources.
  public subscript(source: SourceClass) -> [PacketFate] {
    switch source {
    case .pods: pods
    case .node: node
    case .outside: outside
    }
  }

  fileprivate var ordered: ForwardedFrontend {
    func ordered(_ fates: [PacketFate]) -> [PacketFate] {
      fates.sorted { $0.encodedWords.utf8.lexicographicallyPrecedes($1.encodedWords.utf8) }
    }
    var frontend = self
    frontend.pods = ordered(pods)
    frontend.node = ordered(node)
    frontend.outside = ordered(outside)
    return frontend
  }
}

/// Who sends a packet, as far as kube-proxy tells senders apart. Each is a role, and has other addresses on every node.
public enum SourceClass: String, Codable, Sendable, CaseIterable {
  /// A pod of this node.
  case pods
  /// This node itself, or a pod on its network.
  case node
  /// A machine outside the cluster.
  case outside
}

/// What becomes of some or all packets of a class of sources.
public struct PacketFate: Codable, Sendable, Hashable {
  /// For which packets of the class, in words; nil: for all.
  @Nullable public var when: String?
  /// What becomes of them.
  public var verdict: Verdict
  /// Whether their source is replaced by the node's; nil where they are not forwarded, and of what the node itself sends: that is
  /// the node's either way.
  @Nullable public var masquerade: MasqueradeClass?
  /// Where they are sent to, by address; empty where they are not forwarded, or to a program of the node itself.
  public var endpoints: [ForwardedEndpoint]
}

/// Whether packets of a class get the node's address for their source.
public enum MasqueradeClass: Codable, Sendable, Hashable {
  /// All of them.
  case always
  /// None of them.
  case never
  /// Those for which this holds.
  case when(String)

  /// As it is encoded.
  public var text: String {
    switch self {
    case .always: "always"
    case .never: "never"
    case .when(let condition): "when:\(condition)"
    }
  }

  /// The text, read back.
  public init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    self = text == "always" ? .always : text == "never" ? .never : .when(String(text.dropFirst("when:".count)))
  }

  /// As `text`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}

/// An endpoint and how often new connections go there.
public struct ForwardedEndpoint: Codable, Sendable, Hashable {
  /// Where packets are sent to.
  public var address: SocketAddress
  /// In thousandths; nil where a scheduler of IPVS goes by what is not known beforehand.
  @Nullable public var share: Int?

  /// Of `count` endpoints that have the same chance: 1000 / `count`, halves rounded up.
  static func evenShare(among count: Int) -> Int { (2000 + count) / (2 * count) }
}

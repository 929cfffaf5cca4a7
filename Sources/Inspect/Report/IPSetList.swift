/// The kernel's sets: the answer of `kpx ipset`.
public struct IPSetList: Codable, Sendable {
  /// The form of the answer: `kpx/v1`.
  public private(set) var apiVersion = answerVersion
  /// `IPSetList`, which tells this answer from others.
  public private(set) var kind = "IPSetList"
  /// The node that was asked.
  public var node: AnsweringNode
  /// The sets, in the kernel's order.
  public var items: [IPSetReport]

  /// The sets of a node.
  public init(node: AnsweringNode, items: [IPSetReport]) {
    self.node = node
    self.items = items
  }
}

/// Whether a set holds a member: the answer of `kpx ipset NAME MEMBER`.
public struct IPSetTest: Codable, Sendable {
  /// The form of the answer: `kpx/v1`.
  public private(set) var apiVersion = answerVersion
  /// `IPSetTest`, which tells this answer from others.
  public private(set) var kind = "IPSetTest"
  /// The node that was asked.
  public var node: AnsweringNode
  /// The set's name.
  public var name: String
  /// The member, as typed.
  public var member: String
  /// Whether the set has it; an exception (`nomatch`) is not in it.
  public var holds: Bool
}

/// A set and its members.
public struct IPSetReport: Codable, Sendable {
  /// The set's name.
  public var name: String
  /// `hash:ip,port`, `bitmap:port`, …
  public var type: String
  /// The revision of the type.
  public var revision: UInt8
  /// nil for a type that has none.
  @Nullable public var family: IPFamily?
  /// As ipset writes it.
  public var header: String
  /// In seconds; nil for members that stay.
  @Nullable public var timeout: UInt32?
  /// How many rules and sets use it.
  public var references: UInt32
  /// In bytes.
  public var memorySize: UInt32
  /// How many members it has; nil where the kernel does not say.
  public var entryCount: UInt32?
  /// The members, in the kernel's order; none where only headers were asked for.
  public var entries: [IPSetEntryReport]

  /// A set without its members.
  public init(_ set: IPSetHeader) {
    name = set.name
    type = set.type
    revision = set.revision
    family = set.family
    header = set.text
    timeout = set.parameters.timeout
    references = set.references
    memorySize = set.memorySize
    entryCount = set.elementCount
    entries = []
  }
}

/// A member of a set.
public struct IPSetEntryReport: Codable, Sendable {
  /// As ipset writes it.
  public var text: String
  /// The first address, network or range; nil for a type without.
  public var address: String?
  /// The protocol of `port`.
  public var transport: TransportProtocol?
  /// The port, of a range the first; nil for a type without.
  public var port: UInt16?
  /// The second address, network or range.
  public var address2: String?
  /// The interface's name; nil for a type without.
  public var interface: String?
  /// Of a list:set: the name of the set that is a member.
  public var set: String?
  /// The mark; nil for a type without.
  public var mark: UInt32?
  /// In seconds.
  public var timeout: UInt32?
  /// true for an exception, which does not match.
  public var nomatch: Bool?
  /// What was counted; nil in a set without counters.
  public var packets: UInt64?
  /// What was counted; nil in a set without counters.
  public var bytes: UInt64?
  /// The member's own comment.
  public var comment: String?
  /// The service's port that it is for, by the API.
  public var service: OwnerName?
  /// The services that share its address, where no port tells which of them it is for.
  public var services: [OwnerName]?
  /// The service whose health check is at this port.
  public var healthCheckOf: OwnerName?
  /// The pod that has its address.
  public var pod: OwnerName?
  /// The node that has its address.
  public var node: String?

  private enum CodingKeys: String, CodingKey {
    case text, address
    case transport = "protocol"
    case port, address2, interface, set, mark, timeout, nomatch, packets, bytes, comment
    case service, services, healthCheckOf, pod, node
  }
}

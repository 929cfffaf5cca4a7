/// The kernel's sets: the answer of `kpx ipset`.
public struct IPSetList: Codable, Sendable {
  public private(set) var apiVersion = answerVersion
  public private(set) var kind = "IPSetList"
  public var node: AnsweringNode
  public var items: [IPSetReport]

  /// The sets of a node.
  public init(node: AnsweringNode, items: [IPSetReport]) {
    self.node = node
    self.items = items
  }
}

/// Whether a set holds a member: the answer of `kpx ipset NAME MEMBER`.
public struct IPSetTest: Codable, Sendable {
  public private(set) var apiVersion = answerVersion
  public private(set) var kind = "IPSetTest"
  public var node: AnsweringNode
  public var name: String
  public var member: String
  public var holds: Bool
}

/// A set and its members.
public struct IPSetReport: Codable, Sendable {
  public var name: String
  public var type: String
  public var revision: UInt8
  /// nil for a type that has none.
  @Nullable public var family: IPFamily?
  /// As ipset writes it.
  public var header: String
  /// In seconds; nil for members that stay.
  @Nullable public var timeout: UInt32?
  public var references: UInt32
  public var memorySize: UInt32
  public var entryCount: UInt32?
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
  public var address: String?
  public var transport: TransportProtocol?
  public var port: UInt16?
  public var address2: String?
  public var interface: String?
  public var set: String?
  public var mark: UInt32?
  /// In seconds.
  public var timeout: UInt32?
  public var nomatch: Bool?
  public var packets: UInt64?
  public var bytes: UInt64?
  public var comment: String?
  public var service: OwnerName?
  public var services: [OwnerName]?
  public var healthCheckOf: OwnerName?
  public var pod: OwnerName?
  public var node: String?

  private enum CodingKeys: String, CodingKey {
    case text, address
    case transport = "protocol"
    case port, address2, interface, set, mark, timeout, nomatch, packets, bytes, comment
    case service, services, healthCheckOf, pod, node
  }

  /// A member with who it is for.
  public init(_ entry: IPSetEntry, in header: IPSetHeader, owner: AddressNames.Owner?) {
    text = entry.text(in: header)
    address = entry.network.map { "\($0)" }
    transport = entry.transport
    port = entry.port
    address2 = entry.network2.map { "\($0)" }
    interface = entry.interface
    set = entry.setName
    mark = entry.mark
    timeout = entry.timeout
    nomatch = entry.isException ? true : nil
    packets = entry.counters?.packets
    bytes = entry.counters?.bytes
    comment = entry.comment
    let owner = OwnerNames(owner)
    (service, services, healthCheckOf) = (owner.service, owner.services, owner.healthCheckOf)
    (pod, node) = (owner.pod, owner.node)
  }
}

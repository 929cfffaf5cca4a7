/// What a walk asks of a node: the seam between netfilter's logic and whoever holds its rules.
///
/// The live kernel answers it for legacy tables and for nf_tables; saved captures answer it in tests. A walk cannot
/// tell which, and it asks for no more than the packet meets.
public protocol PacketFilter: AnyObject {
  /// The base chains of a hook that a packet of `family` meets, in the kernel's order.
  func baseChains(at hook: Hook, family: IPFamily) throws -> [BaseChain]

  /// Gives `body` the rules of a chain in order, each with its number from 1, until it answers false.
  ///
  /// Rules that `hint` rules out by their header may be left out; their numbers are counted all the same.
  /// - Returns: false if there is no such chain.
  func forEachRule(in chain: ChainReference, hint: RuleHint, _ body: (Int, Rule) throws -> Bool) throws -> Bool

  /// Whether a set holds an element; nil if that cannot be told here.
  func set(_ match: SetMatch, family: IPFamily, holds element: SetElement) throws -> Bool?

  /// Whether sets can be asked at all. Where they can, a set that gives no answer wants to know more of the packet.
  var readsSets: Bool { get }

  /// The addresses that the packets of a set's members have on the one side of a match that is not known, where all
  /// else of them is; nil if that cannot be told. For a set of addresses this is a list, and not a test.
  func addresses(in match: SetMatch, family: IPFamily, completing element: SetElement) throws -> [IPPrefix]?

  /// What is known of IPVS on this node.
  var ipvs: any VirtualServer { get }

  /// The addresses that this node takes for its own, as its routing tables have them (127.0.0.0/8 is one).
  var localAddresses: [IPPrefix] { get }

  /// What is known of the node's routes.
  var routing: any NodeRouting { get throws }

  /// Whether POSTROUTING is told by which interface a forwarded packet came, as since Linux 5.7.
  var tellsWhereForwardedCameFrom: Bool { get }

  /// What a key finds in a set or map of nf_tables; nil if it does not hold the key.
  func element(for key: [UInt8], in set: NFTSet) throws -> NFTSetElement?

  /// All elements of a set or map of nf_tables. For one that a rule made for itself; others may be large.
  func elements(of set: NFTSet) throws -> [NFTSetElement]

  /// A set or map of nf_tables by its name; nil if there is none.
  func namedSet(_ name: String, in table: Table) throws -> NFTSet?

  /// Tables whose base chains could not be found, or not all of them, at a price that the question is worth.
  var unreadTables: [String] { get }

  /// Whether base chains of nat stand at the same place, so that the kernel's order, which it does not tell, matters.
  func isOrderUnknown(family: IPFamily) throws -> Bool

  /// Runs `body` with such chains in the other order.
  func inOtherOrder<T>(_ body: () throws -> T) rethrows -> T

  /// Runs `body` such that all it reads is of one state of the rules, more than once if they change meanwhile.
  /// - Throws: `KernelError.changing` if they change all the time.
  func consistently<T>(_ body: () throws -> T) throws -> T
}

/// A packet filter without nf_tables.
extension PacketFilter {
  /// Looks through all elements.
  public func element(for key: [UInt8], in set: NFTSet) throws -> NFTSetElement? {
    set.element(for: key, in: try elements(of: set))
  }

  /// Those of an anonymous set, which its declaration has.
  public func elements(of set: NFTSet) throws -> [NFTSetElement] {
    guard let elements = set.elements else { throw KernelError.unavailable("set \(set.name) is not of this node") }
    return elements
  }

  /// There is none.
  public func namedSet(_ name: String, in table: Table) throws -> NFTSet? { nil }

  /// All tables were looked at.
  public var unreadTables: [String] { [] }

  /// One kind of tables has one order.
  public func isOrderUnknown(family: IPFamily) throws -> Bool { false }

  /// There is no other order.
  public func inOtherOrder<T>(_ body: () throws -> T) rethrows -> T { try body() }

  /// Once: what is read does not change.
  public func consistently<T>(_ body: () throws -> T) throws -> T { try body() }
}

extension PacketFilter {
  /// Sets cannot be asked.
  public var readsSets: Bool { false }

  /// It cannot be told.
  public func addresses(
    in match: SetMatch, family: IPFamily, completing element: SetElement
  ) throws -> [IPPrefix]? { nil }

  /// Nothing is known of IPVS.
  public var ipvs: any VirtualServer { NoVirtualServer() }

  /// Nothing is known of routes.
  public var routing: any NodeRouting { NoRouting() }

  /// As of a kernel since 5.7.
  public var tellsWhereForwardedCameFrom: Bool { true }
}

/// What is known of a packet before a chain's rules are looked at, so that a reader can pass over rules whose address
/// or protocol cannot match without decoding them.
public struct RuleHint: Sendable {
  /// The destination, if it is one known address.
  public var destination: IPAddress?
  /// Where it is not one: what it must be in, such as the node's own addresses, or several endpoints; nil if it may be any.
  public var destinations: [IPPrefix]?
  /// The protocol.
  public var transport: TransportProtocol?

  /// Nothing is known: every rule is wanted.
  public static let none = RuleHint()

  /// A hint of what is known.
  public init(destination: IPAddress? = nil, transport: TransportProtocol? = nil) {
    self.destination = destination
    self.transport = transport
  }
}

/// What a rule looks up in a set: the packet's own addresses and ports, as far as they are known.
public struct SetElement: Sendable, Hashable {
  /// nil where it is not known; so are the others.
  public var source: IPAddress?
  /// The destination at the time of the lookup.
  public var destination: IPAddress?
  /// The protocol of the ports.
  public var transport: TransportProtocol?
  /// The source port.
  public var sourcePort: UInt16?
  /// The destination port.
  public var destinationPort: UInt16?
  /// The interface that the packet came by.
  public var inInterface: String?
  /// The interface that the packet leaves by.
  public var outInterface: String?

  /// An element of what is known.
  public init() {}
}

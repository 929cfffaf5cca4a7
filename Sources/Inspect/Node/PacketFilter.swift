/// The rules of a node: the seam between netfilter's logic and whoever holds them.
///
/// The live kernel answers for legacy tables and for nf_tables; so does what was saved of another. A walk cannot tell
/// which, and it asks for no more than the packet meets.
public protocol PacketFilter: AnyObject {
  /// The base chains of a hook that a packet of `family` meets, in the kernel's order.
  func baseChains(at hook: Hook, family: IPFamily) throws -> [BaseChain]

  /// Gives `body` the rules of a chain in order, each with its number from 1, until it answers false.
  ///
  /// Rules that `hint` rules out by their header may be left out; their numbers are counted all the same.
  /// - Returns: false if there is no such chain.
  func forEachRule(in chain: ChainReference, hint: RuleHint, _ body: (Int, Rule) throws -> Bool) throws -> Bool

  /// Tables whose base chains could not be found, or not all of them, at a price that the question is worth.
  var unreadTables: [String] { get }

  /// Tables with chains that packets may meet on bridges, beside the hooks of IP. As far as tables were looked at.
  var unfollowedTables: [String] { get }

  /// Whether base chains of nat stand at the same place, so that the kernel's order, which it does not tell, matters.
  func hasAmbiguousNATOrder(family: IPFamily) throws -> Bool

  /// Runs `body` with such chains in the other order.
  func withSwappedNATOrder<T>(_ body: () throws -> T) rethrows -> T

  /// Runs `body` such that all it reads is of one state of the rules, more than once if they change meanwhile.
  /// - Throws: `KernelError.changing` if they change all the time.
  func consistently<T>(_ body: () throws -> T) throws -> T

  /// Within the body of `consistently`: whether rules changed since it began, so that it is going to run again.
  func hasChanged() throws -> Bool
}

/// Rules of one kind of tables, which nobody changes.
extension PacketFilter {
  /// All tables were looked at.
  public var unreadTables: [String] { [] }

  /// All hooks are those of IP.
  public var unfollowedTables: [String] { [] }

  /// One kind of tables has one order.
  public func hasAmbiguousNATOrder(family: IPFamily) throws -> Bool { false }

  /// There is no other order.
  public func withSwappedNATOrder<T>(_ body: () throws -> T) rethrows -> T { try body() }

  /// Once: what is read does not change.
  public func consistently<T>(_ body: () throws -> T) throws -> T { try body() }

  /// What is read does not change.
  public func hasChanged() throws -> Bool { false }
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
  /// The ports that packets are sent to, each once; nil if they may be any.
  public var destinationPorts: [UInt16]?

  /// Nothing is known: every rule is wanted.
  public static let none = RuleHint()

  /// A hint of what is known.
  public init(destination: IPAddress? = nil, transport: TransportProtocol? = nil) {
    self.destination = destination
    self.transport = transport
  }
}

/// The ipsets of a node.
public protocol IPSets {
  /// Whether sets can be asked at all. Where they can, a set that gives no answer wants to know more of the packet.
  var isAvailable: Bool { get }

  /// Whether a set holds an element; nil if that cannot be told here.
  func holds(_ match: SetMatch, family: IPFamily, element: SetElement) throws -> Bool?

  /// The addresses that the packets of a set's members have on the one side of a match that is not known, where all
  /// else of them is; nil if that cannot be told. For a set of addresses this is a list, and not a test.
  func addresses(in match: SetMatch, family: IPFamily, completing element: SetElement) throws -> [IPPrefix]?
}

/// A node whose ipsets are not known.
public struct NoIPSets: IPSets {
  /// Sets cannot be asked.
  public var isAvailable: Bool { false }

  /// Answers nothing.
  public init() {}

  /// It cannot be told.
  public func holds(_ match: SetMatch, family: IPFamily, element: SetElement) -> Bool? { nil }

  /// It cannot be told.
  public func addresses(in match: SetMatch, family: IPFamily, completing element: SetElement) -> [IPPrefix]? { nil }
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

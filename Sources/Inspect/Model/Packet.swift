/// What a walk knows of an address.
public enum AddressKnowledge: Sendable, Hashable {
  case known(IPAddress)
  /// One of the node's own addresses, whichever.
  case local
  /// Nothing yet: rules that ask make the walk fork.
  case any
  /// Chosen by the kernel in a translation that a walk cannot foresee.
  case translated
}

/// What a walk knows of an interface that a packet passes.
public enum InterfaceKnowledge: Sendable, Hashable {
  case known(String)
  /// There is none: the packet was made on this node, or does not leave it.
  case none
  case unknown
}

/// A packet mark, some bits of which may be unknown.
public struct Mark: Sendable, Hashable {
  /// The bits' values; unknown ones are 0.
  public var value: UInt32
  /// Which bits are known.
  public var known: UInt32

  /// A mark known whole.
  public init(_ value: UInt32) {
    self.value = value
    known = .max
  }

  /// A mark of which only the bits in `known` are known.
  public init(value: UInt32, known: UInt32) {
    self.value = value & known
    self.known = known
  }

  /// Whether (mark & mask) == value; nil if an unknown bit decides.
  public func matches(value wanted: UInt32, mask: UInt32) -> Bool? {
    let decided = mask & known
    if value & decided != wanted & decided || wanted & ~mask != 0 { return false }
    return mask & ~known == 0 ? true : nil
  }

  /// (mark & ~mask) ^ value, as MARK and CONNMARK set it.
  public func setting(value new: UInt32, mask: UInt32) -> Mark {
    // A bit cleared by the mask is known afterwards, whatever it was.
    let stillUnknown = ~known & ~mask
    return Mark(value: (value & ~mask) ^ new, known: ~stillUnknown)
  }

  /// (mark & ~mask) ^ (other & otherMask), as CONNMARK saves and restores it.
  public func taking(_ other: Mark, otherMask: UInt32, mask: UInt32) -> Mark {
    let unknown = (~known & ~mask) | (~other.known & otherMask)
    return Mark(value: (value & ~mask) ^ (other.value & otherMask), known: ~unknown)
  }
}

/// How the source of a connection is rewritten.
public enum SourceTranslation: Sendable, Hashable {
  case none
  /// To an address of the interface that the packet leaves by.
  case masquerade
  case snat(Translation)
}

/// The first packet of a connection, as far as it is known, with what connection tracking keeps beside it.
public struct Packet: Sendable, Hashable {
  /// IPv4 or IPv6.
  public var family: IPFamily
  /// The protocol.
  public var transport: TransportProtocol
  /// Where it comes from, as far as it is known.
  public var source: AddressKnowledge
  /// Where it goes to now: behind DNAT, to the endpoint.
  public var destination: AddressKnowledge
  /// nil: unknown.
  public var sourcePort: UInt16?
  /// nil: unknown.
  public var destinationPort: UInt16?
  /// The interface that it came by.
  public var inInterface: InterfaceKnowledge = .unknown
  /// The interface that it leaves by.
  public var outInterface: InterfaceKnowledge = .unknown
  /// Whether it was routed a second time, so that the way out is not the one that OUTPUT was told.
  var isRoutedAnew = false
  /// Its mark (nfmark), as far as it is known.
  public var mark = Mark(0)
  /// Its connection's mark (ctmark), as far as it is known.
  public var connectionMark = Mark(0)
  /// Whether it goes the other way: an endpoint's answer to the connection's first packet.
  var isReply = false
  /// What conntrack says of it: a walk follows a connection's first packet.
  public var state: ConntrackState = .new
  /// Where the packet was sent before DNAT.
  public var originalDestination: AddressKnowledge
  /// The port before DNAT; nil: unknown.
  public var originalDestinationPort: UInt16?
  /// What becomes of its source.
  public var sourceTranslation = SourceTranslation.none
  /// The address that a translation gave it; nil without one, or where it is not foreseen.
  public var translatedSource: IPAddress?
  /// Set once IPVS took it, which then leaves it alone.
  public var ipvs: VirtualRoute?
  /// Set once a nat chain decided on the destination; no other nat chain of that side is asked then.
  public var isDestinationMapped = false
  /// Set once a nat chain decided on the source; no other nat chain of that side is asked then.
  public var isSourceMapped = false

  /// A new connection's packet.
  public init(
    transport: TransportProtocol, family: IPFamily, source: AddressKnowledge = .any, sourcePort: UInt16? = nil,
    destination: AddressKnowledge, destinationPort: UInt16?
  ) {
    self.family = family
    self.transport = transport
    self.source = source
    self.sourcePort = sourcePort
    self.destination = destination
    self.destinationPort = destinationPort
    originalDestination = destination
    originalDestinationPort = destinationPort
  }

  /// By what tells the packets of one walk apart; equality compares all.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(destination)
    hasher.combine(destinationPort)
    hasher.combine(mark.value)
  }

  /// Whether DNAT or REDIRECT changed where it goes.
  public var isRedirected: Bool { state.contains(.dnat) }

  /// Whether connection tracking knows it: not in raw's chains, which come before, and not after NOTRACK.
  public var isTracked: Bool { state.isDisjoint(with: [.invalid, .untracked]) }

  /// Whether it no longer bears the destination of its connection's original tuple: DNAT, REDIRECT, IPVS.
  public var isTranslated: Bool { isRedirected || ipvs?.method == .masquerading }

  /// The endpoint it goes to now, if both parts are known.
  public var endpoint: SocketAddress? {
    guard case .known(let address) = destination, let port = destinationPort else { return nil }
    return SocketAddress(address, port: port)
  }
}

/// What an ipset is: its type and how it was made.
public struct IPSetHeader: Sendable, Hashable {
  public var name: String
  /// `hash:ip,port`, `bitmap:port`, `list:set`, …
  public var type: String
  /// The revision of the type that the kernel made it with.
  public var revision: UInt8
  /// nil for a type that has none (`bitmap:port`, `list:set`).
  public var family: IPFamily?
  /// `range`, `hashsize`, `maxelem`, `size`, …: what the set was made with, as far as the kernel says.
  public var parameters = Parameters()
  /// How many rules and sets use it.
  public var references: UInt32 = 0
  /// In bytes.
  public var memorySize: UInt32 = 0
  /// nil where the kernel does not say (before 4.9).
  public var elementCount: UInt32?

  /// What a set is made with.
  public struct Parameters: Sendable, Hashable {
    public var hashSize: UInt32?
    public var maximumElements: UInt32?
    public var bucketSize: UInt8?
    public var initialValue: UInt32?
    public var netmask: UInt8?
    public var bitmask: IPAddress?
    public var markMask: UInt32?
    public var addresses: ClosedRange<IPAddress>?
    public var ports: ClosedRange<UInt16>?
    /// Of a list:set.
    public var size: UInt32?
    /// The default, in seconds; nil for a set whose elements stay.
    public var timeout: UInt32?
    public var hasCounters = false
    public var hasComments = false
    public var hasSkbinfo = false
    public var isForced = false
  }

  /// What an element has, in order: `ip`, `net`, `port`, `iface`, `mac`, `mark`, `set`.
  public var dimensions: [Substring] {
    (type.split(separator: ":", maxSplits: 1).last ?? "").split(separator: ",")
  }
}

/// A member of an ipset. What its set's type does not have is nil.
public struct IPSetEntry: Sendable, Hashable {
  /// An address, a network or a range of addresses.
  public struct Network: Sendable, Hashable {
    public var address: IPAddress
    /// The last address of a range.
    public var last: IPAddress?
    /// nil for a single address.
    public var prefixLength: UInt8?
  }

  public var network: Network?
  /// Of types with two: the second `ip` or `net`.
  public var network2: Network?
  public var transport: TransportProtocol?
  public var port: UInt16?
  /// The last port of a range.
  public var lastPort: UInt16?
  public var mark: UInt32?
  /// Six bytes.
  public var hardwareAddress: [UInt8]?
  public var interface: String?
  /// `physdev:`: the interface is a bridge's port.
  public var isPhysdev = false
  /// `wildcard`: the interface's name is the beginning of one.
  public var isWildcard = false
  /// Of a list:set: the member's name.
  public var setName: String?
  /// In seconds; 0 is forever.
  public var timeout: UInt32?
  /// The element is an exception: it does not match.
  public var isException = false
  public var counters: Counters?
  public var comment: String?
  /// Value and mask.
  public var skbMark: SkbMark?
  /// tc's handle, major and minor.
  public var skbPriority: UInt32?
  public var skbQueue: UInt16?

  /// What a packet is marked with by `SET --map-set`.
  public struct SkbMark: Sendable, Hashable {
    public var value: UInt32
    public var mask: UInt32
  }
}

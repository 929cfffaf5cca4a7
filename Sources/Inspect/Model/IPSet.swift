/// What an ipset is: its type and how it was made.
public struct IPSetHeader: Sendable, Hashable {
  /// At most 31 bytes (IPSET_MAXNAMELEN).
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
    /// `hashsize`: of a hash, its buckets now.
    public var hashSize: UInt32?
    /// `maxelem`: of a hash, how many elements it may have.
    public var maximumElements: UInt32?
    /// `bucketsize`: of a hash, the most elements of a bucket.
    public var bucketSize: UInt8?
    /// `initval`: what a hash starts from; nil where the kernel does not say.
    public var initialValue: UInt32?
    /// `netmask`: the prefix length that addresses are cut to.
    public var netmask: UInt8?
    /// `bitmask`: the bits of addresses that count.
    public var bitmask: IPAddress?
    /// `markmask`: the bits of marks that count.
    public var markMask: UInt32?
    /// `range` of a bitmap of addresses.
    public var addresses: ClosedRange<IPAddress>?
    /// `range` of a bitmap of ports.
    public var ports: ClosedRange<UInt16>?
    /// Of a list:set.
    public var size: UInt32?
    /// The default, in seconds; nil for a set whose elements stay.
    public var timeout: UInt32?
    /// `counters`: elements count packets and bytes.
    public var hasCounters = false
    /// `comment`: elements may have one.
    public var hasComments = false
    /// `skbinfo`: elements may set a packet's mark, priority and queue.
    public var hasSkbinfo = false
    /// `forceadd`: in a full set, a new element takes the place of another.
    public var isForced = false
  }

  /// A part of an element, as a set's type names it.
  public enum Dimension: String, Sendable {
    case ip, net, port, iface, mac, mark, set
    /// One that kpx does not know.
    case unknown
  }

  /// What an element has, in order.
  public var dimensions: [Dimension] {
    (type.split(separator: ":", maxSplits: 1).last ?? "").split(separator: ",").map {
      Dimension(rawValue: String($0)) ?? .unknown
    }
  }
}

/// A member of an ipset. What its set's type does not have is nil.
public struct IPSetEntry: Sendable, Hashable {
  /// An address, a network or a range of addresses.
  public struct Network: Sendable, Hashable {
    /// The address; of a network or range the first.
    public var address: IPAddress
    /// The last address of a range.
    public var last: IPAddress?
    /// nil for a single address.
    public var prefixLength: UInt8?
  }

  /// The first `ip` or `net`.
  public var network: Network?
  /// Of types with two: the second `ip` or `net`.
  public var network2: Network?
  /// `port`: its protocol.
  public var transport: TransportProtocol?
  /// The port; of a range the first.
  public var port: UInt16?
  /// The last port of a range.
  public var lastPort: UInt16?
  /// `mark`: what a packet's mark must be.
  public var mark: UInt32?
  /// Six bytes.
  public var hardwareAddress: [UInt8]?
  /// `iface`: the interface's name.
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
  /// `packets`, `bytes`; nil in a set without counters.
  public var counters: Counters?
  /// `comment`; nil for none.
  public var comment: String?
  /// Value and mask.
  public var skbMark: SkbMark?
  /// tc's handle, major and minor.
  public var skbPriority: UInt32?
  /// `skbqueue`: the queue that a packet is sent by.
  public var skbQueue: UInt16?

  /// What a packet is marked with by `SET --map-set`.
  public struct SkbMark: Sendable, Hashable {
    /// The bits that are set.
    public var value: UInt32
    /// The bits that are replaced.
    public var mask: UInt32
  }
}

/// An entry of the kernel's connection table.
public struct Connection: Sendable, Hashable {
  /// IPS_*.
  public struct Status: OptionSet, Sendable, Hashable {
    /// The bits.
    public let rawValue: UInt32

    /// As the kernel has them.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// IPS_SEEN_REPLY: packets went both ways.
    public static let seenReply = Status(rawValue: 1 << 1)
    /// IPS_ASSURED: it outlives the rush for a place in a full table.
    public static let assured = Status(rawValue: 1 << 2)
    /// IPS_SRC_NAT
    public static let sourceTranslated = Status(rawValue: 1 << 4)
    /// IPS_DST_NAT
    public static let destinationTranslated = Status(rawValue: 1 << 5)
    /// IPS_DYING: on its way out of the table.
    public static let dying = Status(rawValue: 1 << 9)
    /// IPS_OFFLOAD: its packets pass by conntrack in a flow table, and its timeout tells nothing.
    public static let offloaded = Status(rawValue: 1 << 14)
  }

  /// What was counted of one direction.
  public struct Count: Sendable, Hashable {
    /// Packets.
    public var packets: UInt64
    /// Bytes.
    public var bytes: UInt64
  }

  /// As the client sends.
  public var original: ConnectionTuple
  /// As the answers come: from where packets really go.
  public var reply: ConnectionTuple
  /// What the kernel knows of it.
  public var status: Status
  /// How far its protocol has come; nil for protocols without states.
  public var state: ConnectionState?
  /// How long it stays in the table without a packet, in seconds.
  public var timeout: UInt32
  /// nf_conntrack_mark; 0 for none.
  public var mark: UInt32
  /// The zone; 0 is the usual one.
  public var zone: UInt16
  /// When it began, in nanoseconds since 1970; nil where the kernel keeps no times (nf_conntrack_timestamp).
  public var start: UInt64?
  /// Both directions' counters; nil where the kernel keeps none (nf_conntrack_acct).
  public var counts: (original: Count, reply: Count)? {
    get { counted.map { ($0, answered ?? Count(packets: 0, bytes: 0)) } }
    set { (counted, answered) = (newValue?.original, newValue?.reply) }
  }
  private var counted: Count?
  private var answered: Count?

  /// An entry of which only the two directions are known.
  public init(original: ConnectionTuple, reply: ConnectionTuple, status: Status = [], timeout: UInt32 = 0) {
    self.original = original
    self.reply = reply
    self.status = status
    self.timeout = timeout
    mark = 0
    zone = 0
  }

  /// Where packets of the client end.
  public var endpoint: SocketAddress { reply.sourcePlace }
  /// Whether packets end elsewhere than where the client sends them. Of ICMP the two directions have no ports in common.
  public var isTranslated: Bool {
    endpoint.address != original.destination || original.transport.hasPorts && endpoint.port != original.destinationPort
  }
  /// The address that the endpoint sees the client by.
  public var seenSource: SocketAddress { reply.destinationPlace }

  /// How far it has come.
  public enum Phase: String, Codable, Sendable, CaseIterable {
    /// No answer was seen.
    case unanswered
    /// There was an answer, and the protocol's handshake is not done.
    case opening
    /// Data may go both ways.
    case established
    /// One side has ended it, and the entry is kept for stragglers.
    case closing
  }

  /// How far it has come.
  public var phase: Phase {
    if state?.isClosing == true { return .closing }
    if !status.contains(.seenReply) { return .unanswered }
    return state?.isOpening == true ? .opening : .established
  }
}

/// The state that conntrack has followed a connection's protocol to.
public enum ConnectionState: Sendable, Hashable {
  /// enum tcp_conntrack
  case tcp(UInt8)
  /// enum sctp_conntrack
  case sctp(UInt8)

  private static let tcpNames = [
    "NONE", "SYN_SENT", "SYN_RECV", "ESTABLISHED", "FIN_WAIT", "CLOSE_WAIT", "LAST_ACK", "TIME_WAIT", "CLOSE",
    "SYN_SENT2",
  ]
  private static let sctpNames = [
    "NONE", "CLOSED", "COOKIE_WAIT", "COOKIE_ECHOED", "ESTABLISHED", "SHUTDOWN_SENT", "SHUTDOWN_RECD",
    "SHUTDOWN_ACK_SENT", "HEARTBEAT_SENT", "HEARTBEAT_ACKED",
  ]

  /// As conntrack(8) names it; the number where that has no name for it.
  public var name: String {
    switch self {
    case .tcp(let number): Int(number) < Self.tcpNames.count ? Self.tcpNames[Int(number)] : "\(number)"
    case .sctp(let number): Int(number) < Self.sctpNames.count ? Self.sctpNames[Int(number)] : "\(number)"
    }
  }

  /// By conntrack's name for a state of TCP, which IPVS shares as far as it has such states; nil for other names.
  init?(tcp name: String) {
    guard let number = Self.tcpNames.firstIndex(of: name) else { return nil }
    self = .tcp(UInt8(number))
  }

  /// Before both sides know of each other.
  var isOpening: Bool {
    switch self {
    case .tcp(let number): [0, 1, 2, 9].contains(number)
    case .sctp(let number): [0, 2, 3, 8].contains(number)
    }
  }

  /// After one side has ended it.
  var isClosing: Bool {
    switch self {
    case .tcp(let number): (4...8).contains(number)
    case .sctp(let number): number == 1 || (5...7).contains(number)
    }
  }
}

/// The connections through a node: the answer of `kpx connections`. The table changes while it is read: all numbers are about
/// right.
public struct ConnectionList: Codable, Sendable, Hashable {
  /// The form of the answer: `kpx/v1`.
  public private(set) var apiVersion = answerVersion
  /// `ConnectionList`, which tells this answer from others.
  public private(set) var kind = "ConnectionList"
  /// The node that was asked.
  public var node: AnsweringNode
  /// Where what the API says is from; nil without the API.
  @Nullable public var api: APIOrigin?
  /// How many entries the node's table has; nil if it is not known.
  public var tracked: Int?
  /// How many it may have (net.netfilter.nf_conntrack_max); nil if it is not known.
  public var limit: Int?
  /// true if the table is known to have changed while it was read: the numbers are about right.
  public var changed: Bool?
  /// Those that were asked for, by how far they have come.
  public var connections = ConnectionCounts()
  /// How many of them go where no new one would; nil where that was not looked at.
  public var strays: Int?
  /// Of how many addresses that they are sent to it cannot be told where new ones would go; nil for none.
  public var unjudged: Int?
  /// What they are counted by; nil where they are listed.
  public var groupedBy: ConnectionGrouping?
  /// The largest first; nil where connections are listed.
  public var groups: [ConnectionGroup]?
  /// Those of note first; nil where they are counted in groups.
  public var items: [ConnectionReport]?
  /// How many groups or connections are left out; nil for none.
  public var omitted: Int?
  /// What is wrong.
  public var findings: [Finding] = []
  /// What the answer rests on and what it could not tell.
  public var notes: [Note] = []

  init(node: AnsweringNode) {
    self.node = node
    api = nil
  }
}

/// What connections are counted by.
public enum ConnectionGrouping: String, Codable, Sendable, CaseIterable {
  /// Who sends.
  case client
  /// Where they end.
  case endpoint
  /// The port of a service that they are to.
  case service
}

/// Somebody at one end of a connection.
public struct ConnectionParty: Codable, Sendable, Hashable {
  /// Who that is.
  public enum Role: String, Codable, Sendable {
    case pod
    /// The node that was asked.
    case thisNode
    /// Another node.
    case node
    /// Neither a pod nor a node.
    case outside
  }

  /// The address.
  public var address: IPAddress
  /// nil for protocols without ports, and where all of an address's are meant.
  public var port: UInt16?
  /// nil where it is not known.
  public var role: Role?
  /// The pod that has the address; nil where it is none's alone.
  public var pod: ObjectName?
  /// The node that has the address; nil where it is none's.
  public var node: String?

  /// Address and port.
  public var text: String { port.map { "\(SocketAddress(address, port: $0))" } ?? "\(address)" }
}

/// Packets and bytes of one direction.
public struct ConnectionTraffic: Codable, Sendable, Hashable {
  /// Packets.
  public var packets: UInt64
  /// Bytes, with the headers from IP on.
  public var bytes: UInt64
}

/// One connection.
public struct ConnectionReport: Codable, Sendable, Hashable {
  /// The protocol above IP.
  public var transport: TransportProtocol
  /// Who sends.
  public var client: ConnectionParty
  /// What it sends to.
  public var destination: ConnectionParty
  /// The service that it sends to; nil where it is none's that is known.
  public var service: OwnerName?
  /// Where packets end.
  public var endpoint: ConnectionParty
  /// How the endpoint sees the client; nil where that is the client's own address and port.
  public var seenSource: SocketAddress?
  /// How far it has come.
  public var phase: Connection.Phase
  /// As conntrack(8) names the protocol's state; nil for protocols without states.
  public var state: String?
  /// Why no new one would go there; nil where one would, or that was not looked at.
  public var stray: StrayConnections.Kind?
  /// Whether its packets pass by conntrack in a flow table: how long it is kept tells nothing then.
  public var offloaded: Bool?
  /// How long it is kept without a packet, in seconds.
  public var expiresSeconds: UInt32
  /// How long ago it began, in seconds; nil where the kernel keeps no times (nf_conntrack_timestamp).
  public var ageSeconds: Int?
  /// What the client has sent; nil where the kernel does not count (nf_conntrack_acct).
  public var sent: ConnectionTraffic?
  /// What it was sent; nil where the kernel does not count.
  public var received: ConnectionTraffic?

  private enum CodingKeys: String, CodingKey {
    case transport = "protocol"
    case client, destination, service, endpoint, seenSource, phase, state, stray, offloaded, expiresSeconds, ageSeconds
    case sent, received
  }
}

/// Connections that have something in common.
public struct ConnectionGroup: Codable, Sendable, Hashable {
  /// Who sends; nil where they are not counted by clients.
  public var client: ConnectionParty?
  /// Where they end; nil where they are not counted by endpoints.
  public var endpoint: ConnectionParty?
  /// The service that they are to; nil where they are to none that is known, or not counted by services.
  public var service: OwnerName?
  /// What they are sent to, where something translates them and no service is known; nil for others.
  public var destination: FrontendAddress?
  /// The protocol above IP, where they have one in common.
  public var transport: TransportProtocol?
  /// How many there are.
  public var connections = ConnectionCounts()
  /// How many of them go where no new one would; nil where that was not looked at.
  public var strays: Int?
  /// What the clients have sent; nil where the kernel does not count.
  public var sent: ConnectionTraffic?
  /// What they were sent; nil where the kernel does not count.
  public var received: ConnectionTraffic?

  private enum CodingKeys: String, CodingKey {
    case client, endpoint, service, destination
    case transport = "protocol"
    case connections, strays, sent, received
  }

  /// None yet.
  init() {}
}

/// A machine, as kpx asks it: the one that it runs on, or one that was saved.
///
/// Each part answers for itself. All but the rules have a default that nothing is known, so that whoever stands for a node
/// in a test says only what the test asks for. For a trace or a list of services nothing but a node opens a socket or a
/// file.
public protocol Node: AnyObject {
  /// The rules that packets meet.
  var filter: any PacketFilter { get }

  /// The tables and their chains, for whoever lists them.
  var tables: any RuleTables { get }

  /// The sets and maps of nf_tables that rules look into.
  var maps: any NFTSets { get }

  /// The ipsets that rules of both kinds of tables ask.
  var ipsets: any IPSets { get }

  /// What is known of IPVS.
  var ipvs: any VirtualServer { get }

  /// The connections that the node tracks.
  var connections: any ConnectionTable { get }

  /// What is known of the routes.
  var routing: any NodeRouting { get throws }

  /// The addresses that the node takes for its own, as its routing tables have them (127.0.0.0/8 is one); nil if they are
  /// not known.
  var localAddresses: [IPPrefix]? { get }

  /// The kernel's release; nil if it is not known.
  var kernel: KernelRelease? { get }

  /// The interfaces of these names that are there; nil if that is not known.
  func interfaces(among names: [String]) throws -> Set<String>?

  /// The interfaces that lead to pods of this node, by the pods' addresses; nil if they are not known.
  func interfaces(leadingTo addresses: [IPAddress]) throws -> [IPAddress: String]?

  /// All interfaces of the node; nil if they are not known.
  func links() throws -> [Link]?

  /// The addresses of its interfaces; nil if they are not known.
  func interfaceAddresses() throws -> [InterfaceAddress]?

  /// What a program on the node answers to GET over HTTP, at an address of the node's own; nil if it does not answer so in
  /// time, or cannot be asked.
  func answer(to path: String, at address: SocketAddress, milliseconds: Int) -> String?

  /// Whether programs can be asked at all.
  var canAskPrograms: Bool { get }

  /// The sockets that listen at a port of the node; nil if they are not known.
  func listeners(at port: UInt16, _ transport: TransportProtocol) -> [ListeningSocket]?

  /// The program that has a socket, for people to read; nil if it is not known.
  func program(of socket: ListeningSocket) -> String?

  /// Whether this is the network namespace of process 1; nil where that cannot be told.
  var isOfProcess1: Bool? { get }

  /// A value below /proc/sys, by its path there; nil if it is not known.
  func sysctl(_ path: String) -> String?

  /// What `-m recent` remembers under a name; nil if it is not known.
  func recentList(_ name: String) -> RecentList?

  /// Whether rules of xtables may ask for a match, as `nfacct`: the kernel has it, or a module for it; nil if it is not known.
  func offersMatch(_ name: String) -> Bool?

  /// The counters that programs have made for `-m nfacct`; nil if they are not known.
  func counterNames() throws -> [String]?

  /// How many rules the largest legacy table has, told without reading any; 0 where there is none, nil if it is not known.
  var largestLegacyTable: Int? { get throws }

  /// Compares the tables that have been read until now with what others read of them; none where nobody else can be asked.
  func verify() throws -> [Verification]
}

extension Node {
  /// None are listed.
  public var tables: any RuleTables { BothKindsOfTables(legacy: nil, nft: nil) }

  /// None.
  public var maps: any NFTSets { NoNFTSets() }

  /// Not known.
  public var ipsets: any IPSets { NoIPSets() }

  /// Not known.
  public var ipvs: any VirtualServer { NoVirtualServer() }

  /// Not known.
  public var connections: any ConnectionTable { NoConnectionTable() }

  /// Not known.
  public var routing: any NodeRouting { NoRouting() }

  /// Not known.
  public var localAddresses: [IPPrefix]? { nil }

  /// Not known.
  public var kernel: KernelRelease? { nil }

  /// Not known.
  public func interfaces(among names: [String]) throws -> Set<String>? { nil }

  /// Not known.
  public func interfaces(leadingTo addresses: [IPAddress]) throws -> [IPAddress: String]? { nil }

  /// Not known.
  public func links() throws -> [Link]? { nil }

  /// Not known.
  public func interfaceAddresses() throws -> [InterfaceAddress]? { nil }

  /// Nobody answers.
  public func answer(to path: String, at address: SocketAddress, milliseconds: Int) -> String? { nil }

  /// Those that there are.
  public var canAskPrograms: Bool { true }

  /// Not known.
  public func listeners(at port: UInt16, _ transport: TransportProtocol) -> [ListeningSocket]? { nil }

  /// Not known.
  public func program(of socket: ListeningSocket) -> String? { nil }

  /// Not known.
  public var isOfProcess1: Bool? { nil }

  /// Not known.
  public func sysctl(_ path: String) -> String? { nil }

  /// Not known.
  public func recentList(_ name: String) -> RecentList? { nil }

  /// Not known.
  public func offersMatch(_ name: String) -> Bool? { nil }

  /// Not known.
  public func counterNames() throws -> [String]? { nil }

  /// Not known.
  public var largestLegacyTable: Int? { nil }

  /// Nobody else can be asked.
  public func verify() throws -> [Verification] { [] }
}

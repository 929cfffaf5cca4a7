/// What a node tells of its routing.
public protocol NodeRouting {
  /// Where a packet of known ends goes that arrives, or that this node sends; nil if that cannot be told.
  func route(_ packet: Packet) throws -> Routing?

  /// Where packets to a known destination go, wherever they come from; nil if more than destination and mark decides, or if
  /// it cannot be told.
  func departure(of packet: Packet) throws -> Routing?

  /// The innermost prefix that holds an address and that any route or rule of routing speaks of: `departure` is the same for all
  /// addresses of which it is the same, but for the words of a refusal; nil if it cannot be told.
  func routePrefix(of address: IPAddress) throws -> IPPrefix?

  /// Why a packet that arrived and is not for this node goes no further, whatever its route is; nil if nothing is known
  /// against it.
  func refusalToForward(_ packet: Packet) throws -> Refusal?

  /// Why packets that leave by an interface do not get to a pod of this node; nil if nothing is known against it.
  func obstacle(toPod address: IPAddress, leavingBy interface: String) throws -> Refusal?

  /// The way that this node's own packets take to an address; nil if there is none, or if it cannot be told.
  func way(to address: IPAddress) throws -> Way?

  /// By which interfaces packets come; nil if that cannot be told.
  func arrivals(_ family: IPFamily) throws -> Arrivals?

  /// The global addresses of an interface; nil if that cannot be told.
  func addresses(of interface: String, family: IPFamily) throws -> [IPAddress]?

  /// The address that MASQUERADE gives a packet that leaves; nil where the kernel has a choice that kpx does not foresee.
  func masqueradeAddress(of packet: Packet) throws -> IPAddress?

  /// The bridges whose packets pass iptables' chains on their way from port to port (br_netfilter); nil if that cannot be
  /// told.
  func filteredBridges(_ family: IPFamily) throws -> [Bridge]?

  /// The port of a bridge behind which an address is; nil if it is behind none, or if that cannot be told.
  func port(leadingTo address: IPAddress) throws -> String?

  /// The name of the interface of a number; nil if there is none, or if that cannot be told.
  func interface(number: Int32) throws -> String?

  /// The bridge that an interface is a port of; nil if it is none's, or if that cannot be told.
  func bridge(ofPort name: String) throws -> String?
}

extension NodeRouting {
  /// Not known.
  public func routePrefix(of address: IPAddress) throws -> IPPrefix? { nil }
}

/// A node of which no routes are known.
public struct NoRouting: NodeRouting {
  /// Answers nothing.
  public init() {}

  /// Not known.
  public func route(_ packet: Packet) -> Routing? { nil }
  /// Not known.
  public func departure(of packet: Packet) -> Routing? { nil }
  /// All addresses are alike.
  public func routePrefix(of address: IPAddress) -> IPPrefix? { IPPrefix(.any(address.family), length: 0) }
  /// Not known.
  public func refusalToForward(_ packet: Packet) -> Refusal? { nil }
  /// Not known.
  public func obstacle(toPod address: IPAddress, leavingBy interface: String) -> Refusal? { nil }
  /// Not known.
  public func way(to address: IPAddress) -> Way? { nil }
  /// Not known.
  public func arrivals(_ family: IPFamily) -> Arrivals? { nil }
  /// Not known.
  public func addresses(of interface: String, family: IPFamily) -> [IPAddress]? { nil }
  /// Not known.
  public func masqueradeAddress(of packet: Packet) -> IPAddress? { nil }
  /// Not known.
  public func filteredBridges(_ family: IPFamily) -> [Bridge]? { nil }
  /// Not known.
  public func port(leadingTo address: IPAddress) -> String? { nil }
  /// Not known.
  public func interface(number: Int32) -> String? { nil }
  /// Not known.
  public func bridge(ofPort name: String) -> String? { nil }
}

/// Where the kernel's routing sends a packet whose ends are known.
public enum Routing: Sendable, Hashable {
  /// To this node itself.
  case local
  /// Out by an interface.
  case out(interface: String)
  /// Nowhere: the kernel drops it.
  case refused(Refusal)
}

/// How this node's packets leave it for an address; what comes from there comes by the same interface.
public struct Way: Sendable, Hashable {
  /// The interface by which packets leave.
  public var interface: String
  /// This node's address on that way.
  public var source: IPAddress?
  /// Whether a gateway passes them on: who has the address is not on this node.
  public var hasGateway: Bool

  /// A way by an interface.
  public init(interface: String, source: IPAddress?, hasGateway: Bool = false) {
    self.interface = interface
    self.source = source
    self.hasGateway = hasGateway
  }
}

/// A bridge of the node.
public struct Bridge: Sendable, Hashable {
  /// The name of its own interface.
  public var name: String
  /// The names of its ports.
  public var ports: [String]
  /// Those of them that send back what came by them (hairpin mode).
  public var reflectingPorts: Set<String>

  /// A bridge with some ports.
  public init(name: String, ports: [String], reflectingPorts: Set<String> = []) {
    self.name = name
    self.ports = ports
    self.reflectingPorts = reflectingPorts
  }
}

/// By which interfaces packets come to a node, as its routes have it: what rules that ask for interfaces are told by.
public struct Arrivals: Sendable, Hashable {
  /// Addresses behind an interface of their own, by the interface's name: pods of Calico, AWS, GKE, kindnet and others that
  /// route each pod.
  public var attached: [String: [IPAddress]]
  /// Networks behind an interface, without a gateway.
  public var networks: [IPPrefix: String] = [:]
  /// The names of all interfaces.
  public var interfaces: [String]
  /// Those of them that default routes lead to; empty where there is none, or where one has several next hops.
  public var uplinks: [String]

  /// Arrivals by interfaces and the addresses behind some of them.
  public init(attached: [String: [IPAddress]], interfaces: [String], uplinks: [String] = []) {
    self.attached = attached
    self.interfaces = interfaces
    self.uplinks = uplinks
  }
}

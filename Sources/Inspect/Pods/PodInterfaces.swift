/// The pods that were asked for, with their interfaces: the answer of `kpx veth`.
public struct PodInterfaces: Sendable {
  /// By name.
  public var pods: [PodNetwork] = []
  /// Ends of veth pairs on this node whose other end is no pod's.
  public var orphans: [OrphanInterface] = []
  /// What the answer rests on and what it could not tell.
  public var notes: [Note] = []
  /// Whether pods may be missing because a runtime gave no answer.
  public var isIncomplete = false
}

/// A pod and its network.
public struct PodNetwork: Sendable {
  /// What holds its containers together.
  public var sandbox: PodSandbox
  /// In the order of their numbers, without lo.
  public var interfaces: [PodInterface] = []
  /// Why there are no interfaces to show; nil if that is as it should be.
  public var problem: String?

  /// How many interfaces of a pod, and addresses of an interface, are shown.
  static let mostShown = 32

  /// The interfaces to show: those with an end on the node come first. Whoever is root in a pod's network may make
  /// thousands.
  public var shownInterfaces: [PodInterface] {
    guard interfaces.count > Self.mostShown else { return interfaces }
    let tied = interfaces.filter(\.side.isOnNode)
    let others = interfaces.filter { !$0.side.isOnNode }
    return Array((tied + others).prefix(Self.mostShown))
  }

  /// How many interfaces are not shown.
  public var omittedCount: Int { max(0, interfaces.count - Self.mostShown) }

  /// All addresses that a pod is known by, in the order of its interfaces.
  public var addresses: [InterfaceAddress] { interfaces.flatMap(\.addresses).filter { !$0.isLinkLocal } }
}

/// An interface in a pod.
public struct PodInterface: Sendable {
  /// The interface, as the pod sees it.
  public var link: Link
  /// Its addresses, as the kernel lists them.
  public var addresses: [InterfaceAddress]
  /// What of it is on the node.
  public var side: HostSide

  /// The addresses to show.
  public var shownAddresses: [InterfaceAddress] { Array(addresses.prefix(PodNetwork.mostShown)) }

  /// How many addresses are not shown.
  public var omittedCount: Int { max(0, addresses.count - PodNetwork.mostShown) }
}

/// What of a pod's interface is on the node.
public enum HostSide: Sendable {
  /// The other end of the pair.
  case pair(HostInterface)
  /// ipvlan, macvlan, VLAN: no end on the node, but an interface of the node that it stands upon.
  case parent(Link)
  /// Tied to an interface that is neither here nor in the pod.
  case elsewhere(LinkKey)
  /// Tied to another interface of the pod itself.
  case inside(Link)
  /// Tied to nothing: a dummy, a tunnel, or hardware that was moved into the pod.
  case none

  /// Whether the node has an end of it.
  var isOnNode: Bool {
    switch self {
    case .pair, .parent: true
    case .elsewhere, .inside, .none: false
    }
  }
}

/// The node's end of a pod's interface.
public struct HostInterface: Sendable {
  /// The interface, as the node sees it.
  public var link: Link
  /// The id by which the node's namespace knows the pod's.
  public var netnsid: Int32?
  /// The bridge that it is a port of.
  public var master: String?
  /// Routes that lead to it, where it has no bridge.
  public var routes: [IPPrefix] = []
  /// What says besides the kernel's own tie that the two belong together.
  public var confirmations: [String] = []
}

/// One end of a pair on this node that leads to no pod.
public struct OrphanInterface: Sendable {
  /// The interface, as the node sees it.
  public var link: Link
  /// The bridge that it is a port of; nil for none.
  public var master: String?
  /// What it leads to instead, in words.
  public var reason: String
}

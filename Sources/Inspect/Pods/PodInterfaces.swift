/// The pods that were asked for, with their interfaces: the answer of `kpx veth`.
public struct PodInterfaces: Sendable {
  /// By name.
  public var pods: [PodNetwork] = []
  /// Ends of veth pairs on this node whose other end is no pod's.
  public var orphans: [OrphanInterface] = []
  /// What the answer rests on and what it could not tell.
  public var notes: [Note] = []
  /// What was meant, in sentences, by targets that do not say it by themselves.
  public var readings: [String] = []
  /// Whether pods may be missing because a runtime gave no answer.
  public var isIncomplete = false
  /// Whether there are interfaces of which nothing is seen but the node's ends, as where kpx sees a container's processes alone.
  var hidesProcesses = false
}

extension PodInterfaces {
  /// 0 all is well, 1 something is wrong, 2 cannot tell.
  ///
  /// A list that may lack pods cannot tell, nor can a pod whose network a runtime did not tell; one pod whose network is
  /// broken, or an interface that leads to none, is wrong.
  /// - Parameter areNamed: whether it was asked for some of them, and not for a list of all.
  public func exitStatus(areNamed: Bool) -> Int32 {
    guard areNamed else { return isIncomplete ? 2 : 0 }
    let wrong = pods.filter { !$0.problems.isEmpty }
    if isIncomplete, !wrong.isEmpty, wrong.allSatisfy({ $0.isUnknown }) { return 2 }
    return !wrong.isEmpty || pods.isEmpty || !orphans.isEmpty ? 1 : 0
  }
}

/// A pod and its network.
public struct PodNetwork: Codable, Sendable {
  /// What holds its containers together.
  public var sandbox: PodSandbox
  /// In the order of their numbers, without lo.
  public var interfaces: [PodInterface] = []
  /// What is wrong with the pod's network as a whole; nil if nothing is.
  public var problem: String?

  /// Whether it lives, and nothing told its network.
  public var isUnknown: Bool {
    sandbox.state == .ready && sandbox.namespace == nil && sandbox.isHostNetwork?.value != true
  }

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

  /// All that is wrong with it, in sentences.
  public var problems: [String] { [problem].compactMap(\.self) + interfaces.flatMap(\.problems) }

  /// How many interfaces are not shown.
  public var omittedCount: Int { max(0, interfaces.count - Self.mostShown) }

  /// All addresses that a pod is known by, in the order of its interfaces.
  public var addresses: [InterfaceAddress] { interfaces.flatMap(\.addresses).filter { !$0.isLinkLocal } }
}

/// An interface in a pod.
public struct PodInterface: Codable, Sendable {
  /// The interface, as the pod sees it.
  public var link: Link
  /// Its addresses, as the kernel lists them.
  public var addresses: [InterfaceAddress]
  /// What of it is on the node.
  public var side: HostSide

  /// What keeps packets from getting through, in sentences; empty where nothing is seen to.
  public var problems: [String] {
    guard case .pair(let host) = side else { return [] }
    var found: [String] = []
    for (end, place) in [(link, "in the pod"), (host.link, "on the node")] where !end.isSetUp {
      found.append("\(end.name) is set down \(place)")
    }
    if found.isEmpty, let end = [link, host.link].first(where: \.isDown) {
      found.append("\(end.name) is \(end.state)")
    }
    if link.mtu != host.link.mtu {
      found.append("\(link.name) has mtu \(link.mtu) in the pod, and \(host.link.name) \(host.link.mtu) on the node")
    }
    return found
  }

  /// The addresses to show.
  public var shownAddresses: [InterfaceAddress] { Array(addresses.prefix(PodNetwork.mostShown)) }

  /// How many addresses are not shown.
  public var omittedCount: Int { max(0, addresses.count - PodNetwork.mostShown) }
}

/// What of a pod's interface is on the node.
public enum HostSide: Codable, Sendable {
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

  /// Whether it is tied to another namespace, not the node's.
  var isElsewhere: Bool { if case .elsewhere = self { true } else { false } }

  /// Whether the node has an end of it.
  var isOnNode: Bool {
    switch self {
    case .pair, .parent: true
    case .elsewhere, .inside, .none: false
    }
  }
}

/// The node's end of a pod's interface.
public struct HostInterface: Codable, Sendable {
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
public struct OrphanInterface: Codable, Sendable {
  /// The interface, as the node sees it.
  public var link: Link
  /// The bridge that it is a port of; nil for none.
  public var master: String?
  /// What it leads to instead, in words.
  public var reason: String
  /// Whether nothing that is seen from here has the other end.
  var isUnseen = false
  /// The namespace of the other end, where it has a name, no process, and no pod; nil for others.
  var empty: EmptyNamespace?
}

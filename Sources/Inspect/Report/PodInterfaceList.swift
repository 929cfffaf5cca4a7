/// The pods that were asked for, with their interfaces: the answer of `kpx veth`.
public struct PodInterfaceList: Codable, Sendable {
  /// The form of the answer: `kpx/v1`.
  public private(set) var apiVersion = answerVersion
  /// `PodInterfaceList`, which tells this answer from others.
  public private(set) var kind = "PodInterfaceList"
  /// The node that was asked.
  public var node: AnsweringNode
  /// Those pods that were asked for, by name.
  public var items: [PodNetworkReport]
  /// Ends of veth pairs on this node whose other end is no pod's.
  public var orphans: [OrphanReport]
  /// Whether pods may be missing because a runtime gave no answer.
  public var incomplete: Bool
  /// What the answer rests on and what it could not tell.
  public var notes: [Note]

  /// What was found on a node.
  public init(node: AnsweringNode, _ answer: PodInterfaces) {
    self.node = node
    items = answer.pods.map(PodNetworkReport.init)
    orphans = answer.orphans.map(OrphanReport.init)
    incomplete = answer.isIncomplete
    notes = answer.notes
  }
}

/// A pod and its network.
public struct PodNetworkReport: Codable, Sendable {
  /// The pod's; nil where nothing tells it.
  public var namespace: String?
  /// The pod's; nil where nothing tells it.
  public var name: String?
  /// The Pod object's; nil where nothing tells it.
  public var uid: String?
  /// Whether it is on the node's network; nil where that is not known.
  public var hostNetwork: Bool?
  /// What holds its containers together.
  public var sandbox: SandboxReport
  /// At most 32; those with an end on the node first.
  public var interfaces: [PodInterfaceReport]
  /// How many more there are.
  public var interfacesOmitted: Int
  /// Why there are no interfaces to show; nil if that is as it should be.
  @Nullable public var problem: String?

  init(_ pod: PodNetwork) {
    namespace = pod.sandbox.name?.value.namespace
    name = pod.sandbox.name?.value.name
    uid = pod.sandbox.uid?.value
    hostNetwork = pod.sandbox.isHostNetwork?.value
    sandbox = SandboxReport(pod.sandbox)
    interfaces = pod.shownInterfaces.map(PodInterfaceReport.init)
    interfacesOmitted = pod.omittedCount
    problem = pod.problem
  }
}

/// What holds a pod's containers together.
public struct SandboxReport: Codable, Sendable {
  /// Where each fact is from.
  public struct Sources: Codable, Sendable {
    /// What told the namespace and name; nil where nothing did.
    public var name: PodSource?
    /// What told the uid; nil where nothing did.
    public var uid: PodSource?
    /// What told the sandbox's id; nil where nothing did.
    public var id: PodSource?
    /// What told the process; nil where nothing did.
    public var pid: PodSource?
    /// What told the network namespace; nil where nothing did.
    public var netns: PodSource?
    /// What told whether it is on the node's network; nil where nothing did.
    public var hostNetwork: PodSource?
  }

  /// Whoever runs in a pod may make as many as they like.
  private static let mostNamespaces = 32

  /// The runtime's id of it; nil where no runtime told one.
  public var id: String?
  /// Which runtime, such as `containerd`; nil where none told of it.
  public var runtime: String?
  /// Whether it lives.
  public var state: PodSandbox.State
  /// A process that lives in it; nil where none is known.
  public var pid: Int32?
  /// A path to its network namespace; nil where none is known.
  public var netns: String?
  /// The namespace's inode, as `ls -l /proc/PID/ns/net` shows it.
  public var netnsInode: UInt64?
  /// Paths to further network namespaces that its processes are in; at most 32.
  public var otherNetns: [String]
  /// How many there are of these.
  public var otherNetnsCount: Int
  /// Where each of these facts is from.
  public var sources: Sources

  init(_ sandbox: PodSandbox) {
    id = sandbox.id?.value
    runtime = sandbox.runtime
    state = sandbox.state
    pid = sandbox.pid?.value
    netns = sandbox.namespace?.value.path
    netnsInode = sandbox.namespace?.value.id.inode
    otherNetns = sandbox.otherNamespaces.prefix(Self.mostNamespaces).map(\.path)
    otherNetnsCount = sandbox.otherNamespaces.count
    sources = Sources(
      name: sandbox.name?.source, uid: sandbox.uid?.source, id: sandbox.id?.source, pid: sandbox.pid?.source,
      netns: sandbox.namespace?.source, hostNetwork: sandbox.isHostNetwork?.source)
  }
}

/// What an interface counted.
public struct LinkCounters: Codable, Sendable, Hashable {
  /// Packets that were received.
  public var rxPackets: UInt64
  /// Packets that were sent.
  public var txPackets: UInt64
  /// Bytes that were received.
  public var rxBytes: UInt64
  /// Bytes that were sent.
  public var txBytes: UInt64
  /// Packets that were received damaged.
  public var rxErrors: UInt64
  /// Packets that could not be sent.
  public var txErrors: UInt64
  /// Received packets that were dropped, as for want of memory.
  public var rxDropped: UInt64
  /// Packets that were dropped before they were sent.
  public var txDropped: UInt64

  init(_ counts: LinkStatistics) {
    (rxPackets, txPackets, rxBytes, txBytes) = (counts.rxPackets, counts.txPackets, counts.rxBytes, counts.txBytes)
    (rxErrors, txErrors) = (counts.rxErrors, counts.txErrors)
    (rxDropped, txDropped) = (counts.rxDropped, counts.txDropped)
  }
}

/// An interface in a pod.
public struct PodInterfaceReport: Codable, Sendable {
  /// Its name in its own namespace.
  public var name: String
  /// Its number in its own namespace.
  public var ifindex: Int32
  /// nil for what has no kind, as hardware.
  @Nullable public var kind: String?
  /// nil where it has none.
  @Nullable public var mac: String?
  /// In bytes.
  public var mtu: UInt32
  /// RFC 2863's operational state: `UP`, `DOWN`, `LOWERLAYERDOWN`, …
  public var state: String
  /// What it has counted; nil where that was not asked for.
  public var statistics: LinkCounters?
  /// With their prefix lengths; at most 32.
  public var addresses: [String]
  /// How many more there are.
  public var addressesOmitted: Int
  /// The node's end of the pair; none where it is known that the node has no end.
  public var host: Known<HostInterfaceReport>?
  /// The node's interface that it stands upon; nil for a pair.
  public var parent: LinkReport?

  init(_ interface: PodInterface) {
    let link = LinkReport(interface.link)
    (name, ifindex, kind, mac) = (link.name, link.ifindex, link.kind, link.mac)
    (mtu, state, statistics) = (link.mtu, link.state, link.statistics)
    addresses = interface.shownAddresses.map(\.description)
    addressesOmitted = interface.omittedCount
    switch interface.side {
    case .pair(let end): host = .some(.some(HostInterfaceReport(end)))
    case .parent(let link):
      host = .some(.none)
      parent = LinkReport(link)
    case .none, .inside: host = .some(.none)
    case .elsewhere: host = nil
    }
  }
}

/// An interface.
public struct LinkReport: Codable, Sendable, Hashable {
  /// Its name in its own namespace.
  public var name: String
  /// Its number in its own namespace.
  public var ifindex: Int32
  /// `veth`, `bridge`, `ipvlan`, …; nil for what has no kind, as hardware.
  @Nullable public var kind: String?
  /// nil where it has none.
  @Nullable public var mac: String?
  /// In bytes.
  public var mtu: UInt32
  /// RFC 2863's operational state: `UP`, `DOWN`, `LOWERLAYERDOWN`, …
  public var state: String
  /// What it has counted; nil where that was not asked for.
  public var statistics: LinkCounters?

  init(_ link: Link) {
    name = link.name
    ifindex = link.index
    kind = link.kind
    mac = link.mac?.description
    mtu = link.mtu
    state = link.state
    statistics = link.statistics.map(LinkCounters.init)
  }
}

/// The node's end of a pod's interface.
public struct HostInterfaceReport: Codable, Sendable, Hashable {
  /// Its name in its own namespace.
  public var name: String
  /// Its number in its own namespace.
  public var ifindex: Int32
  /// `veth`, `bridge`, `ipvlan`, …; nil for what has no kind, as hardware.
  @Nullable public var kind: String?
  /// nil where it has none.
  @Nullable public var mac: String?
  /// In bytes.
  public var mtu: UInt32
  /// RFC 2863's operational state: `UP`, `DOWN`, `LOWERLAYERDOWN`, …
  public var state: String
  /// What it has counted; nil where that was not asked for.
  public var statistics: LinkCounters?
  /// The id by which the node's namespace knows the pod's.
  public var netnsid: Int32?
  /// The bridge that it is a port of; nil for none.
  @Nullable public var master: String?
  /// Routes that lead to it, where it has no bridge.
  public var routes: [IPPrefix]
  /// What says besides the kernel's own tie that the two belong together, in sentences.
  public var confirmations: [String]

  init(_ host: HostInterface) {
    let link = LinkReport(host.link)
    (name, ifindex, kind, mac) = (link.name, link.ifindex, link.kind, link.mac)
    (mtu, state, statistics) = (link.mtu, link.state, link.statistics)
    netnsid = host.netnsid
    master = host.master
    routes = host.routes
    confirmations = host.confirmations
  }
}

/// One end of a pair on this node that leads to no pod.
public struct OrphanReport: Codable, Sendable {
  /// Its name in its own namespace.
  public var name: String
  /// Its number in its own namespace.
  public var ifindex: Int32
  /// `veth`, `bridge`, `ipvlan`, …; nil for what has no kind, as hardware.
  @Nullable public var kind: String?
  /// nil where it has none.
  @Nullable public var mac: String?
  /// In bytes.
  public var mtu: UInt32
  /// RFC 2863's operational state: `UP`, `DOWN`, `LOWERLAYERDOWN`, …
  public var state: String
  /// What it has counted; nil where that was not asked for.
  public var statistics: LinkCounters?
  /// The id by which the node's namespace knows the other end's; nil where both are the node's.
  public var netnsid: Int32?
  /// The other end's number in its own namespace.
  public var peerIfindex: Int32?
  /// The bridge that it is a port of; nil for none.
  @Nullable public var master: String?
  /// What it leads to instead, in words.
  public var reason: String

  init(_ orphan: OrphanInterface) {
    let link = LinkReport(orphan.link)
    (name, ifindex, kind, mac) = (link.name, link.ifindex, link.kind, link.mac)
    (mtu, state, statistics) = (link.mtu, link.state, link.statistics)
    netnsid = orphan.link.peer?.netnsid
    peerIfindex = orphan.link.peer?.index
    master = orphan.master
    reason = orphan.reason
  }
}

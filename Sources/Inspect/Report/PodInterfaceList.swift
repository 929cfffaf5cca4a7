/// The pods that were asked for, with their interfaces: the answer of `kpx veth`.
public struct PodInterfaceList: Codable, Sendable {
  public private(set) var apiVersion = answerVersion
  public private(set) var kind = "PodInterfaceList"
  public var node: AnsweringNode
  public var items: [PodNetworkReport]
  /// Ends of veth pairs on this node whose other end is no pod's.
  public var orphans: [OrphanReport]
  /// Whether pods may be missing because a runtime gave no answer.
  public var incomplete: Bool
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
  public var namespace: String?
  public var name: String?
  public var uid: String?
  public var hostNetwork: Bool?
  public var sandbox: SandboxReport
  public var interfaces: [PodInterfaceReport]
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
    public var name: PodSource?
    public var uid: PodSource?
    public var id: PodSource?
    public var pid: PodSource?
    public var netns: PodSource?
    public var hostNetwork: PodSource?
  }

  /// Whoever runs in a pod may make as many as they like.
  private static let mostNamespaces = 32

  public var id: String?
  public var runtime: String?
  public var state: PodSandbox.State
  public var pid: Int32?
  public var netns: String?
  public var netnsInode: UInt64?
  public var otherNetns: [String]
  public var otherNetnsCount: Int
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
  public var rxPackets: UInt64
  public var txPackets: UInt64
  public var rxBytes: UInt64
  public var txBytes: UInt64
  public var rxErrors: UInt64
  public var txErrors: UInt64
  public var rxDropped: UInt64
  public var txDropped: UInt64

  init(_ counts: LinkStatistics) {
    (rxPackets, txPackets, rxBytes, txBytes) = (counts.rxPackets, counts.txPackets, counts.rxBytes, counts.txBytes)
    (rxErrors, txErrors) = (counts.rxErrors, counts.txErrors)
    (rxDropped, txDropped) = (counts.rxDropped, counts.txDropped)
  }
}

/// An interface in a pod.
public struct PodInterfaceReport: Codable, Sendable {
  public var name: String
  public var ifindex: Int32
  /// nil for what has no kind, as hardware.
  @Nullable public var kind: String?
  @Nullable public var mac: String?
  public var mtu: UInt32
  public var state: String
  public var statistics: LinkCounters?
  public var addresses: [String]
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
  public var name: String
  public var ifindex: Int32
  @Nullable public var kind: String?
  @Nullable public var mac: String?
  public var mtu: UInt32
  public var state: String
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
  public var name: String
  public var ifindex: Int32
  @Nullable public var kind: String?
  @Nullable public var mac: String?
  public var mtu: UInt32
  public var state: String
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
  public var name: String
  public var ifindex: Int32
  @Nullable public var kind: String?
  @Nullable public var mac: String?
  public var mtu: UInt32
  public var state: String
  public var statistics: LinkCounters?
  public var netnsid: Int32?
  public var peerIfindex: Int32?
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

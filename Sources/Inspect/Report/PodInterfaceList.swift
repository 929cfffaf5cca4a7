/// The pods that were asked for, with their interfaces: the answer of `kpx veth`.
public struct PodInterfaceList: Codable, Sendable, Hashable {
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
}

/// A pod and its network.
public struct PodNetworkReport: Codable, Sendable, Hashable {
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
  /// What is wrong with the pod's network as a whole; nil if nothing is.
  @Nullable public var problem: String?
}

/// What holds a pod's containers together.
public struct SandboxReport: Codable, Sendable, Hashable {
  /// Whether it lives.
  public enum State: String, Codable, Sendable, Hashable {
    case ready
    /// The runtime says that it is not; its network may be gone, too.
    case dead
    /// The kubelet has files of the pod, and there is neither sandbox nor process.
    case absent
  }

  /// Where each fact is from.
  public struct Sources: Codable, Sendable, Hashable {
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

  /// The runtime's id of it; nil where no runtime told one.
  public var id: String?
  /// Which runtime, such as `containerd`; nil where none told of it.
  public var runtime: String?
  /// Whether it lives.
  public var state: State
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
  /// The addresses that the runtime has for it; none where the runtime was not asked for them.
  public var runtimeAddresses: [IPAddress]
  /// Where each of these facts is from.
  public var sources: Sources
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
}

/// An interface in a pod.
public struct PodInterfaceReport: Codable, Sendable, Hashable {
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
  /// What keeps packets from getting through, in sentences: an end that is down, MTUs that differ.
  public var problems: [String]
  /// The node's end of the pair; none where it is known that the node has no end.
  public var host: Known<HostInterfaceReport>?
  /// The node's interface that it stands upon; nil for a pair.
  public var parent: LinkReport?
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
}

/// One end of a pair on this node that leads to no pod.
public struct OrphanReport: Codable, Sendable, Hashable {
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
}

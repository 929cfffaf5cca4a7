import TestSupport

@testable import Inspect

/// A node of which more is known than its rules: what a test says of it.
final class DescribedNode: Node {
  private let base: any Node
  var settings: [String: String] = [
    "net/ipv4/ip_forward": "1", "net/ipv6/conf/all/forwarding": "1", "net/bridge/bridge-nf-call-iptables": "1",
    "net/bridge/bridge-nf-call-ip6tables": "1", "net/ipv4/vs/conntrack": "1", "net/ipv4/vs/expire_nodest_conn": "1",
    "net/ipv4/vs/expire_quiescent_template": "1",
  ]
  var describedLinks: [Link]? = []
  var describedAddresses: [InterfaceAddress]? = []
  var answers: [String: String] = ["/proxyMode": "iptables"]
  /// What listens, by port.
  var programs: [UInt16: String] = [10249: "kube-proxy (pid 7)", 10256: "kube-proxy (pid 7)", 6443: "kube-apiserver"]
  /// At which address it does.
  var listeningAddress = IPAddress.any(.v4)
  var connections: any ConnectionTable = FewConnections()
  var isOfProcess1: Bool? = true
  var canAskPrograms = true
  var describedKernel: KernelRelease?
  /// Which interfaces lead to pods' addresses.
  var ways: [IPAddress: String] = [:]
  /// The counters for `-m nfacct`, and whether rules may ask for it.
  var counters: [String]? = []
  var offersCounters: Bool?
  /// What `-m recent` remembers; nil where that cannot be read. Of a name that is not there nothing.
  var recentLists: [String: RecentList]? = [:]
  var localAddresses: [IPPrefix]?

  init(_ base: any Node) {
    self.base = base
    localAddresses = base.localAddresses
  }

  var filter: any PacketFilter { base.filter }
  var tables: any RuleTables { base.tables }
  var maps: any NFTSets { base.maps }
  var ipsets: any IPSets { base.ipsets }
  var ipvs: any VirtualServer { base.ipvs }

  var kernel: KernelRelease? { describedKernel }
  func interfaces(among names: [String]) -> Set<String>? { [] }
  func interfaces(leadingTo addresses: [IPAddress]) -> [IPAddress: String]? {
    ways.filter { addresses.contains($0.key) }
  }
  func offersMatch(_ name: String) -> Bool? { name == "nfacct" ? offersCounters : nil }
  func counterNames() -> [String]? { counters }
  func recentList(_ name: String) -> RecentList? { recentLists.map { $0[name] ?? RecentList(ages: [], limit: 100) } }
  func sysctl(_ path: String) -> String? { settings[path] }
  func links() -> [Link]? { describedLinks }
  func interfaceAddresses() -> [InterfaceAddress]? { describedAddresses }
  func answer(to path: String, at address: SocketAddress, milliseconds: Int) -> String? { answers[path] }

  func listeners(at port: UInt16, _ transport: TransportProtocol) -> [ListeningSocket]? {
    guard programs[port] != nil, transport == .tcp else { return [] }
    return [ListeningSocket(address: SocketAddress(listeningAddress, port: port), inode: UInt64(port))]
  }

  func program(of socket: ListeningSocket) -> String? { programs[socket.address.port] }
}

/// A table of connections with so many entries, of which none is to a service.
struct FewConnections: ConnectionTable {
  var count: Int? = 10
  var limit: Int? = 1000

  func forEach(_ filter: ConnectionFilter, _ body: (Connection) throws -> Void) {}
}

extension Link {
  /// An interface that is up.
  static func described(
    _ name: String, _ index: Int32, kind: String? = nil, mtu: UInt32 = 1500, master: Int32? = nil, lower: LinkKey? = nil
  ) -> Link {
    Link(
      name: name, index: index, kind: kind, mac: nil, mtu: mtu, flags: 1, state: "UP", master: master, lower: lower,
      statistics: nil)
  }
}

/// The node of yaobank, healthy but for what is changed.
struct CheckedNode {
  let captured: CapturedNode
  let node: DescribedNode

  init(
    _ capture: String = "yaobank-iptables-legacy-v1.34", exchanging change: (old: String, new: String)? = nil,
    addresses: [String] = []
  ) throws {
    captured = try CapturedNode(Capture(capture), exchanging: change, addresses: addresses)
    node = DescribedNode(captured.node)
  }

  /// What all checks say.
  func check(
    _ known: CapturedNode.Knowledge = .all, release: Release? = nil, families: [IPFamily] = IPFamily.allCases
  ) throws -> (checks: [CheckReport.Check], findings: [Finding]) {
    var context = captured.context(known)
    context.families = families
    if known == .all { context.release = release ?? context.release }
    return try CheckedNode.check(node, context, asks: true)
  }

  static func check(
    _ node: any Node, _ context: ServiceContext, asks: Bool = false, knowsNodes: Bool = true,
    pods: PodInterfaces? = PodInterfaces()
  ) throws -> (checks: [CheckReport.Check], findings: [Finding]) {
    let found = try ServiceTracer.listWithConnections(context, readsConnections: true, node)
    let examination = Examination(
      node: node, context: context, list: found.list, unwalked: nil, unreadConnections: found.unread,
      port: KubeProxyPort(of: node, named: asks ? .unknown : context.release), now: 1000,
      nodes: knowsNodes ? context.cluster?.nodes : nil, pods: pods.map(PodEnds.init))
    return Checkup(examination: examination, checks: Check.all).run()
  }

  /// What is found, beside what a test does not ask for.
  func found() throws -> [FindingID] { try check().findings.map(\.id) }
}

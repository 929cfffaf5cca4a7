import ArgumentParser
import Glibc
import Inspect

/// `kpx ipvs`
struct IPVSCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ipvs",
    abstract: "IPVS's virtual services and real servers, with the service and pod behind each.",
    discussion: """
      Shows what 'ipvsadm -Ln' and 'ipvsadm -Ln --stats' show. Reads the kernel directly and loads no module.
      """
  )

  @Argument(
    help: ArgumentHelp(
      "A virtual service: ADDRESS[:PORT[/PROTOCOL]], :PORT[/PROTOCOL] or fwm:MARK (default: all)",
      valueName: "service"))
  var service: String?

  @OptionGroup(title: "Where to look") var nodeOptions: NodeOptions
  @OptionGroup(title: "The Kubernetes API") var cluster: ClusterOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  func run() throws {
    do {
      let filter = try service.map { try VirtualServiceFilter($0) }
      try Privileges.check()
      let snapshot = try ClusterView(cluster, question: { _ in .all(namespace: nil) }).snapshot
      let node = AnsweringNode.running(name: ThisNode(given: cluster.node, cluster: snapshot).name)
      let families = Set(nodeOptions.families)
      let services = try nodeOptions.run { try Self.read(filter, families) }
      if let service, services.isEmpty { throw Failure("no virtual service \(service)", .notFound) }
      try show(text(of: services, node, AddressNames(snapshot)))
    } catch {
      throw Failure(error)
    }
  }

  private static func read(_ filter: VirtualServiceFilter?, _ families: Set<IPFamily>) throws -> [VirtualService] {
    let reader = try IPVSReader()
    let services =
      if let keys = filter?.keys {
        try keys.compactMap { try reader.service($0) }
      } else {
        try reader.services().filter { filter?.contains($0.key) ?? true }
      }
    return try services.filter { families.contains($0.key.family) }.sorted { $0.key < $1.key }.map { service in
      var service = service
      service.realServers = try reader.realServers(of: service.key).sorted { $0.address < $1.address }
      return service
    }
  }

  private func text(
    of services: [VirtualService], _ node: AnsweringNode, _ names: AddressNames
  ) throws -> String {
    try output.render(VirtualServiceList(node: node, services, names: names)) {
      IPVSText(services, names: names, terminal: output.terminal, isExact: $0).text
    }
  }
}

/// Which virtual services are asked for.
private struct VirtualServiceFilter: Sendable {
  private var address: IPAddress?
  private var port: UInt16?
  private var transport: TransportProtocol?
  private var mark: UInt32?

  init(_ text: String) throws {
    if text.lowercased().hasPrefix("fwm:") {
      guard let number = UInt32(text.dropFirst(4)) else { throw Failure("\(text): not a firewall mark", .usage) }
      mark = number
      return
    }
    switch try TraceTarget(text) {
    case .address(let address, let port, let transport):
      self.address = address
      self.port = port
      self.transport = transport
    case .nodePort(let port, let transport):
      self.port = port
      self.transport = transport
    case .service:
      throw Failure("\(text): expected ADDRESS[:PORT[/PROTOCOL]], :PORT[/PROTOCOL] or fwm:MARK", .usage)
    }
  }

  /// The services that can be asked for by themselves; nil where all must be looked through.
  var keys: [VirtualServiceKey]? {
    if let mark { return IPFamily.allCases.map { .mark(mark, family: $0) } }
    guard let address, let port else { return nil }
    let transports = transport.map { [$0] } ?? [.tcp, .udp, .sctp]
    return transports.map { .address(SocketAddress(address, port: port), transport: $0) }
  }

  func contains(_ key: VirtualServiceKey) -> Bool {
    guard case .address(let own, let ownTransport) = key else { return false }
    return (address.map { $0 == own.address } ?? true) && (port.map { $0 == own.port } ?? true)
      && (transport.map { $0 == ownTransport } ?? true)
  }
}

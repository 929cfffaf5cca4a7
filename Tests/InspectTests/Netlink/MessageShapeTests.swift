import CSys
import Testing

@testable import Inspect

/// What a message says, by the decoder of its kind.
private func decode<Value>(
  _ bytes: [UInt8], _ decoder: (NetlinkMessage) throws -> Value?
) throws -> Value {
  var messages = NetlinkMessages(bytes.span.bytes, reading: "a test")
  let message = try messages.next()
  guard let message, let value = try decoder(message) else { throw KernelError.unavailable("nothing was said") }
  return value
}

@Suite("Each kind of message says what the command beside it shows")
struct MessageShapeTests {
  @Test("rtnetlink: interface, address, route, neighbour, namespace")
  func routes() throws {
    let link = try decode(KernelMessages.link, LinkMessages.link)
    #expect(link.name == "eth0" && link.index == 2 && link.kind == "veth" && link.mtu == 1500 && link.state == "UP")
    #expect(link.mac == MACAddress("02:42:ac:11:00:11") && link.peer == LinkKey(netnsid: 0, index: 2))
    let address = try decode(KernelMessages.address, LinkMessages.address)
    #expect(address.description == "10.8.0.2/24" && address.index == 2 && address.isGlobal && !address.isSecondary)
    let route = try decode(NetlinkMessageTests.route, LinkMessages.route)
    #expect(route.destination == IPPrefix("127.0.0.0/8") && route.table == 255 && route.interface == 1)
    #expect(route.source == IPAddress("127.0.0.1") && route.gateway == nil)
    let neighbour = try decode(KernelMessages.neighbour, LinkMessages.neighbour)
    #expect(neighbour.address == IPAddress("10.8.0.5") && neighbour.index == 2)
    #expect(neighbour.mac == MACAddress("02:00:00:00:00:05") && neighbour.master == nil)
    #expect(try decode(KernelMessages.namespace, LinkMessages.namespaceID) == 0)
  }

  @Test("ipset: set and member")
  func ipset() throws {
    let header = try decode(KernelMessages.ipset, IPSetDecoder.header)
    #expect(header.name == "s" && header.type == "hash:ip,port" && header.revision == 7 && header.family == .v4)
    #expect(header.parameters.hashSize == 1024 && header.parameters.maximumElements == 65536)
    #expect(header.parameters.bucketSize == 12 && header.parameters.hasCounters && !header.parameters.hasComments)
    #expect(header.elementCount == 1 && header.references == 0 && header.memorySize == 296)
    let members = try decode(KernelMessages.ipset, IPSetDecoder.entries)
    #expect(members.map { $0.text(in: header) } == ["10.96.0.1,tcp:443 packets 0 bytes 0"])
  }

  @Test("IPVS: virtual service and real server; generic netlink: family")
  func ipvs() throws {
    let service = try decode(KernelMessages.service, IPVSDecoder.service)
    #expect("\(service.key)" == "TCP 10.96.28.3:9153" && service.scheduler == "rr" && service.timeout == 0)
    #expect(service.persistenceLength == 32 && !service.flags.contains(.persistent))
    #expect(service.statistics.connections == 4 && service.statistics.outBytes == 1051)
    let server = try decode(KernelMessages.realServer) { try IPVSDecoder.realServer($0, family: .v4) }
    #expect("\(server.address)" == "10.244.32.28:9153" && server.method == .masquerading && server.weight == 1)
    #expect(server.activeConnections == 0 && server.inactiveConnections == 2)
    #expect(server.statistics.inPackets == 8 && server.statistics.inBytes == 432)
    let family = try decode(KernelMessages.family) { message in
      try message.attributes(of: "family", after: 4).number(Int(CTRL_ATTR_FAMILY_ID), "number", as: UInt16.self)
    }
    #expect(family == 16)
  }

  @Test("nf_tables: generation, table, chain, rule, set, element")
  func nfTables() throws {
    let generation = try decode(KernelMessages.generation) { message in
      try message.netfilterAttributes(of: "generation").be32(NFTA_GEN_ID, "number")
    }
    #expect(generation == 2)
    let table = try decode(KernelMessages.table, NFTTable.init)
    #expect(table.qualifiedName == "ip t" && !table.isDormant && table.uses == 2)
    let chain = try decode(KernelMessages.chain, NFTChain.init)
    #expect(chain.chain == ChainReference(table: Self.table, name: "c") && chain.uses == 1 && chain.policy == .accept)
    #expect(chain.hook == 0 && chain.priority == -100 && chain.type == "nat" && chain.counters == nil)
    let rule = try decode(KernelMessages.rule, Self.rule)
    #expect(rule == Rule(matches: [.transport(TransportMatch(.tcp))], actions: [.drop], handle: 3))
    let set = try decode(KernelMessages.set, NFTSet.init)
    #expect(set.name == "m" && set.table == Self.table && set.flags.contains(.map))
    #expect(set.keyLength == 4 && set.dataLength == 2 && !set.isVerdictMap && set.timeout == 0)
    let elements = try decode(KernelMessages.element, NFTRawElement.list)
    #expect(elements.map(\.element.key) == [[10, 96, 0, 1]])
    #expect(elements.map(\.element.value) == [.data([1, 0xbb])])
  }

  static let table = Table(backend: .nft, family: .v4, name: "t")

  static func rule(_ message: NetlinkMessage) throws -> Rule {
    try NFTRuleDecoder(table: table) { _ in nil }.rule(try message.netfilterAttributes(of: "rule"))
  }
}

// MARK: - Damage

/// A message with another payload in one of its attributes, or without it.
/// - Parameter path: the types of the attribute and of those that it lies in, outermost first.
private func changed(_ bytes: [UInt8], header: Int, _ path: [Int], _ payload: [UInt8]?) -> [UInt8] {
  let body = changed(bytes[(16 + header)...], path[...], payload)
  return withUnsafeBytes(of: UInt32(16 + header + body.count), Array.init) + bytes[4..<16 + header] + body
}

private func changed(_ bytes: ArraySlice<UInt8>, _ path: ArraySlice<Int>, _ payload: [UInt8]?) -> [UInt8] {
  var rest = bytes
  var path = path
  var result: [UInt8] = []
  while rest.count >= 4 {
    let length = Int(rest[rest.startIndex]) | Int(rest[rest.startIndex + 1]) << 8
    let type = Int(rest[rest.startIndex + 2]) | Int(rest[rest.startIndex + 3] & 0x3f) << 8
    let whole = rest.prefix((length + 3) & ~3)
    rest = rest.dropFirst(whole.count)
    guard type == path.first else {
      result += whole
      continue
    }
    path = path.dropFirst()
    let inner = path.isEmpty ? payload : changed(whole.prefix(length).dropFirst(4), path, payload)
    path = []
    guard let inner else { continue }
    result += [UInt8(inner.count + 4), 0] + whole.dropFirst(2).prefix(2) + inner
    result += [UInt8](repeating: 0, count: -inner.count & 3)
  }
  return result
}

/// An attribute that has to have a size, in a kind of message.
struct SizedAttribute: CustomStringConvertible, Sendable {
  let kind: Kind
  let path: [Int]
  let problem: String
  var description: String { "\(kind) \(path): \(problem)" }

  init(_ kind: Kind, _ path: [Int], _ problem: String) {
    self.kind = kind
    self.path = path
    self.problem = problem
  }

  enum Kind: Sendable {
    case link, address, route, neighbour, namespace, ipset, member, service, server, table, chain, rule, set, element

    var message: (bytes: [UInt8], header: Int, object: String) {
      switch self {
      case .link: (KernelMessages.link, 16, "interface")
      case .address: (KernelMessages.address, 8, "interface's address")
      case .route: (NetlinkMessageTests.route, 12, "route")
      case .neighbour: (KernelMessages.neighbour, 12, "neighbour")
      case .namespace: (KernelMessages.namespace, 4, "network namespace")
      case .ipset: (KernelMessages.ipset, 4, "ipset")
      case .member: (KernelMessages.ipset, 4, "ipset's member")
      case .service: (KernelMessages.service, 4, "virtual service")
      case .server: (KernelMessages.realServer, 4, "real server")
      case .table: (KernelMessages.table, 4, "table")
      case .chain: (KernelMessages.chain, 4, "chain")
      case .rule: (KernelMessages.rule, 4, "expression meta of rule")
      case .set: (KernelMessages.set, 4, "set")
      case .element: (KernelMessages.element, 4, "set's element")
      }
    }

    func decode(_ bytes: [UInt8]) throws {
      try forEachMessage(bytes) { message in
        switch self {
        case .link: _ = try LinkMessages.link(message)
        case .address: _ = try LinkMessages.address(message)
        case .route: _ = try LinkMessages.route(message)
        case .neighbour: _ = try LinkMessages.neighbour(message)
        case .namespace: _ = try LinkMessages.namespaceID(message)
        case .ipset: _ = try IPSetDecoder.header(message)
        case .member: _ = try IPSetDecoder.entries(message)
        case .service: _ = try IPVSDecoder.service(message)
        case .server: _ = try IPVSDecoder.realServer(message, family: .v4)
        case .table: _ = try NFTTable(message)
        case .chain: _ = try NFTChain(message)
        case .rule: _ = try MessageShapeTests.rule(message)
        case .set: _ = try NFTSet(message)
        case .element: _ = try NFTRawElement.list(message)
        }
      }
    }
  }

  /// By the numbers of the kernel's headers, as KernelMessages names them.
  static let all: [SizedAttribute] = [
    .init(.link, [4], "MTU has 3 bytes, not 4"), .init(.link, [5], "link has 3 bytes, not 4"),
    .init(.link, [37], "id of the link's namespace has 3 bytes, not 4"),
    .init(.link, [16], "operational state has 3 bytes, not 1"),
    .init(.address, [2], "address has 3 bytes, not 4"), .init(.address, [1], "peer's address has 3 bytes, not 4"),
    .init(.route, [15], "table has 3 bytes, not 4"), .init(.route, [1], "destination has 3 bytes, not 4"),
    .init(.route, [7], "source has 3 bytes, not 4"), .init(.route, [4], "interface has 3 bytes, not 4"),
    .init(.neighbour, [1], "address has 3 bytes, not 4"), .init(.namespace, [1], "id has 3 bytes, not 4"),
    .init(.ipset, [1], "protocol has 3 bytes, not 1"), .init(.ipset, [4], "revision has 3 bytes, not 1"),
    .init(.ipset, [5], "family has 3 bytes, not 1"), .init(.ipset, [7, 0x12], "hash size has 3 bytes, not 4"),
    .init(.ipset, [7, 0x19], "references has 3 bytes, not 4"), .init(.ipset, [7, 8], "flags has 3 bytes, not 4"),
    .init(.member, [8, 7, 1, 1], "address has 3 bytes, not 4"), .init(.member, [8, 7, 4], "port has 3 bytes, not 2"),
    .init(.member, [8, 7, 7], "protocol has 3 bytes, not 1"), .init(.member, [8, 7, 24], "bytes has 3 bytes, not 8"),
    .init(.service, [1, 1], "address family has 3 bytes, not 2"),
    .init(.service, [1, 2], "protocol has 3 bytes, not 2"), .init(.service, [1, 3], "address has 3 bytes, not 16"),
    .init(.service, [1, 4], "port has 3 bytes, not 2"), .init(.service, [1, 7], "flags has 3 bytes, not 8"),
    .init(.service, [1, 8], "timeout has 3 bytes, not 4"), .init(.service, [1, 9], "netmask has 3 bytes, not 4"),
    .init(.service, [1, 12, 1], "connections has 3 bytes, not 8"),
    .init(.server, [2, 3], "forwarding method has 3 bytes, not 4"),
    .init(.server, [2, 4], "weight has 3 bytes, not 4"),
    .init(.server, [2, 5], "upper threshold has 3 bytes, not 4"),
    .init(.server, [2, 13], "tunnel type has 3 bytes, not 1"),
    .init(.server, [2, 7], "active connections has 3 bytes, not 4"), .init(.table, [2], "flags has 3 bytes, not 4"),
    .init(.table, [3], "number of uses has 3 bytes, not 4"), .init(.chain, [4, 1], "hook has 3 bytes, not 4"),
    .init(.chain, [4, 2], "priority has 3 bytes, not 4"), .init(.chain, [5], "policy has 3 bytes, not 4"),
    .init(.rule, [4, 1, 2, 2], "key has 3 bytes, not 4"), .init(.rule, [4, 1, 2, 1], "register has 3 bytes, not 4"),
    .init(.set, [3], "flags has 3 bytes, not 4"), .init(.set, [5], "key length has 3 bytes, not 4"),
  ]
}

@Suite("Attributes that are damaged or absent")
struct DamagedAttributeTests {
  @Test(
    "An attribute of a wrong size is an error that names the object and the attribute", arguments: SizedAttribute.all)
  func wrongSize(attribute: SizedAttribute) throws {
    let (bytes, header, object) = attribute.kind.message
    try attribute.kind.decode(bytes)
    let damaged = changed(bytes, header: header, attribute.path, [1, 2, 3])
    do {
      try attribute.kind.decode(damaged)
      Issue.record("no error")
    } catch KernelError.malformed(let reading, let offset, let problem) {
      #expect(reading == object && problem == attribute.problem)
      #expect((16...damaged.count).contains(offset))
    }
  }

  @Test("What a server or a service cannot be without is an error where it is absent, and named")
  func required() throws {
    for (path, name) in [([2, 1], "address"), ([2, 2], "port"), ([2, 3], "forwarding method"), ([2, 4], "weight")] {
      let bytes = changed(KernelMessages.realServer, header: 4, path, nil)
      #expect(throws: KernelError.malformed(reading: "real server", offset: 24, problem: "no \(name)")) {
        try SizedAttribute.Kind.server.decode(bytes)
      }
    }
    for (path, name) in [([1, 1], "address family"), ([1, 2], "protocol"), ([1, 6], "scheduler")] {
      let bytes = changed(KernelMessages.service, header: 4, path, nil)
      #expect(throws: KernelError.malformed(reading: "virtual service", offset: 24, problem: "no \(name)")) {
        try SizedAttribute.Kind.service.decode(bytes)
      }
    }
  }

  @Test("What kernels of some age do not say may be absent")
  func optional() throws {
    let server = try decode(changed(KernelMessages.realServer, header: 4, [2, 13], nil)) {
      try IPVSDecoder.realServer($0, family: .v4)
    }
    #expect(server.tunnel.type == 0 && server.weight == 1)
    let header = try decode(changed(KernelMessages.ipset, header: 4, [7, 24], nil), IPSetDecoder.header)
    #expect(header.elementCount == nil && header.memorySize == 296)
    // A namespace's link without the other end's index: before 5.10, where the index is the same.
    let link = try decode(changed(KernelMessages.link, header: 16, [5], nil), LinkMessages.link)
    #expect(link.peer == LinkKey(netnsid: 0, index: 2))
  }
}

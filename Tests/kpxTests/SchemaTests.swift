import FoundationEssentials
import TestSupport
import Testing

@testable import Inspect
@testable import kpx

private let repository = "\(#filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 })"
private let schema = "\(repository)/docs/schema/kpx-v1.schema.json"

private let canValidate: Bool = {
  let result = try? runTool(["/usr/bin/python3", "-c", "import jsonschema"])
  return result?.status == 0
}()

/// As `-o json` writes it.
private func json(_ value: some Encodable) throws -> String {
  let document = try kpx.Document(value)
  return document.json
}

/// An answer in JSON, or why there is none.
private struct Answer {
  let command: String
  let bytes: [UInt8]

  init(_ arguments: String...) throws { try self.init(arguments) }

  init(_ arguments: [String]) throws {
    command = arguments.joined(separator: " ")
    let result = try runTool([Kpx.path] + arguments + ["-o", "json"])
    bytes = result.output
    #expect(!bytes.isEmpty, "\(command): \(result.errorText)")
  }

  init(_ value: some Encodable) throws {
    command = "\(type(of: value))"
    bytes = Array(try json(value).utf8)
  }

  /// What becomes of it when it is read and written again.
  func again() throws -> String {
    struct Kind: Decodable { let kind: String }
    let data = Data(bytes)
    switch try JSONDecoder().decode(Kind.self, from: data).kind {
    case "Trace": return try json(JSONDecoder().decode(Trace.self, from: data))
    case "ServiceList": return try json(JSONDecoder().decode(ServiceList.self, from: data))
    case "ForwardingDiff": return try json(JSONDecoder().decode(ForwardingDiff.self, from: data))
    case "FleetAnswer": return try json(JSONDecoder().decode(FleetAnswer.self, from: data))
    case "CheckReport": return try json(JSONDecoder().decode(CheckReport.self, from: data))
    case "PodInterfaceList": return try json(JSONDecoder().decode(PodInterfaceList.self, from: data))
    case "ChainList": return try json(JSONDecoder().decode(ChainList.self, from: data))
    case "IPSetList": return try json(JSONDecoder().decode(IPSetList.self, from: data))
    case "IPSetTest": return try json(JSONDecoder().decode(IPSetTest.self, from: data))
    case "ConnectionList": return try json(JSONDecoder().decode(ConnectionList.self, from: data))
    case "VirtualServiceList": return try json(JSONDecoder().decode(VirtualServiceList.self, from: data))
    case "Version": return try json(JSONDecoder().decode(VersionReport.self, from: data))
    case let kind: return "what is a \(kind)?"
    }
  }
}

/// Expects answers to be as the schema says, with no field that it does not name, and to be the same when they are read and
/// written again.
private func check(_ answers: [Answer]) throws {
  let input = Array(answers.map(\.bytes).joined(separator: [0]))
  let result = try runTool(["/usr/bin/python3", "\(repository)/Tests/Support/check-schema.py", schema], input: input)
  #expect(result.status == 0, "\(result.text) \(result.errorText.suffix(500))")
  for answer in answers {
    let again = try answer.again()
    #expect(again == String(decoding: answer.bytes, as: UTF8.self), "\(answer.command)")
  }
}

@Suite("Answers are as their schema says", .enabled(if: canValidate, "needs Debian's python3-jsonschema"))
struct SchemaTests {
  /// Where a capture's API objects are, unpacked.
  private func dump(of capture: TestSupport.Capture) throws -> [String] {
    let own = "\(TestSupport.Capture.folder)/\(capture.name)/api"
    if try runTool(["test", "-d", own]).status == 0 { return ["--api-dump", own, "--node", "node1"] }
    let catalogue = capture.name.prefix { $0 != "-" }
    if catalogue == "scale" { return ["--no-api"] }
    return ["--api-dump", "\(TestSupport.Capture.folder)/api/\(catalogue)", "--node", "node1"]
  }

  @Test(
    "The answers for every capture",
    .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own"),
    arguments: TestSupport.Capture.legacy + TestSupport.Capture.nft)
  func captures(capture: TestSupport.Capture) async throws {
    let api = try dump(of: capture)
    let answers = try await withPrivateNetworkNamespace { namespace in
      try namespace.loadEverything(capture)
      let list = try Answer(["services", "-A"] + api)
      var answers = [list, try Answer("services", "-A", "--no-api"), try Answer(["ipset"] + api)]
      let items = try JSONDecoder().decode(ServiceList.self, from: Data(list.bytes)).items
      for finding in items.flatMap(\.findings) {
        #expect(finding.id.entry.severities.contains(finding.severity), "\(finding.id) as \(finding.severity)")
      }
      let names = items.compactMap(\.service).map { "\($0.namespace)/\($0.name)" }
      for name in names.prefix(5) + names.suffix(3) { answers.append(try Answer(["trace", name] + api)) }
      for origin in ["node", "external", "10.244.16.10"] {
        answers.append(try Answer(["trace", names[0], "--from", origin] + api))
      }
      answers.append(try Answer(["trace", names[0], "--verify", "--no-api"]))
      answers.append(try Answer(["trace", names[0], "--graph"] + api))
      answers.append(try Answer(["check"] + api))
      if api.contains("--api-dump") { answers.append(try Answer(["diff", "api", "live", "-A"] + api)) }
      answers.append(try Answer(["chain", "-t", "all"] + api))
      answers.append(try Answer(["chain", "--tree"] + api))
      return answers
    }
    try check(answers)
  }

  @Test(
    "An answer about a set", .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own"))
  func sets() async throws {
    let answers = try await withPrivateNetworkNamespace { namespace in
      try namespace.must("ipset", "create", "a", "hash:ip,port", "counters", "comment", "timeout", "60")
      try namespace.must("ipset", "add", "a", "10.0.0.1,tcp:80", "comment", "\u{1b}[31m")
      try namespace.must("ipset", "create", "b", "bitmap:port", "range", "1-100")
      return [try Answer("ipset", "--no-api"), try Answer("ipset", "b", "7", "--no-api")]
    }
    try check(answers)
  }

  @Test("An answer about virtual services")
  func virtualServices() throws {
    var server = RealServer(address: SocketAddress(.v4(0x0a00_0001), port: 80), method: .tunneling, weight: 0)
    server.upperThreshold = 5
    let address = SocketAddress(.v6(high: 0xfd00 << 48, low: 1), port: 443)
    var service = VirtualService(key: .address(address, transport: .tcp), scheduler: "sh")
    service.flags = [.persistent, .onePacket, .scheduler1]
    service.realServers = [server]
    let marked = VirtualService(key: .mark(7, family: .v4), scheduler: "rr")
    let node = AnsweringNode(name: nil)
    try check([Answer(VirtualServiceList(node: node, [service, marked], names: AddressNames(nil)))])
  }

  @Test("An answer about connections, counted and listed, with all that there may be and with nothing")
  func connections() throws {
    let (pod, port) = (ObjectName(NamespacedName("a", "b")), OwnerName(NamespacedName("a", "c"), port: "http"))
    func party(_ role: ConnectionParty.Role?, port: UInt16? = nil) -> ConnectionParty {
      ConnectionParty(
        address: .v4(1), port: port, role: role, pod: role == .pod ? pod : nil, node: role == .node ? "n" : nil)
    }
    let traffic = ConnectionTraffic(packets: 1, bytes: 2)
    var item = ConnectionReport(
      transport: .tcp, client: party(.pod, port: 1), destination: party(nil, port: 2), service: port,
      endpoint: party(.node, port: 3), phase: .opening, expiresSeconds: 4)
    let bare = item
    item.seenSource = SocketAddress(.v4(5), port: 6)
    (item.state, item.stray, item.offloaded, item.ageSeconds) = ("SYN_RECV", .notAnEndpoint, true, 7)
    (item.sent, item.received) = (traffic, traffic)
    var list = ConnectionList(node: AnsweringNode(name: nil))
    var answers = [try Answer(list)]
    (list.tracked, list.limit, list.strays, list.unjudged, list.omitted) = (1, 2, 3, 4, 5)
    list.changed = true
    list.api = APIOrigin(source: "a file")
    list.items = [item, bare]
    answers.append(try Answer(list))
    list.items = nil
    list.groupedBy = .endpoint
    var groups = [ConnectionGroup](repeating: ConnectionGroup(), count: 4)
    groups[0].client = party(.thisNode)
    (groups[1].endpoint, groups[1].transport) = (party(.outside, port: 1), .udp)
    groups[2].service = port
    groups[3].destination = FrontendAddress(address: .v4(1), port: 1, transport: .sctp, family: .v4)
    (groups[3].strays, groups[3].sent, groups[3].received) = (1, traffic, traffic)
    list.groups = groups
    answers.append(try Answer(list))
    try check(answers)
  }

  @Test(
    "An answer about strays, of which a pod has the address, none has it, and nobody knows",
    .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own"))
  func strays() async throws {
    let answer = try await withPrivateNetworkNamespace { namespace in
      try namespace.loadEverything(TestSupport.Capture("yaobank-iptables-legacy-v1.34"))
      return try Answer("trace", "yaobank/summary", "--no-api")
    }
    var trace = try JSONDecoder().decode(Trace.self, from: Data(answer.bytes))
    var strays = [StrayConnections](
      repeating: StrayConnections(
        kind: .notAnEndpoint, address: .v4(1), port: 2, connections: ConnectionCounts()), count: 3)
    strays[0].pod = .some(ObjectName(NamespacedName("a", "b")))
    strays[1].pod = .some(Known.none)
    strays[2].kind = .notTranslated
    trace.frontends[0].strays = strays
    let written = try Answer(trace)
    #expect(String(decoding: written.bytes, as: UTF8.self).contains("\"pod\": null"))
    try check([written])
  }

  @Test("An answer about versions, with all that there may be and with nothing")
  func version() throws {
    var report = VersionReport(
      program: VersionReport.Program(version: "1", commit: "a", missingCapabilities: ["CAP_NET_ADMIN"]),
      node: AnsweringNode(name: "node1", kernel: "6.1.0"), runtimes: [])
    report.runtimes = [
      VersionReport.Runtime(socket: "/a", name: "containerd", version: "1.7"),
      VersionReport.Runtime(socket: "/b", problem: "it does not answer"),
    ]
    report.nodeNameSource = "--node"
    report.machine = "x86_64"
    report.proxy = Proxy(mode: .iptables, backend: .legacy, version: Proxy.Versions(min: "1.34", max: "1.34"))
    report.api = APIOrigin(source: "a file", context: "c", server: "https://a", credential: "token")
    report.serverVersion = "v1.34.1"
    report.unknown.nodeName = "a"
    report.unknown.proxyMode = "b"
    report.unknown.proxyVersion = "c"
    report.unknown.api = "d"
    report.unknown.serverVersion = "e"
    report.notes = [Note(.node, "f")]
    try check([Answer(report), Answer("version", "--no-api")])
  }

  @Test("An answer about pods")
  func pods() throws {
    let link = Link(
      name: "eth0", index: 2, kind: "veth", mac: MACAddress([2, 0, 0, 0, 0, 1]), mtu: 1500, flags: 1, state: "up",
      master: nil, lower: LinkKey(netnsid: 1, index: 3), statistics: nil)
    let end = HostInterface(link: link, netnsid: 1, master: "cni0", routes: [IPPrefix(.v4(0x0a00_0001))])
    let address = InterfaceAddress(address: .v4(0x0a00_0001), prefixLength: 24, index: 2, isLinkLocal: false)
    var answer = PodInterfaces()
    let sides: [HostSide] = [
      .pair(end), .parent(link), .elsewhere(LinkKey(netnsid: nil, index: 9)), .inside(link), .none,
    ]
    var pod = PodNetwork(sandbox: PodSandbox())
    pod.sandbox.name = Sourced(NamespacedName("a", "b"), .kubelet)
    pod.sandbox.isHostNetwork = Sourced(false, .process)
    pod.interfaces = sides.map { PodInterface(link: link, addresses: [address], side: $0) }
    answer.pods = [pod, PodNetwork(sandbox: PodSandbox(), problem: "none")]
    answer.orphans = [OrphanInterface(link: link, master: nil, reason: "nobody")]
    answer.notes = [Note(.node, "a note")]
    try check([Answer(PodInterfaceList(node: AnsweringNode(name: "node1"), answer))])
  }

  @Test("The schema names each finding of the catalogue, and no other")
  func catalogue() throws {
    struct Schema: Decodable {
      struct Definitions: Decodable { let finding: Finding }
      struct Finding: Decodable { let properties: Properties }
      struct Properties: Decodable { let id: Identifiers }
      struct Identifiers: Decodable { let `enum`: [FindingID] }
      let definitions: Definitions

      private enum CodingKeys: String, CodingKey { case definitions = "$defs" }
    }
    let bytes = try #require(try readFile(schema))
    let ids = try JSONDecoder().decode(Schema.self, from: Data(bytes)).definitions.finding.properties.id.enum
    #expect(ids.count == FindingID.allCases.count && Set(ids) == Set(FindingID.allCases))
  }
}

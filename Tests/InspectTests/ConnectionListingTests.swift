import Testing

@testable import Inspect

@Suite("Who talks to whom")
struct ConnectionListingTests {
  private static let (first, second, gone) = ("10.244.1.5:8080", "10.244.1.6:8080", "10.244.1.99:8080")

  private func list(
    _ table: FakeConnections, _ target: String? = nil, pods: PodInterfaces = PodInterfaces(),
    _ change: (inout ConnectionsQuery) -> Void = { _ in }
  ) throws -> ConnectionList {
    var query = ConnectionsQuery()
    query.target = try target.map { try ConnectionTarget($0) }
    query.selection.families = [.v4]
    change(&query)
    var session = Session()
    session.nodeName = "node1"
    session.findPod = { target, _, _ in throw PodError.notFound("\(target)", hint: nil) }
    session.findPods = { _, _ in pods }
    session.openNode = { [table] in
      let node = serviceRules(endpoints: [Self.first, Self.second])
      node.connections = table
      return node
    }
    return try session.connections(query)
  }

  private static let mixed = FakeConnections([
    connection(first), connection(first, from: "192.0.2.1:7"), connection(second, from: "203.0.113.9:1"),
    connection(second, from: "203.0.113.9:2", state: .tcp(1), isAnswered: false),
    // Nobody translates it, and something else does.
    connection("10.244.3.3:443", to: "10.244.3.3:443"), connection("10.244.4.4:8443", to: "192.0.2.1:443"),
  ])

  @Test("Connections of a node are counted by service, by client and by endpoint, the largest first")
  func groups() throws {
    func counts(_ grouping: ConnectionGrouping) throws -> [String] {
      try #require(list(Self.mixed) { $0.selection.grouping = grouping }.groups).map { group in
        let name =
          group.service.map { "\($0.namespace)/\($0.name):\($0.port ?? "")" } ?? group.destination?.text
          ?? (group.client ?? group.endpoint)?.text ?? "none"
        return "\(name) \(group.connections.total)"
      }
    }
    #expect(try counts(.service) == ["ns/svc:http 4", "none 1", "192.0.2.1:443/TCP 1"])
    #expect(try counts(.client) == ["10.244.2.9 3", "203.0.113.9 2", "192.0.2.1 1"])
    #expect(
      try counts(.endpoint) == ["10.244.1.5:8080 2", "10.244.1.6:8080 2", "10.244.3.3:443 1", "10.244.4.4:8443 1"])
    let all = try list(Self.mixed) { $0.selection.grouping = .service }
    #expect(all.connections.total == 6 && all.connections.unanswered == 1 && all.tracked == 6 && all.items == nil)
    // Nothing was compared: that no connection is stray is not said.
    #expect(all.strays == nil && all.groups?[0].strays == nil && all.exitStatus(isJudged: false) == 0)
  }

  @Test("Those of a service are listed with who takes part, what is of note first", arguments: [false, true])
  func ofService(ignoresFilters: Bool) throws {
    var table = Self.mixed
    table.ignoresFilters = ignoresFilters
    for target in ["ns/svc", "ns/svc:http", "10.96.0.1:80", "10.96.0.1", "svc/svc", "svc/ns/svc"] {
      let list = try list(table, target) { $0.namespace = target == "svc/svc" ? "ns" : nil }
      let items = try #require(list.items)
      #expect(items.map(\.client.text) == ["203.0.113.9:2", "10.244.2.9:40000", "192.0.2.1:7", "203.0.113.9:1"])
      #expect(items.allSatisfy { $0.service?.name == "svc" && $0.destination.text == "10.96.0.1:80" })
      #expect(items.map(\.phase) == [.unanswered, .established, .established, .established])
      #expect(items[2].client.role == .thisNode && items[1].client.role == nil)
      #expect(list.strays == 0 && list.findings.isEmpty && list.connections.total == 4)
    }
  }

  @Test("Those of an address that is no service's are listed, as client, as what is sent to and as endpoint, each once")
  func ofAddress() throws {
    func ends(_ target: String) throws -> [String] {
      try #require(list(Self.mixed, target).items).map { "\($0.client.text)>\($0.endpoint.text)" }
    }
    #expect(try ends("10.244.1.5") == ["10.244.2.9:40000>10.244.1.5:8080", "192.0.2.1:7>10.244.1.5:8080"])
    #expect(try ends("10.244.4.4:8443") == ["10.244.2.9:40000>10.244.4.4:8443"])
    #expect(try ends("10.244.4.4:8444") == [] && ends("10.244.4.4:8443/UDP") == [])
    // No rule translates the second one: it is of more note.
    let ofNode = try ends("192.0.2.1")
    #expect(ofNode == ["10.244.2.9:40000>10.244.4.4:8443", "192.0.2.1:7>10.244.1.5:8080"])
  }

  @Test("What is neither a service nor a pod is named as what it may have been meant to be")
  func unknown() throws {
    #expect(throws: SessionError.self) { try list(Self.mixed, "ns/nosuch") }
    #expect(throws: SessionError.self) { try list(Self.mixed, "deploy/nosuch") }
    #expect(throws: SessionError.self) { try list(Self.mixed, "ns/svc:nosuch") }
  }

  @Test("Flows to an endpoint that is gone, and of a service that is gone, are found among all of a node's")
  func stale() throws {
    var table = FakeConnections([
      connection(Self.first), connection(Self.gone, from: "10.244.2.9:2"),
      connection(Self.gone, from: "10.244.2.9:3", state: .tcp(7)),
      connection("10.244.2.2:53", from: "10.244.2.9:4", to: "10.96.0.10:53", .udp, isAnswered: false),
    ])
    let found = try list(table) { $0.selection.onlyStray = true }
    #expect(found.items?.map(\.endpoint.text) == [Self.gone, "10.244.2.2:53"])
    #expect(found.items?.map(\.stray) == [.notAnEndpoint, .notAnEndpoint])
    // Of TCP whoever has the address now refuses packets.
    #expect(found.findings.map(\.id) == [.conntrackStale] && found.exitStatus(isJudged: true) == 1)
    #expect(
      found.findings[0].advice[0].command == "conntrack -D -p udp -d 10.96.0.10 --dport 53 -r 10.244.2.2",
      "\(found.findings)")
    // The one that is asked for by the address of what is gone.
    #expect(try list(table, "10.96.0.10:53").findings.map(\.id) == [.conntrackStale])
    table.entries.removeLast()
    let fine = try list(table) { $0.selection.onlyStray = true }
    #expect(fine.strays == 1 && fine.findings.isEmpty && fine.exitStatus(isJudged: true) == 0)
  }

  @Test("What other rules than kube-proxy's translate is not stale")
  func published() throws {
    var session = Session()
    session.openNode = {
      let node = serviceRules(endpoints: [Self.first])
      node.append(
        "nat", "PREROUTING", [.to("192.0.2.1"), .proto(.tcp), .dport(443...443)], .dnat(to: "10.244.4.4:8443"))
      node.connections = Self.mixed
      return node
    }
    var query = ConnectionsQuery()
    query.selection.families = [.v4]
    query.selection.onlyStray = true
    let list = try session.connections(query)
    #expect(list.items?.map(\.endpoint.text) == [Self.second, Self.second] && list.findings.isEmpty, "\(list)")
  }

  @Test("Of many as many are told of as are wanted, and how many more there are")
  func top() throws {
    let table = FakeConnections((0..<5000).map { connection(Self.first, from: "10.1.\($0 >> 8).\($0 & 255):1") })
    let list = try list(table, "ns/svc") { $0.selection.most = 10 }
    #expect(list.items?.count == 10 && list.omitted == 4990 && list.connections.established == 5000)
    #expect(list.items?[0].client.text == "10.1.0.0:1" && list.items?[9].client.text == "10.1.0.9:1")
    let clients = try self.list(table) { ($0.selection.most, $0.selection.grouping) = (10, .client) }
    #expect(clients.groups?.count == 10 && clients.omitted == 4990 && clients.connections.total == 5000)
  }

  @Test("What is counted comes by how much it is, and is added up")
  func traffic() throws {
    var (small, large) = (connection(Self.first), connection(Self.first, from: "10.244.2.9:2"))
    small.counts = (.init(packets: 1, bytes: 100), .init(packets: 2, bytes: 200))
    large.counts = (.init(packets: 3, bytes: 3000), .init(packets: 4, bytes: 4000))
    let table = FakeConnections([small, large, connection(Self.second, from: "10.244.2.9:3")])
    #expect(try list(table, "ns/svc").items?.map(\.sent?.bytes) == [3000, 100, nil])
    let group = try #require(list(table) { $0.selection.grouping = .service }.groups?.first)
    #expect(group.sent == ConnectionTraffic(packets: 4, bytes: 3100))
    #expect(group.received == ConnectionTraffic(packets: 6, bytes: 4200))
  }

  @Test("Of ICMP an identifier is no port, and an answer is no translation")
  func icmp() throws {
    var ping = connection("10.0.0.2:0", from: "10.0.0.1:77", to: "10.0.0.2:2048", .icmp)
    ping.reply.sourcePort = 77
    ping.reply.destinationPort = 0
    let list = try list(FakeConnections([ping]), "10.0.0.2")
    let item = try #require(list.items?.first)
    #expect(item.client.text == "10.0.0.1" && item.endpoint == item.destination && item.seenSource == nil)
    #expect(try self.list(FakeConnections([ping])) { $0.selection.grouping = .service }.groups?[0].destination == nil)
  }

  @Test("Other zones are left out and said; a full table is said; one that cannot be read is an error")
  func unusual() throws {
    var other = connection(Self.first)
    other.zone = 7
    var table = FakeConnections([other, connection(Self.first)])
    table.limit = 2
    let list = try list(table, "ns/svc")
    #expect(list.connections.total == 1 && list.limit == 2)
    #expect(list.notes.contains { $0.text.contains("zones") } && list.notes.contains { $0.text.contains("full") })
    table.error = .unavailable("why not")
    #expect(throws: SessionError.kernel(.unavailable("why not"))) { try self.list(table) }
    table.error = .changing(reading: "connections", attempts: 5)
    #expect(throws: SessionError.self) { try self.list(table) }
  }

  @Test("Where it cannot be told where new connections would go, none is called stray")
  func uncertain() throws {
    let table = FakeConnections([connection(Self.gone)])
    let list = try list(table) { ($0.selection.onlyStray, $0.timeLimit) = (true, 0) }
    #expect(list.items == [] && list.unjudged == 1 && list.exitStatus(isJudged: true) == 2)
    #expect(list.notes.contains { $0.text.contains("cannot be told") })
  }

  /// What is asked with the small cluster, in which `10.244.1.5` is `ns/server` and the only endpoint.
  private func listed(_ cluster: String, _ target: String? = nil) throws -> ConnectionList {
    var found: ConnectionList?
    try withDump(cluster) { dump in
      var session = session(cluster: dump)
      session.openNode = {
        let node = serviceRules(endpoints: [Self.first])
        node.connections = FakeConnections([
          connection("10.244.2.9:8080", .udp), connection("10.244.1.6:8080", from: "10.244.2.9:2", .udp),
          connection("10.244.1.99:8080", from: "10.244.2.9:3", .udp),
          connection("192.0.2.1:8080", from: "10.244.2.9:4", .udp),
        ])
        node.append(
          "nat", "KUBE-SERVICES",
          [.to("10.96.0.1"), .proto(.udp), .comment("ns/svc:dns cluster IP"), .dport(80...80)],
          .jump("KUBE-SVC-AAAAAAAAAAAAAAAA"))
        return node
      }
      var query = ConnectionsQuery()
      query.target = try target.map { try ConnectionTarget($0) }
      query.selection.families = [.v4]
      query.selection.onlyStray = target == nil
      found = try session.connections(query)
    }
    return try #require(found)
  }

  @Test("Which pod has the address now that is no endpoint is told; that none has it, where all pods are known")
  func holders() throws {
    for target in [nil, "10.96.0.1:80/UDP"] {
      let list = try listed(smallCluster, target)
      let told = try #require(list.findings.first { $0.id == .conntrackStale }).evidence.map(\.text)
      func text(_ address: String) -> Substring? {
        told.first { $0.contains(" \(address):") }?.split(separator: "; ").last
      }
      #expect(text("10.244.2.9") == "pod other/client has that address now", "\(told)")
      // The pod that had it has ended.
      #expect(
        text("10.244.1.6") == "no pod has that address now" && text("10.244.1.99") == "no pod has that address now")
      #expect(text("192.0.2.1") == "no pod has that address now")
      let ends = Dictionary((list.items ?? []).map { ("\($0.endpoint.address)", $0.endpoint) }) { first, _ in first }
      #expect(ends["10.244.2.9"]?.pod?.name == "client" && ends["10.244.1.99"]?.role == .outside)
    }
    // A pod on the node's network shares its address.
    let host = smallCluster.replacing(
      "{\"nodeName\": \"node2\"}", with: "{\"nodeName\": \"node2\", \"hostNetwork\": true}")
    let shared = try listed(host).findings.flatMap(\.evidence).map(\.text)
    #expect(shared.contains { $0.contains("10.244.2.9") && !$0.contains("has that address") }, "\(shared)")
    // Without pods nobody knows.
    let podless = smallCluster.replacing("\"kind\": \"Pod\", \"metadata\"", with: "\"kind\": \"Other\", \"metadata\"")
    let unknown = try listed(podless)
    #expect(unknown.strays == 4 && unknown.findings.flatMap(\.evidence).allSatisfy { !$0.text.contains("has that") })
    #expect(unknown.items?.allSatisfy { $0.endpoint.role != .outside } == true)
  }

  /// A pod as this node knows it, with an address by which the node sees it, and one that nobody else does.
  private func pod(_ name: String?, _ text: String, inside: String = "172.17.0.1", isDead: Bool = false) -> PodNetwork {
    var sandbox = PodSandbox()
    sandbox.name = name.map { Sourced(NamespacedName("shop", $0), .podLogs) }
    sandbox.state = isDead ? .dead : .ready
    func link(_ name: String) -> Link { Link(name: name, index: 2, kind: "veth", mtu: 1500, flags: 1, state: "UP") }
    func having(_ text: String) -> [InterfaceAddress] {
      [InterfaceAddress(address: address(text), prefixLength: 24, index: 2, isLinkLocal: false)]
    }
    return PodNetwork(
      sandbox: sandbox,
      interfaces: [
        PodInterface(link: link("eth0"), addresses: having(text), side: .pair(HostInterface(link: link("veth1")))),
        PodInterface(link: link("docker0"), addresses: having(inside), side: .none),
      ])
  }

  @Test("Where the API does not tell of pods, those of this node are named as the node knows them, and a note says so")
  func podsOfNode() throws {
    let clients = ["10.244.1.7:1", "10.244.1.8:1", "10.244.1.9:1", "10.244.1.10:1", "172.17.0.1:1", "192.0.2.1:1"]
    let table = FakeConnections(clients.map { connection(Self.first, from: $0) } + [connection(Self.gone, .udp)])
    var pods = PodInterfaces()
    pods.pods = [
      pod("web", "10.244.1.7"), pod("twin-a", "10.244.1.8"), pod("twin-b", "10.244.1.8"), pod(nil, "10.244.1.9"),
      pod("old", "10.244.1.10", isDead: true), pod("node-like", "192.0.2.1"), pod("late", "10.244.1.99"),
    ]
    let list = try list(table, pods: pods) { $0.selection.grouping = .client }
    let names = Dictionary(
      (list.groups ?? []).map { ("\($0.client.map { "\($0.address)" } ?? "")", $0.client?.pod?.name) }
    ) {
      first, _ in first
    }
    // An address of several, of none that is known, of the node itself, or seen by nobody but the pod names nobody.
    #expect(names.compactMapValues { $0 } == ["10.244.1.7": "web"], "\(names)")
    #expect(
      list.notes.map(\.text) == [
        "the API does not tell of pods: those of this node have the names that the node knows (pod logs)"
      ])
    #expect(try self.list(table) { $0.selection.grouping = .client }.notes.isEmpty)
    pods.pods = []
    (pods.isIncomplete, pods.notes) = (true, [Note(.node, "a runtime is silent")])
    #expect(try self.list(table, pods: pods).notes.map(\.text) == ["a runtime is silent"])
  }

  @Test(
    "A pod of this node has the address of what is no endpoint any more; where the API tells of pods the node is not asked"
  )
  func strayOfNode() throws {
    var found = PodInterfaces()
    found.pods = [pod("late", "10.244.1.99")]
    let table = FakeConnections([connection("10.244.1.99:53", to: "10.96.0.10:53", .udp, isAnswered: false)])
    let list = try list(table, pods: found) { $0.selection.onlyStray = true }
    #expect(list.items?.first?.endpoint.pod?.name == "late")
    #expect(list.findings.first?.evidence.first?.text.hasSuffix("; pod shop/late has that address now") == true)

    func trace(_ cluster: ClusterSource) throws -> Trace {
      var session = session(cluster: cluster)
      session.openNode = {
        let node = serviceRules(endpoints: ["10.244.1.5:8080"])
        node.connections = FakeConnections([connection(Self.gone)])
        return node
      }
      session.findPods = { [found] _, _ in found }
      return try session.trace(.to("ns/svc"))
    }
    let alone = try trace(.noAPI)
    #expect(alone.frontends.first?.strays?.first?.pod == .some(.some(ObjectName(NamespacedName("shop", "late")))))
    #expect(alone.notes.contains { $0.text.contains("the names that the node knows (pod logs)") })
    try withDump { dump in
      let told = try trace(dump)
      #expect(told.frontends.first?.strays?.first?.pod == .some(Known.none) && told.notes.isEmpty)
    }
  }
}

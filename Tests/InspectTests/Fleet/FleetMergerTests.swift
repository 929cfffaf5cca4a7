import FoundationEssentials
import TestSupport
import Testing

@testable import Inspect

/// Answers of nodes, folded.
private func merged(_ answers: [(String, NodeAnswer)]) -> FleetAnswer {
  var fleet = FleetAnswer(.services(namespace: nil), via: .ssh, api: nil)
  FleetMerger(outcomes: answers.map { ($0, .answered($1)) }).merge(into: &fleet)
  return fleet
}

/// Whether each node is in one group, and in no other.
private func isPartition(_ fleet: FleetAnswer, of nodes: [String]) -> Bool {
  fleet.groups.flatMap(\.nodes).sorted() == nodes.sorted()
}

extension CapturedNode {
  /// What it answers, with what of the API was changed meanwhile.
  fileprivate func answer(
    _ command: NodeQuestion.Command, change: (inout ClusterSnapshot) throws -> Void = { _ in }
  ) throws -> NodeAnswer {
    let context = context(.all)
    var cluster = try #require(context.cluster)
    try change(&cluster)
    var session = Session()
    (session.nodeName, session.release) = (context.node, context.release)
    let api = SavedAPI(origin: APIOrigin(source: "a test"), isServer: false, notes: [])
    session.cluster = .saved(api, cluster)
    let (members, addresses) = (members, localAddresses)
    session.openNode = { try SavedNode(members, localAddresses: addresses) }
    return session.answer(
      NodeQuestion(command, timeLimit: 60), sources: PodSources(), program: "a test")
  }
}

extension ClusterSnapshot {
  /// As if a pod had come that kube-proxy knows nothing of.
  fileprivate mutating func addEndpoint(to service: NamespacedName) throws {
    var slice = try #require(slices(of: service).first { !$0.endpoints.isEmpty && $0.addressType == "IPv4" })
    var endpoint = slice.endpoints[0]
    endpoint.addresses = ["10.244.77.77"]
    slice.endpoints.append(endpoint)
    add(slice)
    // kube-proxy before 1.19 goes by these.
    guard var endpoints = endpoints(of: service), !endpoints.subsets.isEmpty,
      var address = endpoints.subsets[0].addresses.first
    else { return }
    address.ip = "10.244.77.77"
    endpoints.subsets[0].addresses.append(address)
    add(endpoints)
  }
}

@Suite("Answers of nodes are folded by what they mean")
struct FleetMergerTests {
  private static let captures = (Capture.legacy + Capture.nft + Capture.ipvs).filter { !$0.name.hasPrefix("scale") }

  @Test("Nodes of all backends and modes that do what the API wants are one group, and their modes are told beside it")
  func modes() throws {
    let healthy = [
      "yaobank-iptables-legacy-v1.34", "yaobank-iptables-nft-v1.23", "yaobank-nftables-v1.34", "yaobank-ipvs-v1.23",
    ]
    let answers = try healthy.map { name in
      (name, try CapturedNode(Capture(name)).answer(.trace(target: "yaobank/summary", namespace: "default")))
    }
    let fleet = merged(answers)
    #expect(fleet.groups.map(\.nodes) == [healthy.sorted()], "\(fleet)")
    #expect(fleet.groups[0].isAsExpected == true && fleet.groups[0].result == .ok && fleet.exitStatus == 0)
    let modes = try #require(fleet.traits.first { $0.kind == .mode })
    #expect(
      Set(modes.values.map(\.text)) == ["iptables (legacy)", "iptables (nft)", "nftables (nft)", "ipvs (nft)"])
  }

  @Test("A node that differs from the API is in no group with others, whichever capture it is of", arguments: captures)
  func mutated(capture: Capture) throws {
    let node = try CapturedNode(capture)
    let service = capture.name.hasPrefix("lab") ? NamespacedName("edge", "cip") : NamespacedName("yaobank", "summary")
    let name = try #require(
      node.services.map(\.metadata.namespacedName).contains(service)
        ? service
        : node.services.first { !$0.selector.isEmpty && $0.clusterIPs.first != "None" }?.metadata.namespacedName)
    let command = NodeQuestion.Command.trace(target: "\(name)", namespace: "default")
    let (same, other) = (try node.answer(command), try node.answer(command) { try $0.addEndpoint(to: name) })
    let nodes = (1...20).map { "node\($0)" }
    let changed: Set = ["node3", "node4", "node17"]
    let fleet = merged(nodes.map { ($0, changed.contains($0) ? other : same) })
    #expect(isPartition(fleet, of: nodes))
    let wrong = fleet.groups.filter { !changed.isDisjoint(with: $0.nodes) }
    let drift = wrong.flatMap(\.findings).filter { $0.id == .endpointDrift }.flatMap(\.tellings)
    #expect(drift.contains { Set($0.nodes) == changed }, "\(fleet.groups)")
    // Where all differ already they do so in two ways.
    let isDrifted = same.findings.contains { $0.id == .endpointDrift }
    #expect(fleet.groups.count == (isDrifted ? 1 : 2) && wrong.map(\.result) == [.wrong])
    #expect(fleet.exitStatus == 1)
  }

  @Test("All services of all captures as one cluster: no group is wrong without a finding, and none is of two meanings")
  func all() throws {
    let answers = try Self.captures.map { ($0.name, try CapturedNode($0).answer(.services(namespace: nil))) }
    let fleet = merged(answers)
    #expect(isPartition(fleet, of: Self.captures.map(\.name)))
    for group in fleet.groups {
      #expect(group.result != .wrong || !group.findings.isEmpty, "\(group)")
      #expect(group.findings.allSatisfy { !$0.id.isOfCluster })
      // Who is told to be as the API wants has the digests that it implies.
      for (name, answer) in answers
      where group.nodes.contains(name) && group.result == .ok && group.isAsExpected == true {
        #expect(
          answer.services?.different == 0 && answer.services?.unknown == 0
            && answer.findings.allSatisfy(\.id.isOfCluster))
      }
    }
    let drifted = try #require(fleet.groups.first { $0.nodes.contains("yaobank-drift-iptables-legacy-v1.34") })
    #expect(drifted.result == .wrong && drifted.nodes.count == 1)
    let fine = try #require(fleet.groups.first { $0.nodes.contains("yaobank-iptables-legacy-v1.34") })
    #expect(fine.result == .ok && fine.nodes.contains("yaobank-nftables-v1.34"), "\(fine)")
  }

  @Test("What is wrong with a service wherever it is asked is told once, and makes no node a wrong one")
  func ofCluster() throws {
    let node = try CapturedNode(Capture("lab-iptables-legacy-v1.34"))
    let answer = try node.answer(.trace(target: "edge/empty", namespace: "default"))
    // As the policy Local has it: what one node finds, another need not.
    var other = answer
    (other.findings, other.status) = ([], 0)
    let fleet = merged([("a", answer), ("b", answer), ("c", other)])
    #expect(fleet.groups.map(\.nodes) == [["a", "b", "c"]])
    #expect(fleet.groups.map(\.result) == [.ok] && fleet.findings.map(\.id) == [.noEndpoints], "\(fleet)")
    #expect(fleet.findings[0].tellings.map(\.nodes) == [["a", "b"]] && fleet.exitStatus == 1)
  }

  @Test("Without the API nodes that forward alike are one group, and those that do not are two")
  func withoutAPI() throws {
    let node = try CapturedNode(Capture("yaobank-iptables-legacy-v1.34"))
    let answer = try node.answer(.trace(target: "yaobank/summary", namespace: "default"))
    var (one, other) = (answer, answer)
    one.forwarding?.expected = nil
    one.services = NodeAnswer.Services(asExpected: 0, different: 0, unknown: 1)
    other = one
    other.forwarding?.digest = String(repeating: "0", count: 64)
    let fleet = merged([("a", one), ("b", other), ("c", one)])
    #expect(fleet.groups.map(\.nodes) == [["a", "c"], ["b"]])
    #expect(fleet.groups.allSatisfy { $0.isAsExpected == nil })
    #expect(fleet.groups.allSatisfy { $0.result == .uncertain } && fleet.exitStatus == 2)
    #expect(merged([("a", one), ("c", one)]).groups.map(\.result) == [.ok])
    // With the API, what it implies may be in doubt, and nodes differ as they should.
    one.forwarding?.expectedUncertain = "a reason"
    other.forwarding?.expectedUncertain = "a reason"
    #expect(merged([("a", one), ("b", other)]).groups.map(\.nodes) == [["a", "b"]])
  }

  @Test("5,000 answers take ten times as long as 500, or less than a second")
  func cost() throws {
    let node = try CapturedNode(Capture("yaobank-drift-iptables-legacy-v1.34"))
    let wrong = try node.answer(.services(namespace: nil))
    let fine = try CapturedNode(Capture("yaobank-iptables-legacy-v1.34")).answer(.services(namespace: nil))
    func seconds(_ count: Int) -> Duration {
      // Those in which something is wrong cost the most.
      let answers = (0..<count).map { ("node\($0)", $0 % 10 == 0 ? fine : wrong) }
      return ContinuousClock().measure { #expect(merged(answers).groups.count == 2) }
    }
    let (few, many) = (seconds(500), seconds(5000))
    #expect(many < few * 16 || many < .seconds(1), "\(few), \(many)")
  }
}

@Suite("What a node sends may be anything")
struct HostileAnswerTests {
  @Test("Lists that were not asked for are not told, and those that were are of the node that sent them")
  func lists() throws {
    var answer = NodeAnswer(program: "1", node: AnsweringNode(name: "node1"))
    answer.connections = ConnectionList(node: AnsweringNode(name: "node2"))
    let interfaces = PodInterfaceList(node: AnsweringNode(name: "node2"), PodInterfaces())
    answer.interfaces = interfaces
    func fleet(_ command: NodeQuestion.Command) -> FleetAnswer {
      var fleet = FleetAnswer(command, via: .ssh, api: nil)
      FleetMerger(outcomes: [("node1", .answered(answer))]).merge(into: &fleet)
      return fleet
    }
    #expect(fleet(.version).interfaces == nil && fleet(.version).connections == nil)
    let pods = fleet(.veth(targets: [], namespace: nil))
    #expect(pods.interfaces?.map(\.node.name) == ["node1"] && pods.connections == nil)
    answer.interfaces = nil
    let none = fleet(.veth(targets: [], namespace: nil))
    #expect(none.interfaces?.isEmpty == true && none.unanswered.map(\.message) == ["it sent no list"])
    #expect(none.answered == 0 && none.exitStatus == 2 && !none.foundNoPod)
    answer.isCut = true
    let cut = fleet(.connections(target: nil, namespace: nil, selection: ConnectionSelection()))
    #expect(cut.exitStatus == 0 && cut.connections?.count == 1)
    answer.connections = nil
    let unread = fleet(.connections(target: nil, namespace: nil, selection: ConnectionSelection()))
    #expect(unread.unanswered.map(\.message) == ["its list is in its pod's log, which was not read"])
    answer.failure = "why"
    #expect(fleet(.veth(targets: [], namespace: nil)).answered == 1)
    let sent = NodeOutcome.answered(answer)
    #expect(sent.savingSnapshot(of: "node1", in: "/none") == .unanswered(.parse, message: "it sent no snapshot"))
    answer.snapshot = "bm9uZQ=="
    let kept = NodeOutcome.answered(answer).savingSnapshot(of: "node1", in: "/none")
    #expect("\(kept)".contains("its snapshot was not kept: "), "\(kept)")
  }

  @Test("What all nodes send together is bounded")
  func room() {
    let room = AnswerRoom(.version, all: 100)
    #expect(room.takes(60) && !room.takes(60) && room.takes(40) && !room.takes(1))
    #expect(AnswerRoom(.snapshot(services: [], withConnections: false)).takes(1 << 40))
  }

  private func outcome(_ text: String) -> NodeOutcome { NodeOutcome(sent: Array(text.utf8), by: "node1") }

  private func json(_ change: (inout NodeAnswer) -> Void) throws -> String {
    var answer = NodeAnswer(program: "1", node: AnsweringNode(name: "node1"))
    change(&answer)
    return String(decoding: try JSONEncoder().encode(answer), as: UTF8.self)
  }

  @Test(
    "Garbage, other documents and other versions are named",
    arguments: ["", "hello", "{}", "[1]", "\u{0}\u{1}", #"{"kind":"Trace"}"#])
  func garbage(text: String) {
    #expect(outcome(text) == .unanswered(.parse, message: "what it sent is no answer"))
  }

  @Test("An answer of a release whose form is another one")
  func otherRelease() throws {
    let text = try json { _ in }.replacing("kpx/v1", with: "kpx/v9").replacing("kpx\\/v1", with: "kpx\\/v9")
    guard case .unanswered(.parse, let message) = outcome(text) else {
      Issue.record("\(outcome(text))")
      return
    }
    #expect(message.contains("another release"))
  }

  @Test("An answer for another node is none, and one without a name is the one that was asked")
  func names() throws {
    #expect(outcome(try json { $0.node.name = "node2" }) == .unanswered(.parse, message: "it answers for another node"))
    guard case .answered = outcome(try json { $0.node.name = nil }) else {
      Issue.record("no answer")
      return
    }
  }

  @Test("A node that says that all is well and has findings is wrong")
  func contradiction() throws {
    let finding = Finding(.endpointDrift, .error, subject: .node, message: "\u{1b}[31m")
    guard case .answered(let answer) = outcome(try json { $0.findings = [finding] }) else {
      Issue.record("no answer")
      return
    }
    #expect(merged([("node1", answer)]).groups.map(\.result) == [.wrong])
  }

  @Test("What keeps kpx from answering is told in its words, and not all of them")
  func failure() throws {
    let long = String(repeating: "x", count: 5000)
    #expect(outcome(try json { $0.failure = long }) == .unanswered(.run, message: String(long.prefix(300))))
  }
}

@Suite("A question takes along what a node needs of the API, and no more")
struct NodeQuestionTests {
  @Test("It is read back as it was, with the objects")
  func backAndForth() throws {
    let cluster = try ClusterSnapshot.decode(Array(smallCluster.utf8), path: "a test")
    var question = NodeQuestion(.trace(target: "ns/svc", namespace: "ns"), timeLimit: 3)
    question.node = "node1"
    question.api = SavedAPI(origin: APIOrigin(source: "a server"), isServer: true, notes: [])
    let bytes = try question.encoded() + cluster.encoded([.service]) + cluster.encoded([.node])
    let (read, objects) = try NodeQuestion.decoded(bytes)
    #expect(read.command == question.command && read.node == "node1" && read.timeLimit == 3)
    #expect(objects?.services == cluster.services && objects?.nodes == cluster.nodes && objects?.knows(.pod) == false)
  }

  @Test(
    "What is no question, or of another release, is refused in words",
    arguments: ["", "x", "{}", #"{"kind":"NodeQuestion","apiVersion":"kpx/v9"}"#])
  func refused(text: String) {
    let answer = session().answer(Array(text.utf8), sources: PodSources(), program: "1")
    #expect(answer.failure?.contains("question") == true && answer.status == 2, "\(answer)")
  }
}

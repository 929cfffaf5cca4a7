import Synchronization
import TestSupport
import Testing

@testable import Inspect

/// A saved node whose rules change now and then while they are read.
private final class RestlessNode: Node, PacketFilter {
  private let saved: SavedNode
  /// How often rules are still to change.
  private var changes: Int
  /// How many chains were read.
  private(set) var reads = 0
  /// How often all was read anew.
  private(set) var attempts = 0

  init(_ capture: Capture, changes: Int = 0) throws {
    saved = try SavedNode(SavedMembers(capture.members()), localAddresses: capturedAddresses(capture.name))
    self.changes = changes
  }

  var filter: any PacketFilter { self }
  var localAddresses: [IPPrefix]? { saved.localAddresses }

  func baseChains(at hook: Hook, family: IPFamily) throws -> [BaseChain] {
    try saved.filter.baseChains(at: hook, family: family)
  }

  func forEachRule(in chain: ChainReference, hint: RuleHint, _ body: (Int, Rule) throws -> Bool) throws -> Bool {
    reads += 1
    return try saved.filter.forEachRule(in: chain, hint: hint, body)
  }

  func consistently<T>(_ body: () throws -> T) throws -> T {
    while true {
      attempts += 1
      do {
        return try body()
      } catch KernelError.changing {
        continue
      }
    }
  }

  func hasChanged() throws -> Bool {
    guard changes > 0 else { return false }
    changes -= 1
    return true
  }
}

/// What a stream was given, in order.
private final class Given: Sendable {
  struct State {
    var outlines: [ServiceOutline] = []
    var names: [String] = []
    /// How many chains had been read when each came.
    var reads: [Int] = []
  }
  let state = Mutex(State())

  func stream(_ reads: @escaping @Sendable () -> Int = { 0 }) -> ServiceStream {
    ServiceStream(
      begin: { outlines in self.state.withLock { $0.outlines = outlines } },
      item: { item in
        let name = item.service.map { "\($0.namespace)/\($0.name)" } ?? ""
        self.state.withLock {
          $0.names.append(name)
          $0.reads.append(reads())
        }
      })
  }
}

@Suite("Services that are given while others are walked")
struct ServiceStreamTests {
  private let capture = Capture("yaobank-iptables-legacy-v1.34")

  @Test("Each service comes once and in the list's order, before the chains of the next are read")
  func order() throws {
    let node = try RestlessNode(capture)
    let given = Given()
    nonisolated(unsafe) let asked = node
    let list = try ServiceTracer.list(namespace: nil, ServiceContext(), stream: given.stream { asked.reads }, node)
    let (names, reads, outlines) = given.state.withLock { ($0.names, $0.reads, $0.outlines) }
    #expect(names == list.items.map { $0.service.map { "\($0.namespace)/\($0.name)" } ?? "" })
    #expect(names.count > 4 && zip(reads, reads.dropFirst()).allSatisfy { $0 < $1 }, "\(reads)")
    #expect(outlines.map(\.frontend.place) == list.items.flatMap { $0.frontends.map(\.place) })
  }

  @Test("Where rules change all is read anew, and services are not given of two states at once")
  func changing() throws {
    let node = try RestlessNode(capture, changes: 1)
    let given = Given()
    let list = try ServiceTracer.list(namespace: nil, ServiceContext(), stream: given.stream(), node)
    #expect(node.attempts == 2)
    #expect(given.state.withLock { $0.names.count } == list.items.count)
  }

  @Test("Where kube-proxy has no rules nothing is given: there may be no list in the end")
  func nothing() throws {
    let given = Given()
    #expect(throws: MissingKubeProxy.self) {
      try ServiceTracer.list(namespace: nil, ServiceContext(), stream: given.stream(), FakePacketFilter(tables: []))
    }
    #expect(given.state.withLock { $0.names.isEmpty && $0.outlines.isEmpty })
  }

  @Test("What has no name is given in the whole list alone: nothing would tell it from what was given before")
  func nameless() throws {
    let node = serviceRules(endpoints: ["10.244.1.5:8080"])
    for address in ["10.96.0.2", "10.96.0.3"] {
      node.append(
        "nat", "KUBE-SERVICES", [.to(address), .proto(.tcp), .dport(80...80)], .jump("KUBE-SVC-AAAAAAAAAAAAAAAA"))
    }
    let given = Given()
    var context = ServiceContext()
    context.families = [.v4]
    let list = try ServiceTracer.list(namespace: nil, context, stream: given.stream(), node)
    #expect(list.items.map { $0.service == nil } == [false, true, true])
    #expect(given.state.withLock { $0.names } == ["ns/svc"])
  }

  @Test("What differs from the API is given only where it is not looked at again", arguments: [false, true])
  func drift(waits: Bool) throws {
    try withDump { dump in
      let given = Given()
      var stream = given.stream()
      stream.waitsForSecondLook = waits
      var session = session(cluster: dump)
      session.openNode = { serviceRules(endpoints: ["10.244.1.9:8080"]) }
      var query = ServicesQuery()
      query.areAllNamespaces = true
      query.families = [.v4]
      let list = try session.services(query, stream: stream)
      #expect(list.items.map { $0.findings.map(\.id) } == [[.endpointDrift]])
      #expect(given.state.withLock { $0.names } == (waits ? [] : ["ns/svc"]))
    }
  }

  @Test("A namespace that neither the API nor a rule knows is no answer; one without services is")
  func namespaces() throws {
    try withDump { (dump) throws in
      var query = ServicesQuery()
      query.namespace = "nss"
      #expect(throws: SessionError.noSuchNamespace("nss", nearest: ["ns"])) {
        try session(cluster: dump).services(query)
      }
      #expect(throws: SessionError.noSuchNamespace("nss", nearest: ["ns"])) { try session().services(query) }
      // It has a pod.
      query.namespace = "other"
      #expect(try session(cluster: dump).services(query).items.isEmpty)
      query.namespace = "default"
      #expect(try session(cluster: dump).services(query).items.isEmpty)
    }
  }
}

import TestSupport
import Testing

@testable import Inspect

/// The same judgement on what real kube-proxies wrote.
@Suite(
  "What a walk says of a real kube-proxy's rules is what the kernel does", .serialized,
  .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own"))
struct CaptureOracleTests {
  @Test("Packets of all kinds of clients to every frontend of every service", arguments: Capture.legacy + Capture.nft)
  func everyFrontend(_ capture: Capture) async throws {
    let tally = try await withPrivateNetworkNamespace { namespace in
      try namespace.loadEverything(capture)
      try Site.forward()
      return try CaptureExperiment(capture).run()
    }
    print("oracle: \(capture): \(tally.text)")
    #expect(tally.pairs > 10)
    #expect(tally.uncertain * 100 < tally.pairs, "under 1 % uncertain")
  }
}

/// A captured node's rules, which are loaded, and packets to all that they have an address for.
private struct CaptureExperiment {
  let capture: Capture
  let judge: Judge
  let node: LiveNode
  let routing: any NodeRouting

  init(_ capture: Capture) throws {
    self.capture = capture
    judge = try Judge(try Wire(try Wire.cables(peersBegin: "kpx-peer")), .nft)
    node = try LiveNode()
    routing = try node.routing
  }

  func run() throws -> Tally {
    var tally = Tally()
    var random = SeededGenerator(seed: OracleSize.seed)
    // A tenth of what each kind of random rules gets, of targets with four packets each.
    for target in try targets().shuffled(using: &random).prefix(max(3, OracleSize.pairs / 40)) {
      let sources = try sources(target.address.address.family)
      for source in sources.shuffled(using: &random).prefix(4) {
        let trial = judge.trial(from: source, to: target.address, target.transport)
        let judgement = try judge.judge(trial)
        tally.count(judgement)
        if let problem = judgement.disagreement { Issue.record("\(capture): \(trial)\n\(problem)") }
      }
    }
    return tally
  }

  private struct Target: Hashable {
    var address: SocketAddress
    var transport: TransportProtocol
  }

  /// All frontends that the rules have, node ports at some of the node's addresses, and what is beside them.
  private func targets() throws -> [Target] {
    let proxy = try ProxyRules(
      node, families: IPFamily.allCases, others: [], port: KubeProxyPort(of: node, named: .unknown))
    let own = (node.localAddresses ?? []).filter { $0.isSingle && !$0.address.isLoopback }.map(\.address)
    var targets: Set<Target> = []
    for frontend in try RuleIndex(node, proxy.installations).entries.map(\.frontend) {
      let addresses = frontend.address.map { [$0] } ?? own.filter { $0.family == frontend.family }.prefix(3).map(\.self)
      for address in addresses {
        targets.insert(Target(address: SocketAddress(address, port: frontend.port), transport: frontend.transport))
        let other: TransportProtocol = frontend.transport == .tcp ? .udp : .tcp
        if frontend.port % 3 == 0 {
          targets.insert(Target(address: SocketAddress(address, port: frontend.port), transport: other))
        }
      }
    }
    return targets.sorted { "\($0.address) \($0.transport)" < "\($1.address) \($1.transport)" }
  }

  /// Pods of this and other nodes, clients outside, and the node itself; each by the interface that its answers leave by.
  private func sources(_ family: IPFamily) throws -> [Sender] {
    let outside = family == .v4 ? ["203.0.113.77", "198.51.100.7"] : ["2001:db8:ffff::7"]
    let pods = family == .v4 ? ["10.244.16.10", "10.244.16.12", "10.244.32.10", "10.244.0.99"] : ["fd00:10:244:20::a"]
    let own = (node.localAddresses ?? []).filter {
      $0.isSingle && $0.address.family == family && !$0.address.isLoopback
    }
    let arriving = try (outside + pods).compactMap { text -> Sender? in
      guard let address = IPAddress(text), let way = try routing.way(to: address), way.interface != "lo" else {
        return nil
      }
      return Sender(address: text, interface: way.interface)
    }
    return arriving + own.prefix(3).map { Sender(address: $0.address.description) }
  }
}

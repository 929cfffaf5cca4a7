import TestSupport
import Testing

@testable import Inspect

@Suite("The service or pod behind a jump")
struct RuleTargetTests {
  /// A rule of a capture, with where it leads to.
  private struct Found {
    var chain: ChainReference
    var rule: Rule
    var targets: [RuleTarget]
  }

  private func targets(_ capture: CapturedNode, _ names: AddressNames) throws -> [Found] {
    let node = capture.node
    let finder = RuleTargets(names: names) { chain, body in
      _ = try node.filter.forEachRule(in: chain, hint: .none) { _, rule in body(rule) }
    }
    let tables = try node.tables.tableHeads().map(\.table).filter { TableSelection.services.contains($0) }
    var found: [Found] = []
    for chain in try node.tables.chainHeads(of: tables).values.joined().map(\.chain) {
      _ = try node.filter.forEachRule(in: chain, hint: .none) { _, rule in
        found.append(Found(chain: chain, rule: rule, targets: try finder.targets(of: rule, in: chain)))
        return true
      }
    }
    return found
  }

  @Test("A chain's service is the one that its name is the hash of", arguments: Capture.legacy + Capture.nft)
  func services(capture: Capture) throws {
    guard !capture.name.hasPrefix("scale") else { return }
    var count = 0
    for found in try targets(CapturedNode(capture), AddressNames(nil)) {
      for target in found.targets {
        guard let chain = target.chain.flatMap({ ChainName($0) }), chain.kind != .endpoint,
          case .servicePort(let port)? = target.owner
        else { continue }
        let hashes = [TransportProtocol.tcp, .udp, .sctp].flatMap {
          ChainName.names(chain.kind, of: port, transport: $0)
        }
        #expect(hashes.contains(chain), "\(found.rule.text(in: found.chain))")
        count += 1
      }
    }
    #expect(count > 0 || capture.name.contains("nftables"))
  }

  @Test(
    "Every jump to a service's chain has a service, and every one to a pod its pod",
    arguments: Capture.legacy + Capture.nft)
  func pods(capture: Capture) throws {
    guard !capture.name.hasPrefix("scale"), !capture.name.contains("damaged"), !capture.name.contains("drift") else {
      return
    }
    let node = try CapturedNode(capture)
    let cluster: ClusterSnapshot = try #require(node.context(.all).cluster)
    var pods = 0
    for found in try targets(node, AddressNames(cluster)) {
      for target in found.targets {
        let isServices = target.chain.map { ChainName($0) != nil || NftablesName($0) != nil } ?? false
        #expect(!isServices || target.owner != nil, "\(found.rule.text(in: found.chain))")
        guard let address = target.address, case .pod(let pod)? = target.owner else { continue }
        #expect(cluster.pods(at: address).contains { $0.metadata.namespacedName == pod })
        pods += 1
      }
    }
    #expect(pods > 3)
  }

  @Test("Endpoints' chains of releases that do not name endpoints in comments have pods, too")
  func beforeComments() throws {
    let node = try CapturedNode(Capture("lab-iptables-legacy-v1.18"))
    let names = AddressNames(node.context(.all).cluster)
    let jumps = try targets(node, names).flatMap(\.targets).filter { $0.chain?.hasPrefix("KUBE-SEP-") == true }
    let pods = jumps.count { if case .pod? = $0.owner { true } else { false } }
    #expect(pods > 20 && pods > jumps.count / 2)
  }

  @Test("A jump to what is nobody's has no name, whatever its comment says")
  func nobodys() throws {
    let rule = Rule(matches: [.comment("yaobank/summary:http cluster IP")], actions: [.jump("KUBE-MARK-MASQ")])
    let chain = ChainReference(table: Table(backend: .legacy, family: .v4, name: "nat"), name: "KUBE-SERVICES")
    let finder = RuleTargets(names: AddressNames(nil)) { _, _ in }
    #expect(try finder.targets(of: rule, in: chain) == [RuleTarget(chain: "KUBE-MARK-MASQ")])
  }
}

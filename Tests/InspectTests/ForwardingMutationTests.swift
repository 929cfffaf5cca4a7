import FoundationEssentials
import TestSupport
import Testing

@testable import Inspect

/// The rules of a node without one of them.
private final class OneRuleLess: Node, PacketFilter {
  private let node: SavedNode
  private let chain: ChainReference
  private let number: Int

  init(_ node: SavedNode, _ chain: ChainReference, _ number: Int) {
    self.node = node
    self.chain = chain
    self.number = number
  }

  var filter: any PacketFilter { self }
  var tables: any RuleTables { node.tables }
  var localAddresses: [IPPrefix]? { node.localAddresses }

  func baseChains(at hook: Hook, family: IPFamily) throws -> [BaseChain] {
    try node.filter.baseChains(at: hook, family: family)
  }

  func forEachRule(in chain: ChainReference, hint: RuleHint, _ body: (Int, Rule) throws -> Bool) throws -> Bool {
    try node.filter.forEachRule(in: chain, hint: hint) { number, rule in
      try chain == self.chain && number == self.number ? true : body(number, rule)
    }
  }
}

@Suite("A rule that is gone changes the digest of the services whose packets met it")
struct ForwardingMutationTests {
  private static let capture = Capture("yaobank-iptables-legacy-v1.34")
  private static let nat = Table(backend: .legacy, family: .v4, name: "nat")

  private struct Place {
    var chain: ChainReference
    var number: Int
    var rule: Rule
  }

  /// kube-proxy's rules of IPv4's nat table.
  private func rules(_ node: SavedNode) throws -> [Place] {
    var open = [WellKnownChain.services.rawValue]
    var seen = Set(open)
    var places: [Place] = []
    while let name = open.popLast() {
      let chain = ChainReference(table: Self.nat, name: name)
      _ = try node.filter.forEachRule(in: chain, hint: .none) { number, rule in
        places.append(Place(chain: chain, number: number, rule: rule))
        if let next = rule.chain, seen.insert(next).inserted { open.append(next) }
        return true
      }
    }
    return places
  }

  private func digests(_ captured: CapturedNode, _ node: any Node) throws -> [String: ForwardingDigest] {
    let items = try ServiceTracer.list(namespace: nil, captured.context(.all), node).items
    return Dictionary(
      uniqueKeysWithValues: items.compactMap { item in item.service.map { ($0.name, item.forwarding) } })
  }

  @Test("Each rule of nat that leads to endpoints, or marks what goes there")
  func eachRule() throws {
    let captured = try CapturedNode(Self.capture)
    let all = try digests(captured, captured.node)
    var tried = 0
    var unnoticed: [String] = []
    for place in try rules(captured.node) {
      let owners = place.rule.comments.compactMap { RuleComment($0)?.port.service.name }
      guard let owner = owners.first else { continue }
      tried += 1
      let less = try digests(captured, OneRuleLess(captured.node, place.chain, place.number))
      let changed = all.keys.filter { all[$0]?.digest != less[$0]?.digest }
      if changed.isEmpty {
        unnoticed.append("\(place.rule.text(in: place.chain))")
      } else {
        #expect(changed == [owner], "\(place.rule.text(in: place.chain))")
        // What no other service shows is told from how kube-proxy was started.
        #expect(less[owner]?.digest != less[owner]?.expected, "\(place.rule.text(in: place.chain))")
      }
    }
    #expect(tried > 25)
    // A pod that is its own client, and the port on 127.0.0.1 are no part of the form.
    #expect(
      unnoticed.allSatisfy {
        $0.hasPrefix("-A KUBE-SEP-") && $0.hasSuffix("-j KUBE-MARK-MASQ") || $0.contains("-d 127.0.0.0/8")
      }, "\(unnoticed)")
    #expect(unnoticed.count < tried / 2)
  }

  @Test("Each rule of POSTROUTING, and the jumps of PREROUTING and OUTPUT: all services")
  func hooks() throws {
    let captured = try CapturedNode(Self.capture)
    let all = try digests(captured, captured.node)
    for (hook, target) in [
      ("PREROUTING", "KUBE-SERVICES"), ("OUTPUT", "KUBE-SERVICES"), ("POSTROUTING", "KUBE-POSTROUTING"),
    ] {
      let chain = ChainReference(table: Self.nat, name: hook)
      var jump: Int?
      _ = try captured.node.filter.forEachRule(in: chain, hint: .none) { number, rule in
        if rule.chain == target { jump = number }
        return true
      }
      let less = try digests(captured, OneRuleLess(captured.node, chain, try #require(jump)))
      for (name, forwarding) in all { #expect(less[name]?.digest != forwarding.digest, "\(hook): \(name)") }
    }
  }
}

import TestSupport
import Testing

@testable import Inspect

@Suite("Chains that are kept")
struct ChainCacheTests {
  private func rule(_ random: inout SeededGenerator) -> Rule {
    let host = random.one(of: [1, 2, 3])
    let port = UInt16(random.one(of: [80, 81]))
    let matches: [Match] =
      switch random.one(of: [0, 1, 2, 3]) {
      case 0: [.to("10.0.0.\(host)")]
      case 1: [.to("10.0.0.\(host)"), .dport(port...port)]
      case 2: [.proto(.tcp), .dport(port...port)]
      default: [.proto(random.happens(50) ? .tcp : .udp)]
      }
    return Rule(matches: matches, actions: [.drop])
  }

  private func mayMatch(_ rule: Rule, _ destination: IPAddress, _ port: UInt16) -> Bool {
    rule.matches.allSatisfy { match in
      switch match {
      case .destination(let test): destination & test.mask == test.address
      case .tcp(let test): test.destination.range.contains(port)
      case .transport(let test): test.number == .tcp
      default: true
      }
    }
  }

  @Test(
    "Short and long, asked once or often, read for one packet after another: each meets what it may match, in order",
    arguments: 0..<40)
  func complete(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let backend: Backend = random.happens(50) ? .legacy : .nft
    let table = Table(backend: backend, family: .v4, name: "nat")
    let chains = [0, 1, 15, 16, 64, 65, 200].map { count in
      (ChainReference(table: table, name: "C\(count)"), (0..<count).map { _ in rule(&random) })
    }
    let cache = ChainCache()
    var readings = 0
    func read(_ chain: ChainReference, _ hint: RuleHint, _ body: (Int, Rule) throws -> Bool) rethrows -> Bool {
      readings += 1
      guard let rules = chains.first(where: { $0.0 == chain })?.1 else { return false }
      for (index, rule) in rules.enumerated() {
        // As readers do, that leave out what the header rules out.
        if let destination = hint.destination, case .destination(let test)? = rule.matches.first,
          destination & test.mask != test.address
        {
          continue
        }
        guard try body(index + 1, rule) else { break }
      }
      return true
    }
    func forEachRule(in chain: ChainReference, _ hint: RuleHint, _ body: (Int, Rule) -> Bool) throws -> Bool {
      let kept = try cache.rules(of: chain, hint: hint, read)
      if case .unread = kept { return read(chain, hint, body) }
      kept.forEachRule(hint: hint, body)
      if case .missing = kept { return false }
      return true
    }
    for _ in 0..<60 {
      for (chain, rules) in chains {
        let (destination, port) = (address("10.0.0.\(random.one(of: [1, 2, 3]))"), UInt16(random.one(of: [80, 81])))
        var hint = RuleHint(destination: random.happens(70) ? destination : nil, transport: .tcp)
        if random.happens(50) { hint.destinationPorts = [port] }
        var met: [Int] = []
        let exists = try forEachRule(in: chain, hint) { number, rule in
          #expect(rule == rules[number - 1])
          met.append(number)
          return true
        }
        #expect(exists)
        #expect(met == met.sorted() && Set(met).count == met.count)
        let wanted = rules.indices.filter { mayMatch(rules[$0], destination, port) }.map { $0 + 1 }
        #expect(Set(met).isSuperset(of: wanted))
        var first: [Int] = []
        _ = try forEachRule(in: chain, hint) { number, _ in
          first.append(number)
          return false
        }
        #expect(first == Array(met.prefix(1)))
      }
    }
    // A short chain once; a long one until it is read whole.
    #expect(readings < chains.count * 3 + 2 * 33 + 24)
    let missing = ChainReference(table: table, name: "missing")
    #expect(try !forEachRule(in: missing, RuleHint(transport: .tcp)) { _, _ in true })
  }

  @Test("Addresses in the same of all prefixes have the same innermost one, and it holds them", arguments: 0..<50)
  func routePrefixes(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let prefixes = (0..<random.one(of: [0, 3, 20])).map { _ in
      IPPrefix(
        .v4(0x0a00_0000 | UInt32(random.one(of: Array(0..<64)))),
        length: random.one(of: [0, 8, 26, 27, 28, 30, 31, 32]))
    }
    let routes = RoutePrefixes(prefixes)
    for _ in 0..<50 {
      let address = IPAddress.v4(0x0a00_0000 | UInt32(random.one(of: Array(0..<64))))
      let innermost = routes.innermost(of: address)
      let around = prefixes.filter { $0.contains(address) }
      #expect(innermost.contains(address))
      #expect(around.allSatisfy { $0.contains(innermost) })
      #expect(around.isEmpty ? innermost.length == 0 : around.contains(innermost))
    }
  }
}

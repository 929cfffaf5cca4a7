import TestSupport
import Testing

@testable import Inspect

#if canImport(Glibc)
  import Glibc
#endif

/// The kernel is the judge of `Walk`: rules made at random, packets sent through them, and what became of them compared
/// with what the walk says. `make oracle N=20000 SEED=1` for a night.
@Suite(
  "What a walk says is what the kernel does", .serialized,
  .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own"))
struct OracleTests {
  @Test("Rules like kube-proxy's", arguments: OracleBackend.allCases)
  func kubeLike(_ backend: OracleBackend) async throws {
    let tally = try await run(backend) { family, random in
      var kube = KubeRules(family: family, isNative: backend == .nft, random: random)
      return kube.make()
    }
    print("oracle: rules like kube-proxy's, \(backend.rawValue): \(tally.text)")
    #expect(tally.uncertain * 100 < tally.pairs, "under 1 % uncertain")
  }

  @Test("Rules of any kind", arguments: OracleBackend.allCases)
  func wild(_ backend: OracleBackend) async throws {
    let tally = try await run(backend) { family, random in
      var wild = WildRules(family: family, backend, random: random)
      return wild.make()
    }
    print("oracle: rules of any kind, \(backend.rawValue): \(tally.text)")
  }

  private func run(
    _ backend: OracleBackend, _ make: @escaping @Sendable (IPFamily, SeededGenerator) -> RuleSet
  ) async throws -> Tally {
    try await withPrivateNetworkNamespace { _ in
      let judge = try Judge(try Wire(try Site.build()), backend)
      var tally = Tally()
      var seed = OracleSize.seed
      while tally.pairs < OracleSize.pairs {
        let family: IPFamily = seed % 3 == 0 ? .v6 : .v4
        try Experiment(judge: judge, seed: seed, rules: make(family, SeededGenerator(seed: seed))).run(&tally)
        seed += 1
      }
      return tally
    }
  }
}

/// How much is tried; `make oracle` sets it.
enum OracleSize {
  /// Pairs of rules and packets for each backend and kind of random rules.
  static let pairs = number("KPX_ORACLE_PAIRS") ?? 600
  /// Packets through whole nodes' rules.
  static let worldPackets = number("KPX_ORACLE_WORLDS") ?? 600
  static let seed = UInt64(number("KPX_ORACLE_SEED") ?? 1)

  private static func number(_ name: String) -> Int? { getenv(name).flatMap { Int(String(cString: $0)) } }
}

/// One set of rules, and packets sent through it.
struct Experiment {
  let judge: Judge
  let seed: UInt64
  let rules: RuleSet

  private static let packets = 24

  func run(_ tally: inout Tally) throws {
    try judge.load(rules)
    var random = SeededGenerator(seed: seed ^ 0xabcdef)
    for _ in 0..<Self.packets {
      let trial = trial(&random)
      let judgement = try judge.judge(trial)
      tally.count(judgement)
      if let problem = judgement.disagreement {
        report(trial, problem)
        return
      }
      if judgement.branches.count > 1, judgement.doubts.isEmpty, !rules.variesByConnection, random.happens(40) {
        tally.shares += 1
        if let problem = try Shares(judge: judge).problem(trial, judgement.branches) {
          report(trial, problem, met: Set(judgement.branches.flatMap(\.steps).compactMap(\.chain?.name)))
        }
      }
    }
  }

  private func trial(_ random: inout SeededGenerator) -> Trial {
    let source = random.one(of: Site.sources[rules.family] ?? [])
    let transport = random.one(of: [TransportProtocol.tcp, .tcp, .udp, .udp, .sctp])
    let own = Site.own[rules.family]?.values.sorted() ?? []
    let balancers = rules.family == .v4 ? ["203.0.113.10", "203.0.113.11"] : ["2001:db8:b::0", "2001:db8:b::1"]
    // The kernel gives a socket of a loopback address no way to another node.
    let isLoopback = ["127.0.0.1", "::1"].contains(source.address)
    let addresses =
      isLoopback
      ? own + [source.address]
      : Site.services(rules.family) + Site.services(rules.family) + own + balancers
        + (Site.endpoints[rules.family] ?? [])
    let address = IPAddress(random.one(of: addresses)) ?? .v4(0)
    return judge.trial(from: source, to: SocketAddress(address, port: random.one(of: Site.ports)), transport)
  }

  // MARK: - Reports

  /// Fails the test, with the fewest rules that still disagree.
  private func report(_ trial: Trial, _ problem: String, met: Set<String>? = nil) {
    // Shares are not tried again with fewer rules, which takes long: those of the chains that were met are shown.
    let (small, last) = met.map { (rules.of($0), nil) } ?? shrink(trial)
    Issue.record(
      """
      seed \(seed), \(rules.family.rawValue): \(trial)
      \(last ?? problem)
      rules (\(small.ruleCount) of \(rules.ruleCount)):
      \(small.brief)
      """)
  }

  private func shrink(_ trial: Trial) -> (RuleSet, String?) {
    var small = rules
    var last: String?
    var progress = true
    while progress {
      progress = false
      for candidate in small.smaller {
        guard candidate.ruleCount < small.ruleCount || candidate.front.count < small.front.count else { continue }
        guard let problem = disagreement(candidate, trial) else { continue }
        small = candidate
        last = problem
        progress = true
        break
      }
    }
    _ = try? judge.load(rules)
    return (small, last)
  }

  /// Tries a few times, since chance may decide.
  private func disagreement(_ rules: RuleSet, _ trial: Trial) -> String? {
    guard (try? judge.load(rules)) != nil else { return nil }
    for attempt in 0..<8 {
      guard let judgement = try? judge.judge(attempt == 0 ? trial : judge.again(trial)) else { return nil }
      if let problem = judgement.disagreement { return problem }
      if judgement.branches.count == 1 { return nil }
    }
    return nil
  }
}

extension RuleSet {
  /// The rules of some chains, by their names.
  fileprivate func of(_ names: Set<String>) -> RuleSet {
    var copy = self
    copy.chains.removeAll { !names.contains($0.name) && !$0.isBase }
    return copy
  }

  /// The rules alone, and policies that are not ACCEPT.
  fileprivate var brief: String {
    chains.flatMap { chain in
      (chain.policy == "DROP" ? ["\(chain.table): -P \(chain.name) DROP"] : [])
        + chain.rules.map { "\(chain.table): -A \(chain.name)\($0.iptables(family))   # \($0.nft(family))" }
    }.joined(separator: "\n") + (front.isEmpty ? "" : "\n" + frontNft)
  }
}

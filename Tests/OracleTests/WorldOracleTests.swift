import TestSupport
import Testing

@testable import Inspect

/// The same judgement on whole nodes.
@Suite(
  "What a walk says on nodes with networks, agents, policies and faults is what the kernel does", .serialized,
  .enabled(if: canMakeNetworkNamespaces, "needs root, for network namespaces of its own"))
struct WorldOracleTests {
  @Test("Packets of pods, of the node and of others to services, pods and closed ports")
  func worlds() async throws {
    var tally = Tally()
    var seed = OracleSize.seed
    var failures = 0
    while tally.pairs < OracleSize.worldPackets, failures < 5 {
      let current = seed
      let world = World(seed: current)
      let before = tally
      do {
        tally = try await withPrivateNetworkNamespace { _ in
          var tally = before
          try WorldExperiment(world, seed: current).run(&tally)
          return tally
        }
      } catch {
        Issue.record("seed \(current), node_rules.py \(world): \(error)")
        failures += 1
      }
      seed += 1
    }
    print("oracle: worlds, seeds \(OracleSize.seed) to \(seed - 1): \(tally.text)")
    // One world alone, for a seed that is looked at, may lack some.
    #expect(tally.fates.count == 4 || tally.pairs < 400, "packets end in each way")
    #expect(tally.uncertain * 100 < tally.pairs, "under 1 % uncertain")
  }
}

/// One world, which is made in the calling thread's network namespace, and packets sent through it.
private struct WorldExperiment {
  let world: World
  let seed: UInt64
  let surroundings: Surroundings
  let judge: Judge

  private static let packets = 40

  init(_ world: World, seed: UInt64) throws {
    self.world = world
    self.seed = seed
    surroundings = try world.build()
    judge = try Judge(try Wire(try Wire.cables(peersBegin: "x-"), tunnels: World.tunnels), world.backend)
    judge.localPods = surroundings.pods
  }

  func run(_ tally: inout Tally) throws {
    var random = SeededGenerator(seed: seed ^ 0xabcdef)
    for _ in 0..<Self.packets {
      let trial = trial(&random)
      let judgement = try judge.judge(trial)
      tally.count(judgement)
      if let problem = judgement.disagreement {
        report(trial, problem)
      } else if judgement.branches.count > 1, judgement.doubts.isEmpty, !judgement.isRemembered,
        random.happens(3)
      {
        tally.shares += 1
        if let problem = try Shares(judge: judge).problem(trial, judgement.branches) { report(trial, problem) }
      }
    }
  }

  private func report(_ trial: Trial, _ problem: String) {
    Issue.record("seed \(seed), node_rules.py \(world): \(trial)\n\(problem)")
  }

  private func trial(_ random: inout SeededGenerator) -> Trial {
    let family: IPFamily = random.happens(40) ? .v6 : .v4
    let targets = (random.happens(65) ? surroundings.services : surroundings.others)[family] ?? []
    let target = random.one(of: targets)
    return judge.trial(from: random.one(of: surroundings.senders[family] ?? []), to: target.address, target.transport)
  }
}

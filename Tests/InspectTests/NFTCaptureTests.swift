import Testing

@testable import Inspect

@Suite("nf_tables captures")
struct NFTCaptureTests {
  @Test("Rules of iptables-nft print as iptables-nft-save printed them", arguments: NFTCapture.iptables)
  func printsAsSave(capture: NFTCapture) throws {
    let rules = try capture.rules().filter { $0.key.table.isXTables }
    let saved = try savedRules(capture.text("iptables-nft-save.txt"), family: .v4)
      .merging(savedRules(capture.text("ip6tables-nft-save.txt"), family: .v6)) { $1 }
    #expect(Set(rules.keys) == Set(saved.keys))
    #expect(!rules.isEmpty)
    for (chain, lines) in saved {
      let read = (rules[chain] ?? []).map { "\($0.counters?.text ?? "-") \($0.text(in: chain))" }
      #expect(read.map { Line($0).text } == lines.map { Line($0).text }, "\(chain.table.name) \(chain.name)")
    }
  }

  @Test("Rules of kube-proxy's nftables mode are all understood", arguments: NFTCapture.nftables)
  func nothingUnknown(capture: NFTCapture) throws {
    for (chain, rules) in try capture.rules() {
      for rule in rules {
        #expect(!rule.hasUnknown, "\(chain.name): \(rule.text(in: chain))")
      }
    }
  }

  @Test("Rules of kube-proxy's nftables mode print as nft printed them", arguments: NFTCapture.nftables)
  func printsAsList(capture: NFTCapture) throws {
    let rules = try capture.rules()
    let listed = try listedRules(capture.text("nft-ruleset.nft"))
    #expect(Set(rules.keys) == Set(listed.keys))
    #expect(!rules.isEmpty)
    for (chain, lines) in listed {
      // nft 1.0.6 leaves out what a map's data are; its language wants it.
      let read = (rules[chain] ?? []).map { $0.text(in: chain).replacing(" addr . port to ", with: " to ") }
      #expect(read == lines, "\(chain.table.name) \(chain.name)")
    }
  }
}

extension Rule {
  /// Whether any part of the rule was not understood.
  var hasUnknown: Bool {
    func isUnknown(_ match: Match) -> Bool { if case .unknown = match { true } else { false } }
    return matches.contains(where: isUnknown)
      || actions.contains { action in
        switch action {
        case .unknown: true
        case .native(.require(let match)): isUnknown(match)
        default: false
        }
      }
  }
}

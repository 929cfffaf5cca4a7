extension LegacyTable {
  /// Gives `body` the table's lines as `iptables-save -c` prints them between `*nat` and `COMMIT`: all chains, then each
  /// chain's rules.
  public func forEachLine(_ body: (String) throws -> Void) throws {
    let chains = try chains()
    for chain in chains {
      let counters = chain.counters ?? Counters(packets: 0, bytes: 0)
      try body(":\(chain.name) \(chain.policy?.rawValue ?? "-") \(counters.text)")
    }
    for chain in chains {
      try forEachEntry(of: chain) { _, entry in
        let rule = try rule(entry)
        try body("\(rule.counters?.text ?? "[0:0]") \(rule.text(chain: chain.name))")
        return true
      }
    }
  }
}

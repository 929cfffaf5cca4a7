/// A table without its chains.
public struct TableHead: Sendable, Hashable {
  /// Which it is.
  public var table: Table
  /// Whether its chains are switched off (NFT_TABLE_F_DORMANT).
  public var isDormant = false
}

/// A chain without its rules.
public struct ChainHead: Sendable, Hashable {
  /// Which it is.
  public var chain: ChainReference
  /// Where the kernel enters it; nil for a chain that only jumps lead to.
  public var base: BaseChain?
  /// `filter`, `nat` or `route`, of base chains of nf_tables alone.
  public var type: String?
  /// What met its policy, where that is counted.
  public var counters: Counters?
  /// What nf_tables names it by within its table; nil in legacy tables.
  public var handle: UInt64?
  /// What the user wrote beside it in nf_tables; nil for nothing.
  public var comment: String?

  /// As iptables-save prints it in front of all rules: `:KUBE-SERVICES - [0:0]`.
  public var text: String {
    let counted = counters ?? Counters(packets: 0, bytes: 0)
    return ":\(chain.name) \(base?.policy.rawValue ?? "-") \(counted.text)"
  }

  /// Whether iptables itself has no base chain of this kind in its tables, and so cannot tell what enters it.
  public var isForeign: Bool { base.map { $0.hook.chainName != chain.name } ?? false }

  /// What makes it a base chain, as nft prints it: `type nat hook prerouting priority dstnat; policy accept;`.
  public var nftHook: String? {
    guard let base else { return nil }
    let hook = base.hook.chainName.lowercased()
    return "type \(type ?? "filter") hook \(hook)\(Self.nftDevices(base.devices)) priority \(base.nftPriority); "
      + "policy \(base.policy.rawValue.lowercased());"
  }

  private static func nftDevices(_ names: [String]) -> String {
    switch names.count {
    case 0: ""
    case 1: " device \"\(names[0])\""
    default: " devices = { \(names.map { "\"\($0)\"" }.joined(separator: ", ")) }"
    }
  }
}

extension BaseChain {
  /// The priority by its name in nft, as far as it has one at this hook: `filter`, `mangle - 5`, `-450`.
  fileprivate var nftPriority: String {
    var names: [(name: String, priority: Int32)] = [("filter", 0)]
    if !chain.table.isNetdev { names += [("raw", -300), ("mangle", -150), ("security", 50)] }
    if hook == .prerouting { names.append(("dstnat", -100)) }
    if hook == .postrouting { names.append(("srcnat", 100)) }
    // nft counts from a name no further than this.
    guard let near = names.first(where: { abs(Int64(priority) - Int64($0.priority)) <= 10 }) else {
      return "\(priority)"
    }
    let distance = priority - near.priority
    return distance == 0 ? near.name : "\(near.name) \(distance < 0 ? "-" : "+") \(abs(distance))"
  }
}

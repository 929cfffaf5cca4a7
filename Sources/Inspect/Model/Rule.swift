/// What a rule has counted.
public struct Counters: Sendable, Hashable {
  /// Packets that met the rule.
  public var packets: UInt64
  /// Their bytes, headers of layer 3 included.
  public var bytes: UInt64
}

/// A packet-filter rule: matches that must all hold, then what is done.
///
/// The same value whether the rule came from a legacy table, from iptables-nft or from nftables. What a reader did
/// not understand is kept as `.unknown`, with its bytes.
public struct Rule: Sendable, Hashable {
  /// All must hold, in the order in which the kernel tests them.
  public var matches: [Match]
  /// What is done, in order. A rule of xtables has one at most; none means that it only counts.
  public var actions: [Action]
  /// nil where the rule does not count (nftables without a counter).
  public var counters: Counters?
  /// What nf_tables names the rule by within its table, as `nft --handle list` shows it; nil in legacy tables.
  public var handle: UInt64?

  /// The texts of the rule's comments; xtables allows several.
  public var comments: [String] {
    matches.compactMap { if case .comment(let text) = $0 { text } else { nil } }
  }

  /// The chain that the rule jumps or goes to.
  public var chain: String? {
    for action in actions {
      switch action {
      case .jump(let chain), .goto(let chain): return chain
      default: continue
      }
    }
    return nil
  }
}

/// Which of the kernel's two packet filters holds a table.
public enum Backend: String, Codable, Sendable, Hashable {
  /// xtables: read by getsockopt.
  case legacy
  /// nf_tables: read by netlink. Holds iptables-nft's tables, too.
  case nft
}

/// A table of the kernel's packet filter.
public struct Table: Sendable, Hashable {
  /// Where it is.
  public var backend: Backend
  /// Which family the table is of: legacy tables and `ip`/`ip6` have one, `inet` tables see both (nil).
  public var family: IPFamily?
  /// Its name: `nat`, `filter`, `kube-proxy`.
  public var name: String
  /// Whether it is of nf_tables' family netdev, whose chains are at interfaces; packets of both families meet it.
  public var isNetdev = false

  /// The family as nft writes it.
  public var familyName: String {
    switch family {
    case .v4?: "ip"
    case .v6?: "ip6"
    case nil: isNetdev ? "netdev" : "inet"
    }
  }

  /// As nft writes it: `inet filter`.
  public var qualifiedName: String { "\(familyName) \(name)" }
}

/// A chain of a table.
public struct ChainReference: Sendable, Hashable {
  /// The table.
  public var table: Table
  /// The chain's name.
  public var name: String

  /// By the names alone, as chains are looked up all the time.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(table.name)
  }
}

/// Where in its way through the kernel a packet is. The names and numbers are NF_INET_*, but for that of egress, which is
/// netdev's alone.
public enum Hook: UInt8, Sendable, Hashable, CaseIterable {
  case prerouting = 0
  case input = 1
  case forward = 2
  case output = 3
  case postrouting = 4
  /// At the interface that a packet comes by, before connection tracking.
  case ingress = 5
  /// At the interface that a packet leaves by, behind all others.
  case egress = 6

  /// Whether its chains are those of single interfaces.
  public var isAtInterface: Bool { self == .ingress || self == .egress }

  /// The name that a built-in chain of this hook has: `PREROUTING`.
  public var chainName: String {
    switch self {
    case .prerouting: "PREROUTING"
    case .input: "INPUT"
    case .forward: "FORWARD"
    case .output: "OUTPUT"
    case .postrouting: "POSTROUTING"
    case .ingress: "INGRESS"
    case .egress: "EGRESS"
    }
  }
}

/// What happens to a packet that reaches the end of a base chain.
public enum Policy: String, Sendable, Hashable {
  case accept = "ACCEPT"
  case drop = "DROP"
}

/// A chain that the kernel enters by itself, at a hook.
public struct BaseChain: Sendable, Hashable {
  /// The chain.
  public var chain: ChainReference
  /// Where it is entered.
  public var hook: Hook
  /// Chains of a hook run in ascending order of this (NF_IP_PRI_*: raw -300, mangle -150, nat -100 or 100, filter 0), but
  /// for those of nat.
  public var priority: Int32
  /// Whether only a connection's first packet meets it, and its verdict is a translation.
  public var isNAT: Bool
  /// What its end does.
  public var policy: Policy
  /// The interfaces whose packets meet it, at `ingress` and `egress`.
  public var devices: [String] = []

  /// The priority at which packets meet it. All chains of nat have one place at a hook, NF_IP_PRI_NAT_DST or
  /// NF_IP_PRI_NAT_SRC, and are asked there by their own priorities (nf_nat_register_fn).
  public var place: Int32 {
    guard isNAT else { return priority }
    switch hook {
    case .prerouting, .output: return -100
    case .input, .forward, .postrouting, .ingress, .egress: return 100
    }
  }
}

/// Where a rule stands.
public struct RuleReference: Sendable, Hashable {
  /// The chain that has the rule.
  public var chain: ChainReference
  /// From 1, as `iptables -L --line-numbers` counts.
  public var number: Int

  /// A rule by chain and number.
  public init(chain: ChainReference, number: Int) {
    self.chain = chain
    self.number = number
  }
}

extension RuleReference: CustomStringConvertible {
  /// `nat KUBE-SERVICES rule 2`
  public var description: String { "\(chain.table.name) \(chain.name) rule \(number)" }
}

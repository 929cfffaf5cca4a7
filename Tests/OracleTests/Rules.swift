import Inspect

/// Rules as a test writes them: in words that iptables-restore and nft can both be given.
struct RuleSet: Sendable {
  struct Chain: Sendable {
    var table: String
    var name: String
    var rules: [RandomRule] = []
    /// For base chains.
    var policy: String?
    var isBase: Bool { policy != nil }
  }
  /// A base chain of a table of its own in nf_tables, before or behind the others.
  struct Front: Sendable {
    var isNAT: Bool
    var hook: String
    var priority: Int
    var rules: [RandomRule]
  }
  var family: IPFamily
  var chains: [Chain] = []
  var front: [Front] = []

  /// Where each rule stands, for leaving out one after the other.
  var places: [(chain: Int, rule: Int)] {
    chains.indices.flatMap { chain in chains[chain].rules.indices.map { (chain, $0) } }
  }

  /// The same with one rule less, for each rule; and with a front chain less.
  var smaller: [RuleSet] {
    places.reversed().map { place in
      var copy = self
      copy.chains[place.chain].rules.remove(at: place.rule)
      return copy
    }
      + front.indices.map { index in
        var copy = self
        copy.front.remove(at: index)
        return copy
      }
  }

  private var everyRule: [RandomRule] { chains.flatMap(\.rules) + front.flatMap(\.rules) }

  /// Whether a packet's way is not the same each time.
  var hasChance: Bool {
    everyRule.contains { rule in
      if case .oneOf = rule.target { return true }
      return rule.matches.contains {
        switch $0 {
        case .chance, .every: true
        default: false
        }
      }
    }
  }

  /// Whether shares cannot be told by other connections of the same client: where rules count packets, what one chose is
  /// not independent of what another did; where they ask for source ports, connections differ.
  var variesByConnection: Bool {
    everyRule.contains { rule in
      rule.matches.contains {
        switch $0 {
        case .every, .sourcePort: true
        default: false
        }
      }
    }
  }

  var ruleCount: Int { chains.reduce(0) { $0 + $1.rules.count } }
}

/// A rule: all matches must hold.
struct RandomRule: Sendable {
  var matches: [RandomMatch] = []
  var target: RandomTarget
}

enum RandomMatch: Sendable {
  case source(String, not: Bool = false)
  case destination(String, not: Bool = false)
  case transport(TransportProtocol, not: Bool = false)
  /// Of the transport that an earlier match names.
  case sourcePort(ClosedRange<UInt16>, TransportProtocol, not: Bool = false)
  case destinationPort(ClosedRange<UInt16>, TransportProtocol, not: Bool = false)
  case ports([UInt16], TransportProtocol, not: Bool = false)
  /// `+` at the end stands for any rest.
  case inInterface(String, not: Bool = false)
  case outInterface(String, not: Bool = false)
  case mark(UInt32, mask: UInt32, not: Bool = false)
  case connectionMark(UInt32, mask: UInt32, not: Bool = false)
  case isLocal(source: Bool, not: Bool = false)
  /// A set of addresses, by the packet's source or destination.
  case set(String, source: Bool, not: Bool = false)
  /// The destination with the port.
  case portSet(String, not: Bool = false)
  case state(String, not: Bool = false)
  case chance(Double)
  case every(Int, packet: Int)
  case remember(String)
  case remembered(String, not: Bool = false)
  case originalDestination(String, not: Bool = false)
}

enum RandomTarget: Sendable {
  case accept, drop, `return`, masquerade, count
  case reject(String)
  case jump(String)
  case goto(String)
  case mark(UInt32, mask: UInt32)
  case saveMark, restoreMark
  case dnat(String, port: UInt16?)
  case dnatRange(String, String)
  case redirect(UInt16)
  case snat(String)
  /// nf_tables alone: a chain by chance, and by the destination's address, protocol and port.
  case oneOf([String])
  case byDestination([(address: String, TransportProtocol, port: UInt16, chain: String)])
}

// MARK: - As iptables-restore reads it

extension RuleSet {
  /// Where no rule asks for connections the kernel does not track them, and nat is asked for nothing.
  private static let tracking = RandomRule(matches: [.state("INVALID")], target: .count)

  /// For iptables-restore, or ip6tables-restore.
  var iptables: String {
    var text = ""
    for table in ["mangle", "nat", "filter"] {
      let own = chains.filter { $0.table == table }
      guard !own.isEmpty else { continue }
      text += "*\(table)\n"
      for chain in own { text += ":\(chain.name) \(chain.policy ?? "-") [0:0]\n" }
      for chain in own {
        for rule in chain.rules { text += "-A \(chain.name)\(rule.iptables(family))\n" }
        if chain.name == "POSTROUTING" { text += "-A POSTROUTING\(Self.tracking.iptables(family))\n" }
      }
      text += "COMMIT\n"
    }
    return text
  }
}

extension RandomRule {
  func iptables(_ family: IPFamily) -> String {
    matches.map { " " + $0.iptables(family) }.joined() + target.iptables
  }
}

extension RandomMatch {
  func iptables(_ family: IPFamily) -> String {
    func not(_ not: Bool, _ text: String) -> String { (not ? "! " : "") + text }
    func ports(_ range: ClosedRange<UInt16>) -> String { "\(range.lowerBound):\(range.upperBound)" }
    switch self {
    case .source(let prefix, let inverted): return not(inverted, "-s \(prefix)")
    case .destination(let prefix, let inverted): return not(inverted, "-d \(prefix)")
    case .transport(let transport, let inverted): return not(inverted, "-p \(transport.name)")
    case .sourcePort(let range, let transport, let inverted):
      return "-m \(transport.name) " + not(inverted, "--sport \(ports(range))")
    case .destinationPort(let range, let transport, let inverted):
      return "-m \(transport.name) " + not(inverted, "--dport \(ports(range))")
    case .ports(let list, _, let inverted):
      return "-m multiport " + not(inverted, "--dports \(list.map { "\($0)" }.joined(separator: ","))")
    case .inInterface(let name, let inverted): return not(inverted, "-i \(name)")
    case .outInterface(let name, let inverted): return not(inverted, "-o \(name)")
    case .mark(let value, let mask, let inverted): return "-m mark " + not(inverted, "--mark \(value)/\(mask)")
    case .connectionMark(let value, let mask, let inverted):
      return "-m connmark " + not(inverted, "--mark \(value)/\(mask)")
    case .isLocal(let source, let inverted):
      return "-m addrtype " + not(inverted, "--\(source ? "src" : "dst")-type LOCAL")
    case .set(let name, let source, let inverted):
      return "-m set " + not(inverted, "--match-set \(name)\(family.suffix) \(source ? "src" : "dst")")
    case .portSet(let name, let inverted):
      return "-m set " + not(inverted, "--match-set \(name)\(family.suffix) dst,dst")
    case .state(let state, let inverted): return "-m conntrack " + not(inverted, "--ctstate \(state)")
    case .chance(let share): return "-m statistic --mode random --probability \(share)"
    case .every(let count, let packet): return "-m statistic --mode nth --every \(count) --packet \(packet)"
    case .remember(let name): return "-m recent --name \(name) --set"
    case .remembered(let name, let inverted):
      return "-m recent " + not(inverted, "--rcheck --seconds 1000 --name \(name)")
    case .originalDestination(let prefix, let inverted):
      return "-m conntrack " + not(inverted, "--ctorigdst \(prefix)")
    }
  }
}

extension RandomTarget {
  var iptables: String {
    switch self {
    case .accept: " -j ACCEPT"
    case .drop: " -j DROP"
    case .return: " -j RETURN"
    case .masquerade: " -j MASQUERADE"
    case .count, .oneOf, .byDestination: ""
    case .reject(let with): " -j REJECT --reject-with \(with)"
    case .jump(let chain): " -j \(chain)"
    case .goto(let chain): " -g \(chain)"
    case .mark(let value, let mask): " -j MARK --set-xmark \(value)/\(mask)"
    case .saveMark: " -j CONNMARK --save-mark"
    case .restoreMark: " -j CONNMARK --restore-mark"
    case .dnat(let address, let port):
      " -j DNAT --to-destination " + (port.map { SocketAddress.text(address, $0) } ?? address)
    case .dnatRange(let from, let to): " -j DNAT --to-destination \(from)-\(to)"
    case .redirect(let port): " -j REDIRECT --to-ports \(port)"
    case .snat(let address): " -j SNAT --to-source \(address)"
    }
  }
}

// MARK: - As nft reads it

extension RuleSet {
  /// For `nft -f`: a table for each of iptables', named as no program's, and sets in each.
  var nft: String {
    var text = ""
    for table in ["mangle", "nat", "filter"] {
      let own = chains.filter { $0.table == table }
      guard !own.isEmpty else { continue }
      text += "table \(family.nft) oracle-\(table) {\n" + Site.nftSets(family)
      for chain in own where !chain.isBase { text += "  chain \(chain.name) { }\n" }
      for chain in own {
        text += "  chain \(chain.name) {\n"
        if let policy = chain.policy { text += "    \(Self.hook(chain)) policy \(policy.lowercased());\n" }
        for rule in chain.rules { text += "    \(rule.nft(family))\n" }
        if chain.name == "POSTROUTING" { text += "    \(Self.tracking.nft(family))\n" }
        text += "  }\n"
      }
      text += "}\n"
    }
    return text
  }

  /// The chains in front, for `nft -f`.
  var frontNft: String {
    guard !front.isEmpty else { return "" }
    var text = "table inet front {\n"
    for (number, chain) in front.enumerated() {
      let kind = chain.isNAT ? "nat" : "filter"
      text += "  chain c\(number) {\n    type \(kind) hook \(chain.hook) priority \(chain.priority); policy accept;\n"
      // A table of both families sees the other's packets, too.
      for rule in chain.rules { text += "    meta nfproto \(family == .v4 ? "ipv4" : "ipv6") \(rule.nft(family))\n" }
      text += "  }\n"
    }
    return text + "}\n"
  }

  private static func hook(_ chain: Chain) -> String {
    let isRoute = chain.table == "mangle" && chain.name == "OUTPUT"
    let kind = chain.table == "nat" ? "nat" : isRoute ? "route" : "filter"
    let priority =
      switch (chain.table, chain.name) {
      case ("mangle", _): "-150"
      case ("nat", "PREROUTING"), ("nat", "OUTPUT"): "-100"
      case ("nat", _): "100"
      default: "0"
      }
    return "type \(kind) hook \(chain.name.lowercased()) priority \(priority);"
  }
}

extension RandomRule {
  func nft(_ family: IPFamily) -> String {
    matches.map { $0.nft(family) + " " }.joined() + "counter " + target.nft(family)
  }
}

extension RandomMatch {
  func nft(_ family: IPFamily) -> String {
    let ip = family.nft
    func not(_ not: Bool) -> String { not ? "!= " : "" }
    func ports(_ range: ClosedRange<UInt16>) -> String {
      range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)-\(range.upperBound)"
    }
    func interface(_ name: String) -> String { "\"\(name.replacing("+", with: "*"))\"" }
    switch self {
    case .source(let prefix, let inverted): return "\(ip) saddr \(not(inverted))\(prefix)"
    case .destination(let prefix, let inverted): return "\(ip) daddr \(not(inverted))\(prefix)"
    case .transport(let transport, let inverted): return "meta l4proto \(not(inverted))\(transport.name)"
    case .sourcePort(let range, let transport, let inverted):
      return "\(transport.name) sport \(not(inverted))\(ports(range))"
    case .destinationPort(let range, let transport, let inverted):
      return "\(transport.name) dport \(not(inverted))\(ports(range))"
    case .ports(let list, let transport, let inverted):
      return "\(transport.name) dport \(not(inverted)){ \(list.map { "\($0)" }.joined(separator: ", ")) }"
    case .inInterface(let name, let inverted): return "iifname \(not(inverted))\(interface(name))"
    case .outInterface(let name, let inverted): return "oifname \(not(inverted))\(interface(name))"
    case .mark(let value, let mask, let inverted):
      return "meta mark & \(mask) \(inverted ? "!=" : "==") \(value)"
    case .connectionMark(let value, let mask, let inverted):
      return "ct mark & \(mask) \(inverted ? "!=" : "==") \(value)"
    case .isLocal(let source, let inverted): return "fib \(source ? "saddr" : "daddr") type \(not(inverted))local"
    case .set(let name, let source, let inverted):
      return "\(ip) \(source ? "saddr" : "daddr") \(not(inverted))@\(name)"
    case .portSet(let name, let inverted):
      return "\(ip) daddr . meta l4proto . th dport \(not(inverted))@\(name)"
    case .state(let state, let inverted):
      return state == "DNAT"
        ? "ct status & dnat \(inverted ? "==" : "!=") 0" : "ct state \(not(inverted))\(state.lowercased())"
    case .chance(let share): return "numgen random mod 100 < \(Int(share * 100))"
    case .every(let count, let packet): return "numgen inc mod \(count) \(packet)"
    case .remember, .remembered: return ""
    case .originalDestination(let prefix, let inverted):
      return "ct original \(ip) daddr \(not(inverted))\(prefix)"
    }
  }
}

extension RandomTarget {
  func nft(_ family: IPFamily) -> String {
    let ip = family.nft
    switch self {
    case .accept: return "accept"
    case .drop: return "drop"
    case .return: return "return"
    case .masquerade: return "masquerade"
    case .count: return ""
    case .reject(let with):
      let name = with.replacing("icmp6-adm-", with: "admin-").replacing("icmp6-", with: "").replacing("icmp-", with: "")
      return with == "tcp-reset" ? "reject with tcp reset" : "reject with \(family == .v4 ? "icmp" : "icmpv6") \(name)"
    case .jump(let chain): return "jump \(chain)"
    case .goto(let chain): return "goto \(chain)"
    case .mark(let value, let mask): return "meta mark set meta mark & \(~mask) ^ \(value)"
    case .saveMark: return "ct mark set meta mark"
    case .restoreMark: return "meta mark set ct mark"
    case .dnat(let address, let port):
      return "dnat to " + (port.map { SocketAddress.text(address, $0) } ?? address)
    case .dnatRange(let from, let to): return "dnat to \(from)-\(to)"
    case .redirect(let port): return "redirect to :\(port)"
    case .snat(let address): return "snat to \(address)"
    case .oneOf(let chains):
      let parts = chains.enumerated().map { "\($0.offset) : goto \($0.element)" }
      return "numgen random mod \(chains.count) vmap { \(parts.joined(separator: ", ")) }"
    case .byDestination(let entries):
      let parts = entries.map { "\($0.address) . \($0.1.name) . \($0.port) : goto \($0.chain)" }
      return "\(ip) daddr . meta l4proto . th dport vmap { \(parts.joined(separator: ", ")) }"
    }
  }
}

extension IPFamily {
  var suffix: String { self == .v4 ? "" : "6" }
  var nft: String { self == .v4 ? "ip" : "ip6" }
}

extension SocketAddress {
  static func text(_ address: String, _ port: UInt16) -> String {
    address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)"
  }
}

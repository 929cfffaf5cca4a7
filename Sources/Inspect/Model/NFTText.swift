extension Rule {
  /// The rule as the tool prints it that its table is kept with: iptables-save, or nft.
  public func text(in chain: ChainReference) -> String {
    chain.table.isNative ? nftText(in: chain.table) : text(chain: chain.name)
  }

  /// The rule as `nft list` prints it, for a chain of a table that no iptables wrote.
  public func nftText(in table: Table) -> String {
    var writer = NFTTextWriter(table: table, rule: self)
    return writer.text()
  }
}

extension Table {
  /// Whether its rules are written as `nft list` prints them, and not as iptables-save does.
  public var isNative: Bool { backend == .nft && !isXTables }

  /// Whether it is one of those that iptables-nft writes: its rules print as iptables-save does.
  public var isXTables: Bool {
    family != nil && ["filter", "nat", "mangle", "raw", "security"].contains(name)
  }
}

/// Writes a rule in nft's language.
struct NFTTextWriter {
  let table: Table
  let rule: Rule
  private var words: [String] = []
  private var comments: [String] = []
  /// The protocol that the rule's packets have.
  private var transport: TransportProtocol?

  init(table: Table, rule: Rule) {
    self.table = table
    self.rule = rule
  }

  mutating func text() -> String {
    let steps = rule.matches.map(Step.match) + rule.actions.map(Step.init)
    for (index, step) in steps.enumerated() {
      if index == rule.matches.count, let counters = rule.counters { write(counters) }
      write(step, before: steps[(index + 1)...])
    }
    if rule.actions.isEmpty, let counters = rule.counters { write(counters) }
    words += comments.map { "comment \"\($0)\"" }
    return words.filter { !$0.isEmpty }.joined(separator: " ")
  }

  /// A part of the rule, in its order.
  private enum Step {
    case match(Match)
    case action(Action)

    init(_ action: Action) {
      if case .native(.require(let match)) = action { self = .match(match) } else { self = .action(action) }
    }

    var isNative: Bool {
      switch self {
      case .match(.native), .action(.native): true
      default: false
      }
    }
  }

  private mutating func write(_ counters: Counters) {
    words.append("counter packets \(counters.packets) bytes \(counters.bytes)")
  }

  private mutating func write(_ step: Step, before rest: ArraySlice<Step>) {
    switch step {
    case .match(.comment(let text)): comments.append(text)
    case .match(.transport(let test)) where !test.inverted:
      transport = test.number
      // A test of the ports says the protocol, too.
      if !rest.contains(where: { looksInto(test.number, $0) }) { words.append(text(of: step)) }
    case .match(let match):
      if let family = match.impliedFamily, rest.contains(where: { names(family, $0) }) { return }
      words.append(text(of: step))
    case .action: words.append(text(of: step))
    }
  }

  private func text(of step: Step) -> String {
    let text =
      switch step {
      case .match(let match): NFTMatchText.text(match)
      case .action(let action): NFTActionText.text(action, in: table)
      }
    guard step.isNative, let transport, NFTValueText.namesPorts(of: transport) else { return text }
    return text.replacing("th sport", with: "\(transport.name) sport")
      .replacing("th dport", with: "\(transport.name) dport")
  }

  /// Whether a part of the rule is about a header of the protocol.
  private func looksInto(_ number: TransportProtocol, _ step: Step) -> Bool {
    if case .match(let match) = step, match.transport == number { return true }
    let text = text(of: step)
    return step.isNative && (text.contains("\(number.name) sport") || text.contains("\(number.name) dport"))
  }

  /// Whether a part of the rule says the family, too.
  private func names(_ family: IPFamily, _ step: Step) -> Bool {
    switch step {
    case .match(.source(let test)), .match(.destination(let test)): return test.address.family == family
    case .match(.icmp(let test)): return test.family == family
    case .action(.reject(let reject)): return reject.with.hasPrefix(family == .v4 ? "icmp-" : "icmp6-")
    default:
      let text = text(of: step)
      let name = family == .v4 ? "ip " : "ip6 "
      return step.isNative && ["saddr", "daddr"].contains { text.contains(name + $0) }
    }
  }
}

extension Match {
  /// The protocol whose header the test looks into.
  fileprivate var transport: TransportProtocol? {
    switch self {
    case .tcp: .tcp
    case .udp: .udp
    case .sctp: .sctp
    case .icmp(let test): test.family == .v4 ? .icmp : .icmpv6
    default: nil
    }
  }

  /// The family that `meta nfproto` wants.
  fileprivate var impliedFamily: IPFamily? {
    guard case .native(.comparison(let test)) = self, test.operation == .equal,
      test.value == .field(.networkProtocol)
    else { return nil }
    return test.data == [2] ? .v4 : test.data == [10] ? .v6 : nil
  }
}

/// Writes tests in nft's language.
enum NFTMatchText {
  static func text(_ match: Match) -> String {
    switch match {
    case .source(let test): address("saddr", test)
    case .destination(let test): address("daddr", test)
    case .inInterface(let test): interface("iifname", test)
    case .outInterface(let test): interface("oifname", test)
    case .transport(let test): "meta l4proto \(test.inverted ? "!= " : "")\(test.number.name)"
    case .tcp(let test):
      [ports("tcp", test.source, test.destination), flags(test)].filter { !$0.isEmpty }.joined(separator: " ")
    case .udp(let test): ports("udp", test.source, test.destination)
    case .sctp(let test): ports("sctp", test.source, test.destination)
    case .icmp(let test): icmp(test)
    case .fragment(let inverted): "ip frag-off & 0x1fff \(inverted ? "==" : "!=") 0"
    case .mark(let test): mark("meta mark", test)
    case .connmark(let test): mark("ct mark", test)
    case .conntrack(let test): connection(test)
    case .addressType(let test): addressType(test)
    case .native(let test): native(test)
    case .unknown(let unknown): "<\(unknown.name): \(unknown.reason)>"
    default: xtables(match)
    }
  }

  /// An extension of xtables, which nft has no words for.
  private static func xtables(_ match: Match) -> String {
    var text = "xt"
    match.append(to: &text)
    return text
  }

  private static func address(_ side: String, _ test: AddressMatch) -> String {
    let field = "\(test.address.family == .v4 ? "ip" : "ip6") \(side)"
    let operation = test.inverted ? "!= " : ""
    if let prefix = test.prefix { return "\(field) \(operation)\(prefix)" }
    return "\(field) & \(test.mask) \(test.inverted ? "!=" : "==") \(test.address)"
  }

  private static func interface(_ field: String, _ test: InterfaceMatch) -> String {
    "\(field) \(test.inverted ? "!= " : "")\"\(test.name)\(test.wildcard ? "*" : "")\""
  }

  private static func ports(_ name: String, _ source: PortMatch, _ destination: PortMatch) -> String {
    var words: [String] = []
    for (side, test) in [("sport", source), ("dport", destination)] where test != .any {
      words.append("\(name) \(side) \(test.inverted ? "!= " : "")\(range(test.range))")
    }
    return words.joined(separator: " ")
  }

  static func range(_ range: ClosedRange<UInt16>) -> String {
    range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)-\(range.upperBound)"
  }

  private static func flags(_ test: TCPMatch) -> String {
    guard test.flagMask != 0 else { return "" }
    let names = ["fin", "syn", "rst", "psh", "ack", "urg", "ecn", "cwr"]
    func list(_ bits: UInt8) -> String {
      let set = names.indices.filter { bits & 1 << $0 != 0 }.map { names[$0] }
      return set.isEmpty ? "0x0" : set.joined(separator: ",")
    }
    if test.flagComparison == 0 { return "tcp flags \(test.flagsInverted ? "" : "! ")\(list(test.flagMask))" }
    return "tcp flags \(test.flagsInverted ? "!= " : "")\(list(test.flagComparison)) / \(list(test.flagMask))"
  }

  private static func icmp(_ test: ICMPMatch) -> String {
    let (header, names) = test.family == .v4 ? ("icmp", NFTNames.icmp) : ("icmpv6", NFTNames.icmpv6)
    let code = test.codes == 0...255 ? "" : " \(header) code \(test.codes.lowerBound)"
    return "\(header) type \(test.inverted ? "!= " : "")\(names[test.type] ?? "\(test.type)")\(code)"
  }

  private static func mark(_ field: String, _ test: MarkMatch) -> String {
    if test.mask == .max { return "\(field) \(test.inverted ? "!= " : "")\(NFTDataText.hex(test.value))" }
    return "\(field) & \(NFTDataText.hex(test.mask)) \(test.inverted ? "!=" : "==") \(NFTDataText.hex(test.value))"
  }

  private static func connection(_ test: ConntrackMatch) -> String {
    switch test.fields {
    case .state: return "ct state \(test.inverted.contains(.state) ? "!= " : "")\(NFTNames.list(test.states))"
    case .status:
      return "ct status \(test.inverted.contains(.status) ? "! " : "")\(NFTNames.status(UInt32(test.status)))"
    case .direction: return "ct direction \(test.inverted.contains(.direction) ? "reply" : "original")"
    default: return xtables(.conntrack(test))
    }
  }

  private static func addressType(_ test: AddressTypeMatch) -> String {
    var words: [String] = []
    let limit = (test.limitToInInterface ? " . iif" : "") + (test.limitToOutInterface ? " . oif" : "")
    for (side, type, inverted) in [
      ("saddr", test.source, test.sourceInverted), ("daddr", test.destination, test.destinationInverted),
    ] {
      guard let type else { continue }
      let names = AddressType.names.indices.filter { type.rawValue & 1 << $0 != 0 }
      words.append(
        "fib \(side)\(limit) type \(inverted ? "!= " : "")"
          + names.map { AddressType.names[$0].lowercased() }.joined(separator: ","))
    }
    return words.joined(separator: " ")
  }

  private static func native(_ test: NFTMatch) -> String {
    switch test {
    case .comparison(let test):
      let symbols = ["== ", "!= ", "< ", "<= ", "> ", ">= "]
      let symbol = test.operation == .equal && !test.value.isArithmetic ? "" : symbols[Int(test.operation.rawValue)]
      return "\(NFTValueText.text(test.value)) \(symbol)\(NFTDataText.text(test.data, like: test.value))"
    case .range(let test):
      return "\(NFTValueText.text(test.value)) \(test.inverted ? "!= " : "")"
        + "\(NFTDataText.text(test.lower, like: test.value))-\(NFTDataText.text(test.upper, like: test.value))"
    case .lookup(let lookup):
      return "\(NFTValueText.text(lookup.key)) \(lookup.inverted ? "!= " : "")\(NFTSetText.text(lookup))"
    case .limit(let limit): return self.limit(limit)
    case .quota(let quota):
      return "quota \(quota.isOver ? "over " : "")\(quota.bytes) bytes used \(quota.used) bytes"
    case .connectionLimit(let count, let inverted): return "ct count \(inverted ? "over " : "")\(count)"
    case .object(let object): return NFTActionText.object(object)
    }
  }

  private static func limit(_ limit: NFTLimit) -> String {
    let units: [UInt64: String] = [1: "second", 60: "minute", 3600: "hour", 86400: "day", 604800: "week"]
    let rate = "limit rate \(limit.isOver ? "over " : "")\(limit.rate)\(limit.countsBytes ? " bytes" : "")"
    // nft's own default.
    let isDefault = limit.burst == (limit.countsBytes ? 0 : 5)
    let burst = "\(limit.burst) \(limit.countsBytes ? "bytes" : "packets")"
    return "\(rate)/\(units[limit.unit] ?? "\(limit.unit) seconds")\(isDefault ? "" : " burst \(burst)")"
  }
}

/// Writes what rules do in nft's language.
enum NFTActionText {
  static func text(_ action: Action, in table: Table = Table(backend: .nft, family: nil, name: "")) -> String {
    switch action {
    case .accept: "accept"
    case .drop: "drop"
    case .return: "return"
    case .jump(let chain): "jump \(chain)"
    case .goto(let chain): "goto \(chain)"
    case .queue(let queue): self.queue(queue)
    case .dnat(let to): translation("dnat", to, in: table)
    case .snat(let to): translation("snat", to, in: table)
    case .masquerade(let to): translation("masquerade", to, in: table)
    case .redirect(let to): translation("redirect", to, in: table)
    case .mark(let mark): self.mark("meta mark", mark.value, mark.mask)
    case .connmark(let mark): connmark(mark)
    case .reject(let reject): self.reject(reject.with, in: table)
    case .log(let log): self.log(log)
    case .nflog(let log): self.log(log)
    case .conntrack(let action) where action.isNotrack: "notrack"
    case .tproxy(let to): "tproxy to \(to.address):\(to.port)"
    case .trace: "meta nftrace set 1"
    case .native(let statement): native(statement, in: table)
    case .unknown(let unknown): "<\(unknown.name): \(unknown.reason)>"
    default: xtables(action)
    }
  }

  /// A target of xtables, which nft has no words for.
  private static func xtables(_ action: Action) -> String {
    var text = "xt"
    action.append(to: &text)
    return text
  }

  private static func queue(_ queue: QueueAction) -> String {
    guard let number = queue.number else { return "queue" }
    let flags = [queue.flags & 1 != 0 ? "bypass" : nil, queue.flags & 2 != 0 ? "fanout" : nil].compactMap { $0 }
    let last = queue.count > 1 ? "-\(UInt32(number) + UInt32(queue.count) - 1)" : ""
    return "queue\(flags.isEmpty ? "" : " flags " + flags.joined(separator: ",")) to \(number)\(last)"
  }

  private static func translation(_ name: String, _ to: Translation, in table: Table) -> String {
    var target = ""
    if let addresses = to.addresses {
      func bracketed(_ address: IPAddress) -> String {
        address.family == .v6 && to.ports != nil ? "[\(address)]" : "\(address)"
      }
      target = bracketed(addresses.lowerBound)
      if addresses.lowerBound != addresses.upperBound { target += "-\(bracketed(addresses.upperBound))" }
    }
    if let ports = to.ports { target += ":\(NFTMatchText.range(ports))" }
    let family = table.family == nil ? to.addresses.map { $0.lowerBound.family == .v4 ? " ip" : " ip6" } ?? "" : ""
    let bits = (to.random ? 4 : 0) | (to.persistent ? 8 : 0) | (to.randomFully ? 16 : 0) as UInt32
    return "\(name)\(family)\(target.isEmpty ? "" : " to \(target)")\(flags(bits))"
  }

  /// NF_NAT_RANGE_* in words.
  private static func flags(_ bits: UInt32) -> String {
    let names: [(UInt32, String)] = [(4, "random"), (16, "fully-random"), (8, "persistent"), (64, "prefix")]
    let list = names.filter { bits & $0.0 != 0 }.map(\.1)
    return list.isEmpty ? "" : " " + list.joined(separator: ",")
  }

  private static func mark(_ field: String, _ value: UInt32, _ mask: UInt32) -> String {
    let hex = NFTDataText.hex(value)
    if mask == .max { return "\(field) set \(hex)" }
    // nft says `|` of what is set whatever it was, and `^` of what is turned over.
    let (set, turned) = (value & mask, value & ~mask)
    let kept = ~mask | set
    return "\(field) set \(field)" + (kept == .max ? "" : " & \(NFTDataText.hex(kept))")
      + (turned == 0 ? "" : " ^ \(NFTDataText.hex(turned))") + (set == 0 ? "" : " | \(NFTDataText.hex(set))")
  }

  private static func connmark(_ mark: ConnmarkAction) -> String {
    switch mark.mode {
    case .set: self.mark("ct mark", mark.value, mark.connectionMask)
    case .save: "ct mark set meta mark"
    case .restore: "meta mark set ct mark"
    }
  }

  private static func reject(_ with: String, in table: Table) -> String {
    switch (with, table.family) {
    case ("icmp-port-unreachable", .v4), ("icmp6-port-unreachable", .v6), ("icmpx-port-unreachable", nil):
      return "reject"
    case ("tcp-reset", _): return "reject with tcp reset"
    default:
      guard let dash = with.firstIndex(of: "-") else { return "reject with \(with)" }
      let header = with[..<dash] == "icmp6" ? "icmpv6" : String(with[..<dash])
      return "reject with \(header) \(with[with.index(after: dash)...])"
    }
  }

  private static func log(_ log: LogAction) -> String {
    let levels = ["emerg", "alert", "crit", "err", "warn", "notice", "info", "debug", "audit"]
    var text = "log"
    if !log.prefix.isEmpty { text += " prefix \"\(log.prefix)\"" }
    if log.level != 4 { text += " level \(log.level < levels.count ? levels[Int(log.level)] : "\(log.level)")" }
    let names = ["tcp sequence", "tcp options", "ip options", "skuid", "ether"]
    if log.flags & 0x1f == 0x1f { return text + " flags all" }
    for (bit, name) in names.enumerated() where log.flags & 1 << bit != 0 { text += " flags \(name)" }
    return text
  }

  private static func log(_ log: NFLogAction) -> String {
    var text = "log"
    if !log.prefix.isEmpty { text += " prefix \"\(log.prefix)\"" }
    text += " group \(log.group)"
    if log.length != 0 { text += " snaplen \(log.length)" }
    if log.threshold != 0 { text += " queue-threshold \(log.threshold)" }
    return text
  }

  private static func native(_ statement: NFTStatement, in table: Table) -> String {
    switch statement {
    case .require(let match): return NFTMatchText.text(match)
    case .verdictMap(let lookup): return "\(NFTValueText.text(lookup.key)) vmap \(NFTSetText.text(lookup))"
    case .translation(let to): return translation(to)
    case .set(let field, let value): return "\(NFTValueText.text(.field(field))) set \(NFTValueText.text(value))"
    case .dynamicSet(let set): return dynamicSet(set)
    case .object(let object): return self.object(object)
    case .continue: return "continue"
    case .passive(let name): return name
    }
  }

  private static func translation(_ to: NFTTranslation) -> String {
    let name =
      switch to.kind {
      case .source: "snat"
      case .destination: "dnat"
      case .masquerade: "masquerade"
      case .redirect: "redirect"
      }
    let family = to.address == nil ? "" : to.family == .v4 ? " ip" : " ip6"
    if let lookup = to.lookup, to.port?.lookup == to.address?.lookup {
      return "\(name)\(family) addr . port to \(NFTValueText.text(.mapped(lookup)))\(flags(to.flags))"
    }
    let address = to.address.map(NFTValueText.text) ?? ""
    let port = to.port.map { ":\(NFTValueText.text($0))" } ?? ""
    return "\(name)\(family) to \(address)\(port)\(flags(to.flags))"
  }

  private static func dynamicSet(_ set: NFTDynamicSet) -> String {
    let timeout = set.timeout == 0 ? "" : " timeout \(duration(set.timeout))"
    let expressions = set.expressions.map { " \($0)" }.joined()
    let data = set.data.map { " : \(NFTValueText.text($0))" } ?? ""
    return "\(set.operation) @\(set.set.name) { \(NFTValueText.text(set.key))\(timeout)\(expressions)\(data) }"
  }

  /// Milliseconds as nft writes them: `1h30m`.
  private static func duration(_ milliseconds: UInt64) -> String {
    let seconds = milliseconds / 1000
    let parts = [
      (seconds / 86400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s"),
      (milliseconds % 1000, "ms"),
    ]
    return parts.filter { $0.0 > 0 }.map { "\($0.0)\($0.1)" }.joined()
  }

  static func object(_ object: NFTObjectReference) -> String {
    let names: [UInt32: String] = [
      1: "counter", 2: "quota", 3: "ct helper", 4: "limit", 5: "ct count", 7: "ct timeout", 8: "secmark",
      9: "ct expectation", 10: "synproxy",
    ]
    let kind = object.type.flatMap { names[$0] } ?? "object"
    if let lookup = object.lookup {
      return "\(kind) name \(NFTValueText.text(lookup.key)) map \(NFTSetText.text(lookup))"
    }
    return "\(kind) name \"\(object.name ?? "")\""
  }
}

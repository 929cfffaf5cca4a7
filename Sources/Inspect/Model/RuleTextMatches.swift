extension Match {
  /// Appends the match as iptables-save prints it, with a blank in front.
  func append(to text: inout String) {
    switch self {
    case .source(let match): match.append("-s", to: &text)
    case .destination(let match): match.append("-d", to: &text)
    case .inInterface(let match): match.append("-i", to: &text)
    case .outInterface(let match): match.append("-o", to: &text)
    case .transport(let match):
      // 0 is every protocol.
      if match.number.rawValue != 0 { text.addOption("-p \(match.number.name)", inverted: match.inverted) }
    case .fragment(let inverted): text.addOption("-f", inverted: inverted)
    case .comment(let comment):
      text += " -m comment --comment"
      text.addQuoted(comment)
    case .nfacct(let name):
      // iptables prints two blanks here.
      text += " -m nfacct --nfacct-name "
      text.addQuoted(name)
    case .mark(let match): match.append("mark", to: &text)
    case .connmark(let match): match.append("connmark", to: &text)
    case .tcp(let match): match.append(to: &text)
    case .udp(let match): match.append(to: &text)
    case .sctp(let match): match.append(to: &text)
    case .multiport(let match): match.append(to: &text)
    case .icmp(let match): match.append(to: &text)
    case .addressType(let match): match.append(to: &text)
    case .conntrack(let match): match.append(to: &text)
    case .statistic(let match): match.append(to: &text)
    case .recent(let match): match.append(to: &text)
    case .set(let match): match.append(to: &text)
    case .mac(let match):
      text += " -m mac"
      text.addOption("--mac-source " + match.address.map(\.hexByte).joined(separator: ":"), inverted: match.inverted)
    case .physdev(let match): match.append(to: &text)
    case .owner(let match): match.append(to: &text)
    case .limit(let match): match.append(to: &text)
    case .reversePath(let match): match.append(to: &text)
    case .tcpmss(let match):
      text += " -m tcpmss"
      text.addOption("--mss \(match.range.text(":"))", inverted: match.inverted)
    case .ipvs(let match): match.append(to: &text)
    case .native: text += " [\(NFTMatchText.text(self))]"
    case .unknown(let unknown): text += " -m \(unknown.name)\(unknown.note)"
    }
  }
}

extension AddressMatch {
  fileprivate func append(_ option: String, to text: inout String) {
    // ip6tables leaves out an address whose mask is empty; iptables only one that is empty itself.
    let isEmpty = address.family == .v6 ? mask.maskLength == 0 : mask.maskLength == 0 && address == .any(.v4)
    guard inverted || !isEmpty else { return }
    text.addOption("\(option) \(address)/\(mask.maskLength.map(String.init) ?? mask.description)", inverted: inverted)
  }

  /// As extensions print it: no length after a single address.
  fileprivate var text: String {
    guard let length = mask.maskLength else { return "\(address)/\(mask)" }
    return length == address.family.bits ? "\(address)" : "\(address)/\(length)"
  }
}

extension InterfaceMatch {
  fileprivate func append(_ option: String, to text: inout String) {
    // No interface is called nothing: only a header that tests nothing, inverted, gives this.
    if name.isEmpty && !inverted { return }
    text.addOption("\(option) \(self.text)", inverted: inverted)
  }

  fileprivate var text: String { wildcard ? name + "+" : name }
}

extension MarkMatch {
  fileprivate func append(_ module: String, to text: inout String) {
    text += " -m \(module)"
    text.addOption("--mark \(value.hex)\(mask == .max ? "" : "/" + mask.hex)", inverted: inverted)
  }
}

extension PortMatch {
  fileprivate func append(_ option: String, to text: inout String) {
    // iptables-save leaves out all ports, inverted or not.
    if range == PortMatch.any.range { return }
    text.addOption("\(option) \(range.text(":"))", inverted: inverted)
  }
}

extension TCPMatch {
  fileprivate func append(to text: inout String) {
    text += " -m tcp"
    source.append("--sport", to: &text)
    destination.append("--dport", to: &text)
    if option != 0 || optionInverted { text.addOption("--tcp-option \(option)", inverted: optionInverted) }
    if flagMask != 0 || flagsInverted {
      text.addOption("--tcp-flags \(Self.flags(flagMask)) \(Self.flags(flagComparison))", inverted: flagsInverted)
    }
  }

  private static func flags(_ bits: UInt8) -> String {
    let set = bitNames(bits, ["FIN", "SYN", "RST", "PSH", "ACK", "URG"])
    return set.isEmpty ? "NONE" : set
  }
}

extension UDPMatch {
  fileprivate func append(to text: inout String) {
    text += " -m udp"
    source.append("--sport", to: &text)
    destination.append("--dport", to: &text)
  }
}

extension SCTPMatch {
  fileprivate func append(to text: inout String) {
    text += " -m sctp"
    source.append("--sport", to: &text)
    destination.append("--dport", to: &text)
    guard let chunks else { return }
    let scope = [1: "any", 2: "all", 4: "only"][chunks.scope] ?? "\(chunks.scope)"
    text.addOption("--chunk-types \(scope) \(chunks.list)", inverted: chunks.inverted)
  }
}

extension SCTPMatch.Chunks {
  fileprivate var list: String {
    switch types.count {
    case 0: "NONE"
    case 256: "ALL"
    default: types.map(name).joined(separator: ",")
    }
  }

  private func name(_ type: UInt8) -> String {
    let known = Self.known[type]
    var text = known?.name ?? "\(type)"
    for flag in flags where flag.type == type && flag.mask != 0 {
      text += ":" + Self.letters(flag, Array(known?.flags ?? "--------"))
    }
    return text
  }

  /// The flags that are looked at: in upper case those that must be set. The highest bit has the first letter.
  private static func letters(_ flag: Flags, _ letters: [Character]) -> String {
    var text = ""
    for (index, letter) in letters.enumerated() {
      let bit: UInt8 = 0x80 >> UInt8(index)
      if flag.mask & bit == 0 { continue }
      text += flag.value & bit != 0 ? String(letter) : letter.lowercased()
    }
    return text
  }

  private static let known: [UInt8: (name: String, flags: String?)] = [
    0: ("DATA", "----IUBE"), 1: ("INIT", nil), 2: ("INIT_ACK", nil), 3: ("SACK", nil), 4: ("HEARTBEAT", nil),
    5: ("HEARTBEAT_ACK", nil), 6: ("ABORT", "-------T"), 7: ("SHUTDOWN", nil), 8: ("SHUTDOWN_ACK", nil),
    9: ("ERROR", nil), 10: ("COOKIE_ECHO", nil), 11: ("COOKIE_ACK", nil), 12: ("ECN_ECNE", nil),
    13: ("ECN_CWR", nil), 14: ("SHUTDOWN_COMPLETE", "-------T"), 64: ("I_DATA", "----IUBE"), 128: ("ASCONF_ACK", nil),
    130: ("RE_CONFIG", nil), 132: ("PAD", nil), 192: ("FORWARD_TSN", nil), 193: ("ASCONF", nil),
    194: ("I_FORWARD_TSN", nil),
  ]
}

extension MultiportMatch {
  fileprivate func append(to text: inout String) {
    text += " -m multiport"
    let option =
      switch side {
      case .source: "--sports"
      case .destination: "--dports"
      case .either: "--ports"
      }
    text.addOption("\(option) \(ranges.map { $0.text(":") }.joined(separator: ","))", inverted: inverted)
  }
}

extension ICMPMatch {
  fileprivate func append(to text: inout String) {
    let code = codes == 0...255 ? "" : "/\(codes.lowerBound)"
    switch family {
    case .v4:
      text += " -m icmp"
      let isAny = type == 255 && code.isEmpty
      text.addOption("--icmp-type \(isAny ? "any" : "\(type)\(code)")", inverted: inverted)
    case .v6:
      text += " -m icmp6"
      text.addOption("--icmpv6-type \(type)\(code)", inverted: inverted)
    }
  }
}

extension AddressTypeMatch {
  fileprivate func append(to text: inout String) {
    text += " -m addrtype"
    if let source { text.addOption("--src-type \(source.text)", inverted: sourceInverted) }
    if let destination { text.addOption("--dst-type \(destination.text)", inverted: destinationInverted) }
    if limitToInInterface { text += " --limit-iface-in" }
    if limitToOutInterface { text += " --limit-iface-out" }
  }
}

extension AddressType {
  fileprivate var text: String {
    bitNames(rawValue, Self.names)
  }
}

extension StatisticMatch {
  fileprivate func append(to text: inout String) {
    switch self {
    case .random(let numerator, let inverted):
      text += " -m statistic --mode random"
      text.addOption("--probability \(Self.fraction(numerator))", inverted: inverted)
    case .nth(let every, let offset, let inverted):
      text += " -m statistic --mode nth"
      text.addOption("--every \(every)", inverted: inverted)
      text += " --packet \(offset)"
    }
  }

  /// `numerator` / 2^31 with eleven decimals, rounded as printf does: half to even.
  private static func fraction(_ numerator: UInt32) -> String {
    let scale: UInt128 = 100_000_000_000
    let product = UInt128(numerator) * scale
    let remainder = product & 0x7fff_ffff
    var rounded = product >> 31
    if remainder > 0x4000_0000 || (remainder == 0x4000_0000 && rounded & 1 != 0) { rounded += 1 }
    let decimals = String(rounded % scale)
    return "\(rounded / scale)." + String(repeating: "0", count: 11 - decimals.count) + decimals
  }
}

extension RecentMatch {
  fileprivate func append(to text: inout String) {
    text += " -m recent"
    let option =
      switch operation {
      case .set: "--set"
      case .check: "--rcheck"
      case .update: "--update"
      case .remove: "--remove"
      }
    text.addOption(option, inverted: inverted)
    if seconds != 0 { text += " --seconds \(seconds)" }
    if reap { text += " --reap" }
    if hitCount != 0 { text += " --hitcount \(hitCount)" }
    if sameTTL { text += " --rttl" }
    text += " --name \(name) --mask \(mask) \(usesDestination ? "--rdest" : "--rsource")"
  }
}

extension SetMatch {
  fileprivate func append(to text: inout String) {
    text += " -m set"
    let dimensions = sourceDimensions.map { $0 ? "src" : "dst" }.joined(separator: ",")
    text.addOption("--match-set \(name ?? "#\(index)") \(dimensions)", inverted: inverted)
    if returnNoMatch { text += " --return-nomatch" }
    if skipCounterUpdate { text += " ! --update-counters" }
    if skipSubcounterUpdate { text += " ! --update-subcounters" }
    packets?.append("packets", to: &text)
    bytes?.append("bytes", to: &text)
  }
}

extension SetMatch.CounterMatch {
  fileprivate func append(_ counter: String, to text: inout String) {
    switch comparison {
    case 1: text += " --\(counter)-eq \(value)"
    case 2: text += " ! --\(counter)-eq \(value)"
    case 3: text += " --\(counter)-lt \(value)"
    default: text += " --\(counter)-gt \(value)"
    }
  }
}

extension PhysdevMatch {
  fileprivate func append(to text: inout String) {
    text += " -m physdev"
    func add(_ field: Fields, _ option: String) {
      if fields.contains(field) { text.addOption(option, inverted: inverted.contains(field)) }
    }
    add(.isIn, "--physdev-is-in")
    add(.inName, "--physdev-in \(inName?.text ?? "")")
    add(.isOut, "--physdev-is-out")
    add(.outName, "--physdev-out \(outName?.text ?? "")")
    add(.isBridged, "--physdev-is-bridged")
  }
}

extension OwnerMatch {
  fileprivate func append(to text: inout String) {
    text += " -m owner"
    if let socketExists { text.addOption("--socket-exists", inverted: !socketExists) }
    if let users { text.addOption("--uid-owner \(users.text("-"))", inverted: usersInverted) }
    if let groups { text.addOption("--gid-owner \(groups.text("-"))", inverted: groupsInverted) }
    if supplementaryGroups { text += " --suppl-groups" }
  }
}

extension LimitMatch {
  fileprivate func append(to text: inout String) {
    text += " -m limit --limit \(rate)"
    // XT_LIMIT_BURST
    if burst != 5 { text += " --limit-burst \(burst)" }
  }

  /// Packets in the shortest unit of time in which their number is a good approximation.
  private var rate: String {
    guard average != 0 else { return "inf" }
    // XT_LIMIT_SCALE times the seconds.
    let units: [(name: String, length: UInt32)] = [
      ("day", 864_000_000), ("hour", 36_000_000), ("min", 600_000), ("sec", 10_000),
    ]
    let longer = units.dropFirst().prefix {
      average <= $0.length && $0.length / average >= $0.length % average
    }
    let unit = longer.last ?? units[0]
    return "\(unit.length / average)/\(unit.name)"
  }
}

extension ReversePathMatch {
  fileprivate func append(to text: inout String) {
    text += " -m rpfilter"
    for (bit, option) in [(1, "--loose"), (2, "--validmark"), (4, "--accept-local"), (8, "--invert")]
    where flags & UInt8(bit) != 0 {
      text += " \(option)"
    }
  }
}

extension ConntrackMatch {
  fileprivate func append(to text: inout String) {
    let usesAlias = fields.contains(.stateAlias)
    text += usesAlias ? " -m state" : " -m conntrack"
    func add(_ field: Fields, _ option: String) {
      if fields.contains(field) { text.addOption(option, inverted: inverted.contains(field)) }
    }
    add(.state, (usesAlias ? "--state " : "--ctstate ") + states.text)
    add(.transport, "--ctproto \(transport)")
    add(.originalSource, "--ctorigsrc \(originalSource?.text ?? "")")
    add(.originalDestination, "--ctorigdst \(originalDestination?.text ?? "")")
    add(.replySource, "--ctreplsrc \(replySource?.text ?? "")")
    add(.replyDestination, "--ctrepldst \(replyDestination?.text ?? "")")
    add(.originalSourcePort, "--ctorigsrcport \(originalSourcePort.text(":"))")
    add(.originalDestinationPort, "--ctorigdstport \(originalDestinationPort.text(":"))")
    add(.replySourcePort, "--ctreplsrcport \(replySourcePort.text(":"))")
    add(.replyDestinationPort, "--ctrepldstport \(replyDestinationPort.text(":"))")
    add(.status, "--ctstatus \(statusText)")
    add(.expires, "--ctexpire \(expires.text(":"))")
    // The direction's inversion is the other direction.
    if fields.contains(.direction) { text += " --ctdir \(inverted.contains(.direction) ? "REPLY" : "ORIGINAL")" }
  }

  private var statusText: String {
    // IPS_EXPECTED, IPS_SEEN_REPLY, IPS_ASSURED, IPS_CONFIRMED
    status == 0 ? "NONE" : bitNames(status, ["EXPECTED", "SEEN_REPLY", "ASSURED", "CONFIRMED"])
  }
}

extension ConntrackState {
  fileprivate var text: String {
    let names: [(ConntrackState, String)] = [
      (.invalid, "INVALID"), (.new, "NEW"), (.related, "RELATED"), (.established, "ESTABLISHED"),
      (.untracked, "UNTRACKED"), (.snat, "SNAT"), (.dnat, "DNAT"),
    ]
    return names.filter { contains($0.0) }.map(\.1).joined(separator: ",")
  }
}

extension IPVSMatch {
  fileprivate func append(to text: inout String) {
    text += " -m ipvs"
    func add(_ field: Fields, _ option: String) {
      if fields.contains(field) { text.addOption(option, inverted: inverted.contains(field)) }
    }
    // All other tests imply this one.
    if fields == .property { add(.property, "--ipvs") }
    add(.transport, "--vproto \(transport)")
    add(.address, "--vaddr \(address?.text ?? "")")
    add(.port, "--vport \(port)")
    if fields.contains(.direction) { text += " --vdir \(inverted.contains(.direction) ? "REPLY" : "ORIGINAL")" }
    let method = [0: "MASQ", 2: "IPIP", 3: "GATE"][forwardingMethod] ?? "UNKNOWN"
    add(.method, "--vmethod \(method)")
    add(.controlPort, "--vportctl \(controlPort)")
  }
}

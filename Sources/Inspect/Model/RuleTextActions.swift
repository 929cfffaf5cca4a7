extension Action {
  /// Appends the target as iptables-save prints it, with a blank in front.
  func append(to text: inout String) {
    switch self {
    case .accept: text += " -j ACCEPT"
    case .drop: text += " -j DROP"
    case .return: text += " -j RETURN"
    case .jump(let chain): text += " -j \(chain)"
    case .goto(let chain): text += " -g \(chain)"
    case .queue(let action): action.append(to: &text)
    case .dnat(let translation): translation.append("DNAT", "--to-destination", to: &text)
    case .snat(let translation): translation.append("SNAT", "--to-source", to: &text)
    case .masquerade(let translation): translation.append("MASQUERADE", "--to-ports", to: &text)
    case .redirect(let translation): translation.append("REDIRECT", "--to-ports", to: &text)
    case .mark(let action): text += " -j MARK --set-xmark \(action.value.hex)/\(action.mask.hex)"
    case .connmark(let action): action.append(to: &text)
    case .reject(let action): text += " -j REJECT --reject-with \(action.with)"
    case .log(let action): action.append(to: &text)
    case .nflog(let action): action.append(to: &text)
    case .conntrack(let action): action.append(to: &text)
    case .tcpmss(let action):
      text += " -j TCPMSS " + (action.mss.map { "--set-mss \($0)" } ?? "--clamp-mss-to-pmtu")
    case .tproxy(let action):
      text += " -j TPROXY --on-port \(action.port) --on-ip \(action.address)"
      text += " --tproxy-mark \(action.markValue.hex)/\(action.markMask.hex)"
    case .trace: text += " -j TRACE"
    // XT_CHECKSUM_OP_FILL
    case .checksum(let operation): text += operation & 1 != 0 ? " -j CHECKSUM --checksum-fill" : " -j CHECKSUM"
    case .native: text += " [\(NFTActionText.text(self))]"
    case .unknown(let unknown): text += " -j \(unknown.name)\(unknown.note)"
    }
  }
}

extension QueueAction {
  fileprivate func append(to text: inout String) {
    guard let number else {
      text += " -j QUEUE"
      return
    }
    text += " -j NFQUEUE "
    text += count > 1 ? "--queue-balance \(number):\(Int(number) + Int(count) - 1)" : "--queue-num \(number)"
    if flags & 1 != 0 { text += " --queue-bypass" }
    if flags & 2 != 0 { text += " --queue-cpu-fanout" }
  }
}

extension Translation {
  fileprivate func append(_ target: String, _ option: String, to text: inout String) {
    text += " -j \(target)"
    let target = self.target
    // Where there can be no address, ports stand without the colon.
    if !target.isEmpty { text += " \(option) \(option == "--to-ports" ? String(target.trimmingColon) : target)" }
    if random { text += " --random" }
    if randomFully { text += " --random-fully" }
    if persistent { text += " --persistent" }
  }

  /// `10.0.0.1-10.0.0.9:80-90/80`
  private var target: String {
    var text = ""
    if let addresses {
      let first = "\(addresses.lowerBound)"
      text = addresses.lowerBound == addresses.upperBound ? first : "\(first)-\(addresses.upperBound)"
      if ports != nil && addresses.lowerBound.family == .v6 { text = "[\(text)]" }
    }
    if let ports {
      text += ":" + ports.text("-")
      if let basePort { text += "/\(basePort)" }
    }
    return text
  }
}

extension String {
  fileprivate var trimmingColon: Substring { hasPrefix(":") ? dropFirst() : self[...] }
}

extension ConnmarkAction {
  fileprivate func append(to text: inout String) {
    text += " -j CONNMARK "
    switch mode {
    case .set: text += "--set-xmark \(value.hex)/\(connectionMask.hex)"
    case .save: text += "--save-mark --nfmask \(packetMask.hex) --ctmask \(connectionMask.hex)"
    case .restore: text += "--restore-mark --nfmask \(packetMask.hex) --ctmask \(connectionMask.hex)"
    }
    if shift != 0 { text += " --\(shiftsRight ? "right" : "left")-shift-mark \(shift)" }
  }
}

extension LogAction {
  fileprivate func append(to text: inout String) {
    text += " -j LOG"
    if !prefix.isEmpty {
      text += " --log-prefix"
      text.addQuoted(prefix)
    }
    // LOG_WARNING is the default.
    if level != 4 { text += " --log-level \(level)" }
    let options = [
      (0x01, "--log-tcp-sequence"), (0x02, "--log-tcp-options"), (0x04, "--log-ip-options"), (0x08, "--log-uid"),
      (0x20, "--log-macdecode"),
    ]
    for (bit, option) in options where flags & UInt8(bit) != 0 { text += " \(option)" }
  }
}

extension NFLogAction {
  fileprivate func append(to text: inout String) {
    text += " -j NFLOG"
    if !prefix.isEmpty {
      text += " --nflog-prefix"
      text.addQuoted(prefix)
    }
    if group != 0 { text += " --nflog-group \(group)" }
    // XT_NFLOG_F_COPY_LEN
    if flags & 1 != 0 {
      text += " --nflog-size \(length)"
    } else if length != 0 {
      text += " --nflog-range \(length)"
    }
    if threshold != 0 { text += " --nflog-threshold \(threshold)" }
  }
}

extension ConntrackAction {
  fileprivate func append(to text: inout String) {
    // XT_CT_NOTRACK_ALIAS
    if flags & 2 != 0 {
      text += " -j NOTRACK"
      return
    }
    text += " -j CT"
    if flags & 1 != 0 { text += " --notrack" }
    if !helper.isEmpty { text += " --helper \(helper)" }
    if !timeout.isEmpty { text += " --timeout \(timeout)" }
    if connectionEvents != 0 { text += " --ctevents \(Self.events(connectionEvents))" }
    if expectationEvents != 0 { text += " --expevents \(expectationEvents & 1 != 0 ? "new" : "")" }
    if flags & 16 != 0 || zone != 0 {
      let direction = [4: "-orig", 8: "-reply"][flags & 12] ?? ""
      text += " --zone\(direction) \(flags & 16 != 0 ? "mark" : "\(zone)")"
    }
  }

  /// IPCT_*, by bit.
  private static func events(_ bits: UInt32) -> String {
    let all = [
      "new", "related", "destroy", "reply", "assured", "protoinfo", "helper", "mark", "natseqinfo", "secmark",
    ]
    return bitNames(bits, all)
  }
}

/// What a rule does with a packet.
public enum Action: Sendable, Hashable {
  case accept
  case drop
  /// Hands the packet to a program.
  case queue(QueueAction)
  /// Back to the chain that jumped here; in a base chain, its policy.
  case `return`
  /// Into a chain of the same table, and back.
  case jump(String)
  /// Into a chain of the same table, and from its end to where this chain was called.
  case goto(String)
  case dnat(Translation)
  case snat(Translation)
  case masquerade(Translation)
  case redirect(Translation)
  case mark(MarkAction)
  case connmark(ConnmarkAction)
  case reject(RejectAction)
  case log(LogAction)
  case nflog(NFLogAction)
  case conntrack(ConntrackAction)
  case tcpmss(TCPMSSAction)
  case tproxy(TProxyAction)
  case trace
  /// CHECKSUM --checksum-fill; the operation's bits.
  case checksum(UInt8)
  /// What only a rule of nf_tables can do.
  // It is large, and every action would be.
  indirect case native(NFTStatement)
  /// A target that kpx does not know, or knows with another size or revision.
  case unknown(UnknownExtension)
}

extension Action {
  /// How the payload of each target of xtables is read.
  static let decoders: [[XTables.Decoder<Action>]] = [
    Translation.decoders, MarkAction.decoders, ConnmarkAction.decoders, RejectAction.decoders, LogAction.decoders,
    NFLogAction.decoders, ConntrackAction.decoders, TCPMSSAction.decoders, TProxyAction.decoders,
    TraceAction.decoders, ChecksumAction.decoders, QueueAction.decoders,
  ]

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
    case .mark(let action): action.append(to: &text)
    case .connmark(let action): action.append(to: &text)
    case .reject(let action): action.append(to: &text)
    case .log(let action): action.append(to: &text)
    case .nflog(let action): action.append(to: &text)
    case .conntrack(let action): action.append(to: &text)
    case .tcpmss(let action): action.append(to: &text)
    case .tproxy(let action): action.append(to: &text)
    case .trace: text += " -j TRACE"
    case .checksum(let operation): ChecksumAction.append(operation, to: &text)
    case .native: text += " [\(NFTActionText.text(self))]"
    case .unknown(let unknown): text += " -j \(unknown.name)\(unknown.note)"
    }
  }
}

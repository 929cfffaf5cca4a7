/// One test of a rule.
///
/// Every case but `.unknown` carries what its extension means, not its bytes, so that a rule of a legacy table and the
/// same rule in nf_tables are the same value. Inversions (`!`) stand with what they invert.
public enum Match: Sendable, Hashable {
  case source(AddressMatch)
  case destination(AddressMatch)
  case inInterface(InterfaceMatch)
  case outInterface(InterfaceMatch)
  case transport(TransportMatch)
  /// `-f`: second and further fragments of a packet.
  case fragment(inverted: Bool)
  case tcp(TCPMatch)
  case udp(UDPMatch)
  case sctp(SCTPMatch)
  case multiport(MultiportMatch)
  case icmp(ICMPMatch)
  case comment(String)
  case mark(MarkMatch)
  case connmark(MarkMatch)
  case addressType(AddressTypeMatch)
  // What is large and rare stands by itself, else every match would be as large.
  indirect case conntrack(ConntrackMatch)
  case statistic(StatisticMatch)
  case recent(RecentMatch)
  case set(SetMatch)
  case mac(MACMatch)
  case localSocket(SocketMatch)
  case physdev(PhysdevMatch)
  case owner(OwnerMatch)
  case limit(LimitMatch)
  case nfacct(String)
  case reversePath(ReversePathMatch)
  case tcpmss(TCPMSSMatch)
  case ipvs(IPVSMatch)
  case addressRange(AddressRangeMatch)
  /// A test that only nf_tables has.
  indirect case native(NFTMatch)
  /// A match that kpx does not know, or knows with another size or revision.
  case unknown(UnknownExtension)
}

extension Match {
  /// How the payload of each match of xtables is read.
  static let decoders: [[XTables.Decoder<Match>]] = [
    TCPMatch.decoders, UDPMatch.decoders, SCTPMatch.decoders, MultiportMatch.decoders, ICMPMatch.decoders,
    TCPMSSMatch.decoders, CommentMatch.decoders, MarkMatch.decoders, AddressTypeMatch.decoders, MACMatch.decoders,
    SocketMatch.decoders, PhysdevMatch.decoders, OwnerMatch.decoders, ReversePathMatch.decoders, IPVSMatch.decoders,
    ConntrackMatch.decoders, StatisticMatch.decoders, RecentMatch.decoders, LimitMatch.decoders,
    NFAcctMatch.decoders, SetMatch.decoders, AddressRangeMatch.decoders,
  ]

  /// As `iptables-save` prints it: `-s 10.0.0.0/8`, `-m limit --limit 5/min`.
  public var text: String {
    var text = ""
    append(to: &text)
    return String(text.drop { $0 == " " })
  }

  /// Appends the match as iptables-save prints it, with a blank in front.
  func append(to text: inout String) {
    switch self {
    case .source(let match): match.append("-s", to: &text)
    case .destination(let match): match.append("-d", to: &text)
    case .inInterface(let match): match.append("-i", to: &text)
    case .outInterface(let match): match.append("-o", to: &text)
    case .transport(let match): match.append(to: &text)
    case .fragment(let inverted): text.addOption("-f", inverted: inverted)
    case .comment(let comment): CommentMatch.append(comment, to: &text)
    case .nfacct(let name): NFAcctMatch.append(name, to: &text)
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
    case .mac(let match): match.append(to: &text)
    case .localSocket(let match): match.append(to: &text)
    case .physdev(let match): match.append(to: &text)
    case .owner(let match): match.append(to: &text)
    case .limit(let match): match.append(to: &text)
    case .reversePath(let match): match.append(to: &text)
    case .tcpmss(let match): match.append(to: &text)
    case .ipvs(let match): match.append(to: &text)
    case .addressRange(let match): match.append(to: &text)
    case .native: text += " [\(NFTMatchText.text(self))]"
    case .unknown(let unknown): text += " -m \(unknown.name)\(unknown.note)"
    }
  }
}

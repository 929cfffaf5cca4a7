/// A rule that a packet met and that did something to it, or the policy at a base chain's end.
public struct Step: Sendable, Hashable {
  /// The chain that the packet was in.
  public var chain: ChainReference
  /// From 1; nil for the chain's policy.
  public var number: Int?
  /// nil for the chain's policy.
  public var rule: Rule?
  /// What took the packet, where that was no rule but IPVS: the chain is then a name alone.
  public var virtualService: VirtualService?
  /// The chain that the packet was sent to: by the rule itself, or by a map for this packet.
  public var target: String?

  /// A rule by its place.
  public init(chain: ChainReference, number: Int?, rule: Rule?, target: String? = nil) {
    self.chain = chain
    self.number = number
    self.rule = rule
    self.target = target ?? rule?.chain
  }

  /// A virtual service that took the packet.
  init(_ service: VirtualService) {
    self.init(
      chain: ChainReference(
        table: Table(backend: .legacy, family: service.key.family, name: "ipvs"), name: service.key.description),
      number: nil, rule: nil)
    virtualService = service
  }
}

extension Step {
  func isSameRule(as other: Step) -> Bool { number != nil && number == other.number && chain == other.chain }

  /// What the rule has counted, or the virtual service (what came in).
  public var counters: Counters? {
    rule?.counters
      ?? virtualService.map { Counters(packets: $0.statistics.inPackets, bytes: $0.statistics.inBytes) }
  }
}

/// How a packet's way ends.
public enum End: Sendable, Hashable {
  /// It leaves the node.
  case forwarded
  /// It reaches a socket of this node, or nobody listens.
  case delivered
  case dropped
  /// The sender is told; as `--reject-with` names it.
  case rejected(with: String)
  /// Routing refuses it, and why.
  case unroutable(String)
  /// kpx cannot follow it further, and why.
  case uncertain(String)
}

/// One way that packets may take, with all that decides for it.
public struct Branch: Trailed {
  /// The packets that come this way.
  public var set: PacketSet
  /// The packets that the walk began with.
  let among: PacketSet
  /// How often a packet of the set comes this way: statistic matches multiplied, above 0, at most 1.
  public var share: Double
  /// The packet at the end, which other branches may have in common.
  let shared: SharedPacket
  /// How it ends.
  public var end: End
  /// How many rules end ways like this one, beside the one that is told.
  public var others = 0
  /// Whether packets come here by other rules, too: by chance, or by what is not known of them.
  public var isOneOfSeveral = false
  /// The list of packets seen before in which these were found; they go where they went before.
  public var recalled: Condition?
  let trail: Trail?

  /// The packet at the end: translated, marked.
  public var packet: Packet { shared.packet }

  /// The rules met that did something, in order. Chains that changed nothing and returned are left out; where several
  /// ways became one, these are of the shortest.
  public var steps: [Step] { trail?.steps ?? [] }

  /// For which of the packets that the walk began with this is, in words; nil if it is for all.
  public var when: String? { self.set.text(within: among) }

  /// The first rule that could not be decided and that this branch rests on.
  public var undecidedRule: (rule: RuleReference, what: String)? { self.set.undecidedRule }

  /// Whether the branch is known to be as it says.
  public var isCertain: Bool {
    if case .uncertain = end { return false }
    return undecidedRule == nil
  }
}

/// How a packet's way ends.
public enum End: Sendable, Hashable {
  /// It leaves the node.
  case forwarded
  /// It reaches a socket of this node, or nobody listens.
  case delivered
  case dropped
  /// The sender is told; as `--reject-with` names it.
  case rejected(with: String)
  /// It reaches a program of this node, which takes it in place of an endpoint.
  case taken
  /// It reaches this node at a port where no program listens; the kernel tells the sender.
  case portClosed(UInt16)
  /// Routing refuses it, and why.
  case unroutable(Refusal)
  /// It leaves the node, and what ends the endpoint's answers to it.
  case unanswered(Step)
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
  private(set) var shared: SharedPacket
  /// How it ends.
  public var end: End
  /// Whether packets come here by other rules, too: by chance, or by what is not known of them.
  public var isOneOfSeveral = false
  /// The list of packets seen before in which these were found; they go where they went before.
  public var recalled: Condition?
  let trail: Trail?
  /// How many rules the last step of `trail` stands for.
  let rules: Int
  /// The destinations that such packets are sent to, each with a share of its own; nil for the packet's alone.
  private(set) var group: DestinationGroup?
  /// Where more than one rule ends such packets.
  private var several: BranchEndings?

  init(
    set: PacketSet, among: PacketSet, share: Double, shared: SharedPacket, end: End, isOneOfSeveral: Bool,
    recalled: Condition?, trail: Trail?, rules: Int, group: DestinationGroup?
  ) {
    self.set = set
    self.among = among
    self.share = share
    self.shared = shared
    self.end = end
    self.isOneOfSeveral = isOneOfSeveral
    self.recalled = recalled
    self.trail = trail
    self.rules = rules
    self.group = group
  }

  /// The packet at the end: translated, marked.
  public var packet: Packet { shared.packet }

  /// The rules met that did something, in order. Chains that changed nothing and returned are left out; where several
  /// ways became one, these are of the shortest.
  public var steps: [Step] { trail?.steps ?? [] }

  /// The last of the steps that is wanted, which need not all be listed for it.
  func lastStep(where isWanted: (Step) -> Bool) -> Step? { trail?.last(where: isWanted) }

  private var endings: BranchEndings {
    several ?? BranchEndings(BranchEnding(set: set, trail: trail, rules: rules))
  }

  /// The way that most of some packets go, by its last rule; and how many more rules end others of them.
  func ending(of packets: PacketSet) -> (steps: [Step], others: Int) {
    guard let several else { return (steps, rules - 1) }
    let met = several.all.filter { !$0.set.isDisjoint(with: packets) }
    let fractions = met.map { $0.set.intersection(packets).fraction }
    guard let most = fractions.max(), let told = zip(met, fractions).first(where: { $1 == most })?.0 else {
      return (steps, 0)
    }
    return (told.trail?.steps ?? [], met.reduce(0) { $0 + $1.rules } - 1)
  }

  /// The same way to some of its destinations.
  func leading(to part: DestinationGroup) -> Branch {
    guard let group, group !== part else { return self }
    let (old, new) = (group.first, part.first)
    var branch = self
    branch.group = part
    branch.share = new.share * (share / old.share)
    guard old.address != new.address else { return branch }
    if packet.destination == .known(old.address) {
      var packet = packet
      packet.destination = .known(new.address)
      branch.shared = SharedPacket(packet)
    }
    branch.set = set.exchanging(old.address, new.address)
    branch.several = several?.mapSets { $0.exchanging(old.address, new.address) }
    return branch
  }

  /// The same packets, as well by the ways that lead to `other`.
  func joined(with other: Branch) -> Branch {
    var joined = self
    var endings = endings
    endings.add(other.endings)
    joined.several = endings.all.count > 1 || endings.all[0].rules != rules ? endings : nil
    return joined
  }

  func told(_ other: Branch) -> Branch {
    let isShorter = (other.trail?.count ?? 0) < (trail?.count ?? 0)
    var told = isShorter ? other.joined(with: self) : joined(with: other)
    told.isOneOfSeveral = isOneOfSeveral || other.isOneOfSeveral || trail !== other.trail
    return told
  }

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

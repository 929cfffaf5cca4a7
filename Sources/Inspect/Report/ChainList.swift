/// Chains with their rules: the answer of `kpx chain`.
public struct ChainList: Codable, Sendable {
  /// The form of the answer: `kpx/v1`.
  public private(set) var apiVersion = answerVersion
  /// `ChainList`, which tells this answer from others.
  public private(set) var kind = "ChainList"
  /// The node that was asked.
  public var node: AnsweringNode
  /// The chains by table; with `--tree` those that packets get to from the one that was asked for, in that order.
  public var items: [ChainReport]
  /// true for a tree that has more rules than are shown.
  public var isCut: Bool?

  /// Chains of a node.
  public init(node: AnsweringNode, items: [ChainReport]) {
    self.node = node
    self.items = items
  }
}

/// A chain and its rules.
public struct ChainReport: Codable, Sendable {
  /// Which packet filter has it.
  public var backend: Backend
  /// The family that its table is of; nil for nf_tables' inet and netdev.
  @Nullable public var family: IPFamily?
  /// The table's name.
  public var table: String
  /// The chain's name.
  public var name: String
  /// nil for a chain that only jumps lead to.
  @Nullable public var hook: String?
  /// Chains of a hook run in ascending order of it; nil without a hook.
  public var priority: Int32?
  /// `filter`, `nat` or `route`; of base chains of nf_tables alone.
  public var type: String?
  /// The interfaces that a chain at ingress or egress is at.
  public var devices: [String]?
  /// What its end does; nil without a hook.
  public var policy: String?
  /// What met its policy, where that is counted.
  public var packets: UInt64?
  /// What met its policy, where that is counted.
  public var bytes: UInt64?
  /// What nf_tables names it by within its table.
  public var handle: UInt64?
  /// What the user wrote beside it.
  public var comment: String?
  /// true for a chain of a table that is switched off.
  public var isDormant: Bool?
  /// In the kernel's order.
  public var rules: [ChainRuleReport]

  /// A chain without its rules.
  public init(_ chain: ChainHead, in table: TableHead) {
    backend = chain.chain.table.backend
    family = chain.chain.table.family
    self.table = chain.chain.table.name
    name = chain.chain.name
    hook = chain.base?.hook.chainName.lowercased()
    priority = chain.base?.priority
    type = chain.type
    devices = chain.base.flatMap { $0.devices.isEmpty ? nil : $0.devices }
    policy = chain.base?.policy.rawValue
    packets = chain.counters?.packets
    bytes = chain.counters?.bytes
    handle = chain.handle
    comment = chain.comment
    isDormant = table.isDormant ? true : nil
    rules = []
  }
}

/// A rule of a chain.
public struct ChainRuleReport: Codable, Sendable {
  /// From 1.
  public var number: Int
  /// In the words of the tool that its table is kept with: iptables-save without counters, or nft.
  public var text: String
  /// What it has counted; nil for a rule without a counter.
  public var packets: UInt64?
  /// What it has counted; nil for a rule without a counter.
  public var bytes: UInt64?
  /// What nf_tables names it by within its table.
  public var handle: UInt64?
  /// What was written beside it.
  public var comments: [String]?
  /// Where it sends packets on to; with `--tree` from maps that have names, too.
  public var targets: [ChainTargetReport]?
  /// Parts that kpx does not know the meaning of, and why.
  public var undecoded: [String]?
}

/// Where a rule sends packets on to.
public struct ChainTargetReport: Codable, Sendable {
  /// The element of a map that leads there, as nft writes it.
  public var element: String?
  /// The chain that it jumps or goes to.
  public var chain: String?
  /// What the destination becomes.
  public var address: String?
  /// The port that goes with it.
  public var port: UInt16?
  /// The service's port that is behind it.
  public var service: OwnerName?
  /// The services that share its address, where nothing tells which of them it is for.
  public var services: [OwnerName]?
  /// The pod that is behind it.
  public var pod: OwnerName?
  /// The node that is behind it.
  public var node: String?
}

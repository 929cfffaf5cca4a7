/// What becomes of packets to a frontend, by who sends them.
struct SourceFates: Sendable {
  var pods: SourceFate
  var node: SourceFate
  var outside: SourceFate

  subscript(source: SourceClass) -> SourceFate {
    switch source {
    case .pods: pods
    case .node: node
    case .outside: outside
    }
  }
}

/// What becomes of the packets of one class of sources.
enum SourceFate: Sendable {
  /// One or several ends, for packets that have nothing in common.
  case certain([Part])
  /// Why it cannot be told.
  case uncertain(String)

  /// Some of the packets, which fare alike but for chance.
  struct Part: Sendable {
    /// Which of the class; nil: all.
    var when: PacketCondition?
    var verdict: Verdict
    /// nil where nothing is forwarded.
    var masquerade: Masquerade?
    /// By address, with shares from 0 to 1.
    var endpoints: [(address: SocketAddress, share: Double)]
    /// Whether a scheduler chooses that goes by what is not known beforehand.
    var isScheduled: Bool
  }
}

extension FrontendSummary {
  /// The fates of the classes that kube-proxy tells apart. A node port is told of as at the node's own address.
  var sourceFates: SourceFates {
    let own = Packet.localOutputFacts + IPPrefix.loopback.map { Fact(.source($0), false) }
    let sent = asked.intersection(PacketSet(asked.space, own))
    let all = cases.all.map(atOwnAddress)
    let outcomes = merge(all, by: \.outcome)
    func fate(_ source: PacketSet, areCarriedHome: Bool = false) -> SourceFate {
      self.fate(of: atOwnAddress(source), all, outcomes, areCarriedHome: areCarriedHome)
    }
    return SourceFates(
      pods: fate(clients.pod), node: fate(sent), outside: fate(clients.external, areCarriedHome: true))
  }

  private func atOwnAddress(_ set: PacketSet) -> PacketSet {
    guard packet.destination == .local, let own = ownAddress else { return set }
    return set.given(destination: own)
  }

  private func atOwnAddress(_ item: Case) -> Case {
    var item = item
    item.set = atOwnAddress(item.set)
    return item
  }

  /// - Parameter areCarriedHome: whether answers must come back through this node, so that it does not matter who masquerades.
  private func fate(
    of source: PacketSet, _ all: [Case], _ outcomes: [Case], areCarriedHome: Bool
  ) -> SourceFate {
    let met = all.filter { !$0.set.isDisjoint(with: source) }
    if let doubt = met.first(where: { $0.isUncertain(for: source) }) { return .uncertain(doubt.doubt(for: source)) }
    // Of one set there may be many cases, and few sets.
    let parts = outcomes.map { (set: $0.set.intersection(source), item: $0) }.filter { !$0.set.isEmpty }
    return .certain(
      parts.grouped(by: \.set).flatMap { set, parts in fates(of: set, parts.map(\.item), met, source, areCarriedHome) })
  }

  private func fates(
    of part: PacketSet, _ outcomes: [Case], _ met: [Case], _ source: PacketSet, _ areCarriedHome: Bool
  ) -> [SourceFate.Part] {
    let when = part.condition(within: source)
    return outcomes.grouped(by: \.outcome.verdict).map { verdict, items in
      let sending = items.filter { $0.outcome.endpoint != nil }
      var endpoints: [SocketAddress: Double] = [:]
      for item in sending {
        for (place, address) in item.destinations.enumerated() {
          endpoints[address, default: 0] += item.group.map { item.share(of: $0[place]) } ?? item.share
        }
      }
      return SourceFate.Part(
        when: when, verdict: verdict, masquerade: sending.isEmpty ? nil : masquerade(part, met, areCarriedHome),
        endpoints: endpoints.sorted { $0.key < $1.key }.map { (address: $0.key, share: $0.value) },
        isScheduled: sending.contains(where: \.isShareOpen))
    }
  }

  /// Of what leaves the node: an endpoint on it sees who sends. nil where nothing leaves.
  private func masquerade(_ part: PacketSet, _ met: [Case], _ areCarriedHome: Bool) -> Masquerade? {
    let leaving = met.filter {
      $0.outcome.endpoint != nil && $0.branch.end == .forwarded && !$0.set.isDisjoint(with: part)
    }
    if leaving.isEmpty { return nil }
    if areCarriedHome, leaving.allSatisfy(\.isMasqueraded) { return .always }
    // What others masquerade, such as pods' packets to other networks, they do for what goes to no service, too.
    let own = leaving.filter { item in
      item.isMasqueraded
        && item.branch.ending(of: item.set.intersection(part)).steps.contains(where: \.isMasqueradeOfKubeProxy)
    }
    if own.count == leaving.count { return .always }
    if own.isEmpty { return .never }
    return union(own).condition(within: part).map(Masquerade.conditional)
      ?? .conditional(PacketCondition(sentTo: Set(own.flatMap(\.destinations)).sorted()))
  }
}

extension Step {
  /// Whether kube-proxy wants it masqueraded here, or does it.
  fileprivate var isMasqueradeOfKubeProxy: Bool {
    if isMarkForMasquerade { return true }
    guard let step = rule, RuleOwner(self) == .kubeProxy else { return false }
    return step.rule.actions.contains {
      switch $0 {
      case .masquerade, .mark, .native(.set(.mark, _)): true
      case .native(.translation(let translation)): translation.kind == .masquerade
      default: false
      }
    }
  }
}

extension Case {
  /// What cannot be told of a client's packets, and at which rule.
  fileprivate func doubt(for client: PacketSet) -> String {
    if case .uncertain(let why) = outcome { return why }
    return set.intersection(client).undecidedRule.map { "\($0.what) (\($0.rule))" } ?? "it cannot be told"
  }
}

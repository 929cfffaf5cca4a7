/// Where a rule sends packets on to: a chain, or an address; and who is behind it, as far as the names of chains, the rule's
/// comment and the API tell.
public struct RuleTarget: Sendable, Hashable {
  /// The chain that it jumps or goes to; nil for a translation.
  public var chain: String?
  /// What the destination becomes; nil for a chain.
  public var address: IPAddress?
  /// The port that goes with `address`; nil where the port stays.
  public var port: UInt16?
  /// nil where nothing tells.
  public var owner: AddressNames.Owner?
}

/// Finds out where rules lead to.
struct RuleTargets {
  /// What the API knows.
  let names: AddressNames
  /// Gives the rules of a chain until it is answered false; none where there is no such chain.
  let forEachRule: (ChainReference, (Rule) -> Bool) throws -> Void

  /// The targets of a rule, in its order, each once. Those of a map that has a name are not among them: it may be large.
  func targets(of rule: Rule, in chain: ChainReference) throws -> [RuleTarget] {
    var targets: [RuleTarget] = []
    for action in rule.actions {
      for target in try self.targets(of: action, rule, chain) where !targets.contains(target) { targets.append(target) }
    }
    return targets
  }

  /// The target of an element of a map of verdicts; nil where it leads nowhere else.
  func target(of element: NFTSetElement, of rule: Rule, in chain: ChainReference) throws -> RuleTarget? {
    guard case .verdict(let verdict)? = element.value else { return nil }
    switch verdict {
    case .jump(let name), .goto(let name): return try target(name, rule, chain)
    default: return nil
    }
  }

  private func targets(of action: Action, _ rule: Rule, _ chain: ChainReference) throws -> [RuleTarget] {
    switch action {
    case .jump(let name), .goto(let name): return [try target(name, rule, chain)]
    case .dnat(let to): return self.target(to, rule, chain).map { [$0] } ?? []
    case .native(.verdictMap(let lookup)):
      return try (lookup.set.elements ?? []).compactMap { try target(of: $0, of: rule, in: chain) }
    case .native(.translation(let to)) where to.kind == .destination:
      return (to.lookup?.set.elements ?? []).compactMap(to.target).compactMap { self.target($0, rule, chain) }
    default: return []
    }
  }

  // MARK: - Chains

  private func target(_ name: String, _ rule: Rule, _ chain: ChainReference) throws -> RuleTarget {
    RuleTarget(chain: name, owner: try owner(ofChain: ChainReference(table: chain.table, name: name), rule))
  }

  private func owner(ofChain chain: ChainReference, _ rule: Rule) throws -> AddressNames.Owner? {
    if let name = NftablesName(chain.name) { return pod(at: name.endpoint) ?? .servicePort(name.port) }
    guard let name = ChainName(chain.name) else { return nil }
    if name.kind == .endpoint, let pod = try pod(behind: chain, rule.kubeProxyComment) { return pod }
    return try (rule.kubeProxyComment?.port ?? port(of: chain)).map { .servicePort($0) }
  }

  /// What the comments of up to 1.23 do not tell, the chain's own rules do.
  private func pod(behind chain: ChainReference, _ comment: RuleComment?) throws -> AddressNames.Owner? {
    // Without the API nobody knows whose address it is.
    guard names.hasAPI else { return nil }
    if case .endpoint(let address)? = comment?.subject { return pod(at: address) }
    var found: SocketAddress?
    try forEachRule(chain) { rule in
      found = rule.endpoint
      return found == nil
    }
    return pod(at: found)
  }

  /// Jumps from the chains of what comes from outside have no comment, and the rules that they lead to have.
  private func port(of chain: ChainReference) throws -> ServicePortName? {
    var found: ServicePortName?
    try forEachRule(chain) { rule in
      found = rule.kubeProxyComment?.port
      return found == nil
    }
    return found
  }

  private func pod(at address: SocketAddress?) -> AddressNames.Owner? {
    address.flatMap { names.pod(at: $0.address) }.map { .pod($0) }
  }

  // MARK: - Addresses

  /// nil for a range, and where only the port changes.
  private func target(_ to: Translation, _ rule: Rule, _ chain: ChainReference) -> RuleTarget? {
    guard let addresses = to.addresses, addresses.lowerBound == addresses.upperBound else { return nil }
    let ports = to.ports.flatMap { $0.lowerBound == $0.upperBound ? $0.lowerBound : nil }
    return RuleTarget(address: addresses.lowerBound, port: ports, owner: owner(of: addresses.lowerBound, rule, chain))
  }

  private func owner(of address: IPAddress, _ rule: Rule, _ chain: ChainReference) -> AddressNames.Owner? {
    if let pod = names.pod(at: address) { return .pod(pod) }
    if let port = rule.kubeProxyComment?.port ?? NftablesName(chain.name)?.port { return .servicePort(port) }
    return names.owner(of: address)
  }
}

extension Rule {
  /// Where the first translation of the destination to one address and port leads to.
  fileprivate var endpoint: SocketAddress? {
    for case .dnat(let to) in actions {
      if let address = to.addresses?.lowerBound, let port = to.ports?.lowerBound {
        return SocketAddress(address, port: port)
      }
    }
    return nil
  }
}

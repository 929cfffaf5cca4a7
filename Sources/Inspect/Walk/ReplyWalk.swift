/// The way back: what an endpoint answers.
extension Walker {
  /// All ways of an endpoint's answer to a packet that left for it. Connection tracking knows it by then, and nat asks no
  /// rule for it.
  ///
  /// - Parameters:
  ///   - sent: the packet as it left.
  ///   - client: who sent it, before its source was translated; `local` for this node.
  ///   - interface: the interface that leads to the client.
  public func walkReply(
    to sent: Packet, from client: AddressKnowledge, by interface: InterfaceKnowledge
  ) throws -> [Branch] {
    let translated = sent.translatedSource.map(AddressKnowledge.known) ?? .local
    var reply = Packet(
      transport: sent.transport, family: sent.family, source: sent.destination, sourcePort: sent.destinationPort,
      destination: sent.sourceTranslation == .none ? client : translated, destinationPort: nil)
    reply.inInterface = sent.outInterface
    reply.connectionMark = sent.connectionMark
    reply.state = sent.state.subtracting(.new).union(.established)
    reply.isReply = true
    reply.isDestinationMapped = true
    reply.isSourceMapped = true
    return try walk(reply, Packet.arrivingFacts) { state in
      let arrived = try self.enter([state.setting(\.outInterface, .none)])
      // Behind conntrack the destination is the client again.
      let returned = arrived.map { state in
        let back = state.setting(\.destination, client).setting(\.outInterface, interface)
        return client == .any ? back.assuming(Fact(.destinationType(.local), false)) : back
      }
      try self.arrive(returned)
    }
  }
}

/// Whether endpoints' answers get back to those who asked.
///
/// Nearly all nodes let through what is ESTABLISHED before they drop anything: one walk for all endpoints shows that, and
/// only where it does not each answer is walked by itself.
final class ReplyWalks {
  private struct Asked: Hashable {
    let sent: Packet
    let client: AddressKnowledge
    let interface: InterfaceKnowledge
  }

  private let node: any Node
  private let budget: WalkBudget
  private var known: [Asked: Step?] = [:]

  init(_ node: any Node, budget: WalkBudget) {
    self.node = node
    self.budget = budget
  }

  /// What ends all answers to a packet that was forwarded to an endpoint; nil where some get back, or where that is not
  /// known for certain.
  func loss(of sent: Packet, from client: AddressKnowledge, by interface: InterfaceKnowledge) throws -> Step? {
    guard try mayLose(sent, from: client) else { return nil }
    // No rule asks an answer for the address that the service has, or for the packet's mark.
    var alike = sent
    alike.mark = Mark(0)
    (alike.originalDestination, alike.originalDestinationPort) = (.any, nil)
    return try lossOfAll(Asked(sent: alike, client: client, interface: interface))
  }

  /// Whether rules end any answers of endpoints, to packets of this protocol.
  func mayLose(_ sent: Packet, from client: AddressKnowledge) throws -> Bool {
    guard sent.isRedirected, sent.ipvs == nil, sent.endpoint != nil else { return false }
    var anyEndpoint = Packet(
      transport: sent.transport, family: sent.family, destination: .any, destinationPort: nil)
    anyEndpoint.state = .dnat
    let anyClient = isLocal(client) ? AddressKnowledge.local : .any
    return try lossOfAny(Asked(sent: anyEndpoint, client: anyClient, interface: .unknown)) != nil
  }

  /// Whether rules end any endpoint's answers to packets to a frontend.
  func mayLoseAny(_ frontend: Frontend) throws -> Bool {
    var sent = Packet(
      transport: frontend.transport, family: frontend.family, destination: .known(.any(frontend.family)),
      destinationPort: 0)
    sent.state = .dnat
    return try mayLose(sent, from: .any)
  }

  private func isLocal(_ client: AddressKnowledge) -> Bool {
    if case .known(let address) = client { return node.localAddresses?.contains { $0.contains(address) } ?? false }
    return client == .local
  }

  private func lossOfAny(_ asked: Asked) throws -> Step? {
    try loss(asked) { lost, _ in !lost.isEmpty }
  }

  private func lossOfAll(_ asked: Asked) throws -> Step? {
    // Where all ways end so, what could not be decided on them does not matter.
    try loss(asked) { lost, all in lost.count == all.count }
  }

  private func loss(_ asked: Asked, _ counts: (_ lost: [Branch], _ all: [Branch]) -> Bool) throws -> Step? {
    if let known = known[asked] { return known }
    // A space of its own: these sets speak of the answer's ends.
    let walker = Walker(node, family: asked.sent.family, budget: budget)
    let branches = try walker.walkReply(to: asked.sent, from: asked.client, by: asked.interface)
    let lost = branches.filter(\.isLostToRules)
    let step = counts(lost, branches) ? lost.first?.steps.last : nil
    known[asked] = .some(step)
    return step
  }
}

extension Branch {
  fileprivate var isLostToRules: Bool {
    switch end {
    case .dropped, .rejected: true
    default: false
    }
  }
}

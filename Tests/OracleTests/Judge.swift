import TestSupport

@testable import Inspect

/// How rules are loaded.
enum OracleBackend: String, CaseIterable, Sendable {
  case legacy, iptablesNft, nft
}

/// Who sends a packet.
struct Sender: Sendable {
  var address: String
  /// By which interface it comes; nil for the node itself.
  var interface: String?
  /// The cable, where the interface is a bridge and it one of its ports.
  var port: String?
}

/// A packet to try: who sends it and by which interface it comes; nil for the node itself.
struct Trial: Sendable, CustomStringConvertible {
  var datagram: Datagram
  var interface: String?
  /// Of a bridge, the port.
  var port: String?

  /// What it is put into.
  var cable: String? { port ?? interface }

  var description: String { "\(datagram), " + (interface.map { "arriving by \($0)" } ?? "sent by the node") }

  var packet: Packet {
    var packet = Packet(
      transport: datagram.transport, family: datagram.family, source: .known(datagram.source.address),
      sourcePort: datagram.source.port, destination: .known(datagram.destination.address),
      destinationPort: datagram.destination.port)
    packet.inInterface = interface.map(InterfaceKnowledge.known) ?? .none
    return packet
  }
}

/// What a walk says of a packet, and the kernel's judgement of it.
struct Judgement {
  var branches: [Branch]
  /// What the packet is known to be one of.
  var packets: PacketSet
  var fate: Fate
  /// What is wrong; nil where they agree.
  var disagreement: String?
  /// Whether the rules on the way were compared with the kernel's own trace.
  var isTraced = false

  /// Why the walk could not tell for sure; empty where it could.
  var doubts: [String] {
    branches.flatMap { branch -> [String] in
      if case .uncertain(let why) = branch.end { return [why] }
      return branch.set.text(within: packets.intersection(branch.among)).map { [$0] } ?? []
    }
  }
}

extension Judgement {
  /// Whether a set keeps the client, whose next packets all go the same way then.
  var isRemembered: Bool {
    branches.flatMap(\.steps).contains { step in
      step.rule?.rule.actions.contains { if case .native(.dynamicSet) = $0 { true } else { false } } ?? false
    }
  }
}

/// The node of the calling thread's network namespace, and the kernel as a judge.
final class Judge {
  let wire: Wire
  private let backend: OracleBackend
  private var rules: RuleSet?
  private var number: UInt32 = 0
  private var port: UInt16 = 10000
  /// What the kernel tells of rules of nf_tables.
  private let trace: KernelTrace?
  /// Pods of this node: kpx says of them whether they get what leaves for them.
  var localPods: Set<IPAddress> = []

  init(_ wire: Wire, _ backend: OracleBackend) throws {
    self.wire = wire
    self.backend = backend
    trace = backend == .legacy ? nil : try KernelTrace()
    if trace != nil { try restore(["nft", "-f", "-"], KernelTrace.rules) }
  }

  // MARK: - Rules

  /// Puts rules in the place of all others, and forgets connections.
  func load(_ rules: RuleSet) throws {
    try clear()
    self.rules = rules
    switch backend {
    case .legacy, .iptablesNft:
      let kind = backend == .legacy ? "legacy" : "nft"
      let name = rules.family == .v4 ? "iptables" : "ip6tables"
      var command = ["\(name)-\(kind)-restore"]
      if backend == .legacy { command += ["-w", "60"] }
      try restore(command, rules.iptables)
    case .nft: try restore(["nft", "-f", "-"], rules.nft)
    }
    if !rules.front.isEmpty { try restore(["nft", "-f", "-"], rules.frontNft) }
    if trace != nil { try restore(["nft", "-f", "-"], KernelTrace.rules) }
  }

  private func restore(_ command: [String], _ text: String) throws {
    let result = try runTool(command, input: Array(text.utf8))
    guard result.status == 0 else {
      throw SetupError("\(command.joined(separator: " ")): \(result.errorText)\n\(text)")
    }
  }

  private func clear() throws {
    // Restoring replaces legacy tables whole.
    try succeed(["nft", "flush", "ruleset"])
    _ = try runTool(["conntrack", "-F"])
    port = 10000
  }

  // MARK: - Packets

  /// A packet of a new connection.
  func trial(from source: Sender, to: SocketAddress, _ transport: TransportProtocol) -> Trial {
    again(
      Trial(
        datagram: Datagram(
          transport: transport, source: SocketAddress(IPAddress(source.address) ?? .v4(0), port: 0), destination: to),
        interface: source.interface, port: source.port))
  }

  /// The same packet of another connection: with a source port that no other has had since the rules were loaded.
  func again(_ trial: Trial) -> Trial {
    var next = trial
    number += 1
    // Over the whole range, so that rules about source ports are met and not.
    port = UInt16(1024 + (UInt32(port) + 7919) % 60000)
    next.datagram.number = number
    next.datagram.source = SocketAddress(trial.datagram.source.address, port: port)
    return next
  }

  /// What `Walk` says of a packet. One that arrives by the interface that leads to its source passes checks of that.
  private func branches(_ trial: Trial) throws -> (branches: [Branch], packets: PacketSet, node: LiveNode) {
    let node = try LiveNode()
    let walker = Walker(node, family: trial.datagram.destination.address.family, notesEveryRule: true)
    walker.localPods = localPods
    let branches = try node.filter.consistently {
      trial.interface == nil ? try walker.walkLocalOutput(trial.packet) : try walker.walkArriving(trial.packet)
    }
    let all = PacketSet.all(walker.space)
    let way = try node.routing.way(to: trial.datagram.source.address)
    let isExpected = trial.interface.map { $0 == way?.interface } ?? false
    let packets = isExpected ? PacketSet(walker.space, walker.space.passingReversePath(all.root)) : all
    return (branches.filter { !$0.set.isDisjoint(with: packets) }, packets, node)
  }

  /// Sends a packet and compares.
  func judge(_ trial: Trial) throws -> Judgement {
    let (branches, packets, node) = try branches(trial)
    let before = try counters(branches, node)
    trace?.forget()
    let fate = try wire.send(trial.datagram, by: trial.cable)
    let met = try trace?.rules(of: trial.datagram) ?? []
    var judgement = Judgement(branches: branches, packets: packets, fate: fate)
    let allowed = branches.filter { allows($0, fate, trial) }
    guard let way = allowed.first else {
      judgement.disagreement = "the kernel: \(fate)\nkpx: " + branches.map(\.summary).joined(separator: "\n     ")
      return judgement
    }
    if allowed.contains(where: { isKeptFromPod($0, fate) }) { return judgement }
    // Where chance makes a detour, a way that is whole again shows one of them.
    let isSure =
      branches.count == 1 && !way.isOneOfSeveral && judgement.doubts.isEmpty && rules?.hasChance != true
    if isSure {
      let after = try counters(branches, try LiveNode())
      judgement.disagreement = difference(way, fate, before, after)
    }
    let isTold = allowed.allSatisfy { $0.end.isCertain && !$0.isOneOfSeveral }
    if trace != nil, isTold, judgement.disagreement == nil {
      judgement.isTraced = true
      if !allowed.contains(where: { $0.agrees(with: met, trial) }) {
        judgement.disagreement =
          "the kernel's trace: \(met.map(\.description))\n"
          + "kpx: \(allowed.map { $0.rulesOfNFTables.map(\.description) })"
      }
    }
    return judgement
  }

  // MARK: - Comparing

  func allows(_ branch: Branch, _ fate: Fate, _ trial: Trial) -> Bool {
    switch (branch.end, fate) {
    case (.uncertain, _): return true
    case (.unroutable, .forwarded): return isKeptFromPod(branch, fate)
    case (.dropped, .lost), (.unroutable, .lost), (.unroutable, .refused): return true
    case (.rejected(let with), .refused(let name)): return with == name
    // The refusal is a packet, too, that rules may drop.
    case (.rejected, .lost): return true
    case (.delivered, .delivered(let datagram)):
      return branch.packet.destinationPort.map { $0 == datagram.destination.port } ?? true
    case (.forwarded, .forwarded(let interface, let datagram)):
      let packet = branch.packet
      let isThere =
        switch packet.destination {
        case .known(let address): address == datagram.destination.address
        case .translated: true
        case .local, .any: false
        }
      guard isThere, packet.destinationPort.map({ $0 == datagram.destination.port }) ?? true else { return false }
      if case .known(let name) = packet.outInterface, name != interface { return false }
      switch packet.sourceTranslation {
      case .none: return datagram.source == trial.datagram.source
      case .snat(let translation):
        return translation.addresses.map { $0.contains(datagram.source.address) } ?? true
      case .masquerade:
        return packet.translatedSource.map { $0 == datagram.source.address } ?? (datagram.family == .v6)
      }
    default: return false
    }
  }

  /// Whether kpx follows a packet no further because its pod, of this node, does not get it: its interface is down, or
  /// its route is gone. To the kernel it leaves, as far as other rules let it.
  private func isKeptFromPod(_ branch: Branch, _ fate: Fate) -> Bool {
    guard case .unroutable(let why) = branch.end, case .known(let pod) = branch.packet.destination,
      localPods.contains(pod)
    else { return false }
    switch fate {
    case .forwarded(_, let datagram): return why.kind == .route && branch.packet.endpoint == datagram.destination
    case .lost, .refused: return why.kind != .forwarding
    case .delivered: return false
    }
  }

  /// What the rules of all chains that a walk met have counted.
  private func counters(_ branches: [Branch], _ node: LiveNode) throws -> [RuleReference: (
    rule: Rule, packets: UInt64
  )] {
    var found: [RuleReference: (rule: Rule, packets: UInt64)] = [:]
    for chain in Set(branches.flatMap(\.steps).compactMap(\.chain)) {
      _ = try node.filter.forEachRule(in: chain, hint: .none) { number, rule in
        found[RuleReference(chain: chain, number: number)] = (rule, rule.counters?.packets ?? 0)
        return true
      }
    }
    return found
  }

  /// Of a way that is certain: each rule on it has counted the packet, and no other that would have ended it.
  ///
  /// Where the kernel answers, rules count its answer, too: a refusal, or that nobody listens. Those of nat do not: a
  /// connection's first packet alone is shown to them.
  private func difference(
    _ branch: Branch, _ fate: Fate, _ before: [RuleReference: (rule: Rule, packets: UInt64)],
    _ after: [RuleReference: (rule: Rule, packets: UInt64)]
  ) -> String? {
    let met = Set(branch.steps.compactMap(\.rule?.place))
    let isAnswered = fate.isAnswered || branch.end.isRejection
    for (place, now) in after where now.rule.counters != nil {
      let moved = now.packets - (before[place]?.packets ?? 0)
      if met.contains(place) && moved == 0 { return "kpx has the packet meet \(place), which did not count it" }
      if !met.contains(place) && moved > 0 && (isAnswered ? now.rule.translates : now.rule.isFinal) {
        return "the packet met \(place), of which kpx says nothing: \(branch.summary)"
      }
    }
    return nil
  }
}

extension End {
  fileprivate var isCertain: Bool { if case .uncertain = self { false } else { true } }
  fileprivate var isRejection: Bool { if case .rejected = self { true } else { false } }
}

extension Fate {
  /// Whether the kernel sent something back.
  fileprivate var isAnswered: Bool {
    switch self {
    case .delivered, .refused: true
    case .forwarded, .lost: false
    }
  }
}

extension Rule {
  /// Whether whoever meets it goes no further in its table.
  fileprivate var isFinal: Bool {
    switch actions.last {
    case .drop, .reject: true
    default: translates
    }
  }

  /// Whether it ends nat's part.
  fileprivate var translates: Bool {
    switch actions.last {
    case .dnat, .redirect, .masquerade, .snat: true
    default: false
    }
  }
}

extension Branch {
  /// For a report.
  var summary: String {
    let when = when.map { "if \($0): " } ?? ""
    return
      "\(when)\(end) \(packet.destination) \(packet.destinationPort.map(String.init) ?? "?") source \(packet.sourceTranslation)"
      + " out \(packet.outInterface) mark \(packet.mark.value) share \(share) by \(steps.map(\.description).joined(separator: " > "))"
  }
}

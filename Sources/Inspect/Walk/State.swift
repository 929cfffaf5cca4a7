/// One way under way: the packet as it is now, which packets come here, and the rules met.
struct State: Trailed {
  private(set) var shared: SharedPacket
  var set: PacketSet
  var share = 1.0
  var trail: Trail?
  /// How many rules the last step stands for.
  var rulesAlike = 1
  /// Whether other rules led to the same packet at the same place, too.
  var isOneOfSeveral = false
  /// The list of packets seen before in which this one was found (`Condition.isMemory`).
  private(set) var recalled: Condition?
  /// The destinations of which the packet's is one; nil for that one alone.
  var group: DestinationGroup?

  init(packet: Packet, set: PacketSet) {
    shared = SharedPacket(packet)
    self.set = set
  }

  var packet: Packet {
    _read { yield shared.packet }
    _modify {
      if !isKnownUniquelyReferenced(&shared) { shared = SharedPacket(shared.packet) }
      yield &shared.packet
    }
  }

  /// Whether there are such packets. That a destination that is not known is one of the node's own is kept out of the set.
  var isPossible: Bool {
    guard packet.destination == .local, !set.isEmpty else { return !set.isEmpty }
    return !set.space.isDisjoint(set.root, set.space.localDestination)
  }

  /// What ways have in common that become one. That a client was remembered and so sent to an endpoint is worth knowing,
  /// even if all others go there, too.
  fileprivate var key: Key { Key(packet: shared, recalled: packet.isDestinationMapped ? recalled : nil, group: group) }

  fileprivate struct Key: Hashable {
    let packet: SharedPacket
    let recalled: Condition?
    let group: DestinationGroup?

    func hash(into hasher: inout Hasher) { packet.hash(into: &hasher) }
  }

  /// The part of it for which a fact holds.
  func assuming(_ fact: Fact) -> State { with(set.assuming(fact), recalling: [fact]) }

  /// The same way for a part of its packets, for which some facts were found to hold.
  func with(_ set: PacketSet, recalling facts: [Fact] = []) -> State {
    var state = self
    state.set = set
    if let memory = facts.first(where: { $0.holds && $0.condition.isMemory }) { state.recalled = memory.condition }
    return state
  }

  func sharing(_ factor: Double) -> State {
    var state = self
    state.share *= factor
    return state
  }

  func adding(_ step: Step) -> State {
    var state = self
    state.trail = Trail(step, packet: shared, before: trail)
    return state
  }

  func adding(_ step: RuleStep) -> State {
    var state = self
    // A rule that does more than one thing is one step, of its last.
    let before = trail.map { $0.isOf(step.place) ? $0.before : $0 } ?? nil
    state.trail = Trail(.rule(step), packet: shared, before: before)
    return state
  }

  /// The same of a rule that lets the packet go on: of very many the first are kept.
  func noting(_ step: RuleStep) -> State { notesSteps ? adding(step) : self }

  /// The same of a rule that was met to its end and let the packet go on.
  func passing(_ step: RuleStep) -> State {
    trail?.isOf(step.place) == true ? self : noting(step)
  }

  var notesSteps: Bool { (trail?.count ?? 0) < Trail.most }

  func setting<Value>(_ field: WritableKeyPath<Packet, Value>, _ value: Value) -> State {
    var state = self
    state.packet[keyPath: field] = value
    return state
  }

  func translatingSource(_ translation: SourceTranslation, to address: IPAddress?) -> State {
    var state = self
    state.packet.sourceTranslation = translation
    state.packet.translatedSource = address
    state.packet.source = .translated
    state.packet.isSourceMapped = true
    state.packet.state.insert(.snat)
    return state
  }

  func applying(_ action: ConnmarkAction) -> State {
    var state = self
    let mark = packet.mark
    let connection = packet.connectionMark
    switch action.mode {
    case .set:
      state.packet.connectionMark = connection.setting(value: action.value, mask: action.connectionMask)
        .shifted(by: action)
    case .save:
      state.packet.connectionMark = connection.taking(
        mark.masked(action.packetMask).shifted(by: action), otherMask: .max, mask: action.connectionMask)
    case .restore:
      state.packet.mark = mark.taking(
        connection.masked(action.connectionMask).shifted(by: action), otherMask: .max, mask: action.packetMask)
    }
    return state
  }

  /// A packet that was redirected in OUTPUT is routed anew before POSTROUTING (ip_route_me_harder): what was assumed of
  /// its way out stays true of OUTPUT, and says nothing of what follows.
  func routedAnew() -> State {
    guard packet.isRedirected else { return self }
    return setting(\.outInterface, .unknown).setting(\.isRoutedAnew, true)
  }

  /// Sent by lo, as what this node sends to itself.
  var throughLoopback: State { setting(\.outInterface, .known("lo")) }

  /// A chain that was left as it was entered needs no mention: only what changed a packet stays on its path.
  func forgettingDetour(into place: RuleReference) -> State {
    guard let step = trail?.last(at: place), step.packet == shared || step.count > Trail.most else { return self }
    var state = self
    state.trail = step.before
    return state
  }
}

extension [State] {
  /// Whether sources are told by sets alone, neither known nor replaced. Of many ways that is not asked.
  var haveOpenSources: Bool {
    count <= 64 && allSatisfy { $0.packet.source == .any || $0.packet.source == .local }
  }
}

extension Mark {
  /// Bits outside `mask` cleared.
  fileprivate func masked(_ mask: UInt32) -> Mark { Mark(value: value & mask, known: known | ~mask) }

  fileprivate func shifted(by action: ConnmarkAction) -> Mark {
    action.shiftsRight
      ? Mark(value: value >> action.shift, known: ~(~known >> action.shift))
      : Mark(value: value << action.shift, known: ~(~known << action.shift))
  }
}

/// A packet that states and their trails have in common until one of them changes it: a walk copies its states all the
/// time, and a packet is large.
final class SharedPacket: Hashable {
  fileprivate(set) var packet: Packet

  init(_ packet: Packet) { self.packet = packet }

  static func == (left: SharedPacket, right: SharedPacket) -> Bool { left === right || left.packet == right.packet }

  func hash(into hasher: inout Hasher) { packet.hash(into: &hasher) }
}

/// Joins the ways that bear the same packet.
func merge(_ states: [State]) -> [State] { merge(states, by: \.key) }

/// The rules met, newest first: ways that part share what they have in common.
final class Trail {
  /// Up to so many steps are kept; then only those that lead to where the way goes on.
  static let most = 4096

  let step: Step
  /// The packet as it was when the step was taken.
  let packet: SharedPacket
  private(set) var before: Trail?
  let count: Int
  /// Of the rule that the step is of; 0 if it is of none.
  private let number: Int

  init(_ step: Step, packet: SharedPacket, before: Trail?) {
    self.step = step
    self.packet = packet
    self.before = before
    count = (before?.count ?? 0) + 1
    number = if case .rule(let step) = step { step.place.number } else { 0 }
  }

  /// Step by step: a long way would take a long stack.
  deinit {
    var rest = before
    before = nil
    while isKnownUniquelyReferenced(&rest) { rest = rest?.detach() }
  }

  private func detach() -> Trail? {
    defer { before = nil }
    return before
  }

  /// Oldest first.
  var steps: [Step] {
    var steps: [Step] = []
    var next: Trail? = self
    while let trail = next {
      steps.append(trail.step)
      next = trail.before
    }
    steps.reverse()
    return steps
  }

  /// The rule that the step is of, or nil if it is of none.
  var rule: RuleReference? { if case .rule(let step) = step { step.place } else { nil } }

  /// Whether the step is of a rule. Places are costly to copy, and most differ in the number.
  func isOf(_ place: RuleReference) -> Bool { number == place.number && rule == place }

  /// The last step that was taken at `place`.
  func last(at place: RuleReference) -> Trail? {
    var next: Trail? = self
    while let trail = next {
      if trail.isOf(place) { return trail }
      next = trail.before
    }
    return nil
  }

  /// The last step that is wanted.
  func last(where isWanted: (Step) -> Bool) -> Step? {
    var next: Trail? = self
    while let trail = next {
      if isWanted(trail.step) { return trail.step }
      next = trail.before
    }
    return nil
  }
}

/// One way under way: the packet as it is now, what was assumed to come here, and the rules met.
struct State: Conditional {
  private(set) var shared: SharedPacket
  var facts: [Fact] = []
  var share = 1.0
  var trail = Trail.none

  init(packet: Packet) { shared = SharedPacket(packet) }

  var packet: Packet {
    _read { yield shared.packet }
    _modify {
      if !isKnownUniquelyReferenced(&shared) { shared = SharedPacket(shared.packet) }
      yield &shared.packet
    }
  }

  /// That a client was remembered and so sent to an endpoint is worth knowing, even if all others go there, too.
  func mayForget(_ condition: Condition) -> Bool { !(packet.isDestinationMapped && condition.isMemory) }

  func assuming(_ fact: Fact) -> State {
    var state = self
    state.facts.append(fact)
    return state
  }

  func sharing(_ factor: Double) -> State {
    var state = self
    state.share *= factor
    return state
  }

  func adding(_ step: Step) -> State {
    var state = self
    state.trail = .step(step, packet: shared, before: trail)
    return state
  }

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
    var state = self
    state.packet.outInterface = .unknown
    state.facts = facts.map(\.asOfOutput)
    return state
  }

  /// Sent by lo, as what this node sends to itself.
  var throughLoopback: State { setting(\.outInterface, .known("lo")) }

  /// A chain that was left as it was entered needs no mention: only what changed a packet stays on its path.
  func forgettingDetour(into place: RuleReference) -> State {
    guard let before = trail.before(place, packet: shared) else { return self }
    var state = self
    state.trail = before
    return state
  }
}

extension Fact {
  /// The same fact about the way out, as a test that only rules of OUTPUT make.
  fileprivate var asOfOutput: Fact {
    switch condition {
    case .outInterface(let name, let wildcard):
      Fact(.other(.outInterface(InterfaceMatch(name: name, wildcard: wildcard))), holds)
    case .all(let facts): Fact(.all(facts.map(\.asOfOutput)), holds)
    default: self
    }
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
func merge(_ states: [State]) -> [State] { merge(states, by: \.shared) }

/// The rules met, newest first: ways that part share what they have in common.
enum Trail {
  case none
  /// A step, and the packet as it was when the step was taken.
  indirect case step(Step, packet: SharedPacket, before: Trail)

  /// Oldest first.
  var steps: [Step] {
    var steps: [Step] = []
    var rest = self
    while case .step(let step, _, let before) = rest {
      steps.append(step)
      rest = before
    }
    steps.reverse()
    return steps
  }

  /// The trail as it was before the last step at `place`, if the packet has not changed since.
  func before(_ place: RuleReference, packet: SharedPacket) -> Trail? {
    var rest = self
    while case .step(let step, let then, let before) = rest {
      if step.number == place.number, step.chain == place.chain {
        return then == packet ? before : nil
      }
      rest = before
    }
    return nil
  }
}

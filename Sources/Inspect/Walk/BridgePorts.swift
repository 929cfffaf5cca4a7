/// `-m physdev` asks for the ports of a bridge that a packet passes. The kernel knows them of packets that came by a bridge
/// which shows them to iptables (br_netfilter), and the port that a packet leaves by where it stays on that bridge.
extension MatchEvaluation {
  func physdev(_ match: PhysdevMatch) throws -> Requirement {
    let open = require(.other(.physdev(match)), false)
    // What leaves has lost the interface that it came by (PacketFilter's hooks before Linux 5.7), not its port.
    let isSentHere = knowledge.decide(.localOutput)
    guard packet.inInterface != .none || isSentHere == true,
      let bridges = try node.routing.filteredBridges(packet.family)
    else { return open }
    var possible: [(bridge: Bridge, holds: Bool?)] = []
    for bridge in bridges {
      switch knowledge.decide(.inInterface(name: bridge.name, wildcard: false)) {
      case true?: return try holds(match, of: bridge).map(constant) ?? open
      case nil: possible.append((bridge, try holds(match, of: bridge)))
      case false?: continue
      }
    }
    let elsewhere = match.holdsWithoutBridge
    let different = possible.filter { $0.holds != elsewhere }
    guard let first = different.first else { return constant(elsewhere) }
    guard different.count == 1, first.holds != nil else { return open }
    return require(.inInterface(name: first.bridge.name, wildcard: false), elsewhere)
  }

  /// Whether it holds of a packet that came by a bridge (physdev_mt); nil if that is not known.
  private func holds(_ match: PhysdevMatch, of bridge: Bridge) throws -> Bool? {
    var stays = packet.outInterface == .none ? false : knowledge.decide(outInterface(bridge.name, wildcard: false))
    // Whether what is not translated was sent to the bridge, to be routed, or to a machine behind it is not known.
    if stays == true && !packet.isRedirected { stays = nil }
    var answers: [Bool?] = []
    func add(_ field: PhysdevMatch.Fields, _ value: Bool?) {
      if match.fields.contains(field) { answers.append(value.map { $0 != match.inverted.contains(field) }) }
    }
    add(.isBridged, stays)
    add(.isOut, stays)
    add(.isIn, true)
    if let name = match.inName { add(.inName, try self.holds(name, packet.source, bridge)) }
    if let name = match.outName {
      switch stays {
      case true?: add(.outName, try self.holds(name, packet.destination, bridge))
      // Without such a port it does not hold, inverted or not.
      case false?: answers.append(false)
      case nil: answers.append(nil)
      }
    }
    if answers.contains(false) { return false }
    return answers.contains(nil) ? nil : true
  }

  /// Whether the port behind which an address is has such a name.
  private func holds(_ name: InterfaceMatch, _ address: AddressKnowledge, _ bridge: Bridge) throws -> Bool? {
    let matching = bridge.ports.filter { name.wildcard ? $0.hasPrefix(name.name) : $0 == name.name }
    if matching.isEmpty { return false }
    if matching.count == bridge.ports.count { return true }
    guard case .known(let address) = address, let port = try node.routing.port(leadingTo: address),
      bridge.ports.contains(port)
    else { return nil }
    return matching.contains(port)
  }
}

extension PhysdevMatch {
  /// Whether it holds of a packet that no bridge shows.
  fileprivate var holdsWithoutBridge: Bool { fields.subtracting(inverted).isEmpty }
}

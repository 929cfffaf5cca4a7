/// Translations.
extension Walker {
  /// DNAT and REDIRECT. Of a range of addresses the kernel chooses by a hash of the client's address
  /// (find_best_ips_proto).
  func redirect(_ state: State, _ translation: Translation, to action: Action) throws -> [State] {
    func redirected(_ state: State, to destination: AddressKnowledge) -> State {
      let before = state.packet.endpoint
      var state = state
      state.packet.destination = destination
      if let ports = translation.ports {
        let isOne = ports.lowerBound == ports.upperBound
        state.packet.destinationPort = isOne ? ports.lowerBound : nil
      }
      // To where it goes anyway is no translation (nf_nat_setup_info compares the tuples).
      if state.packet.endpoint == nil || state.packet.endpoint != before { state.packet.state.insert(.dnat) }
      state.packet.isDestinationMapped = true
      return state
    }
    if case .redirect = action {
      // To an address of the interface that it comes by; without one the kernel drops it (nf_nat_redirect).
      if case .known(let name) = state.packet.inInterface, name != "lo",
        try node.routing.addresses(of: name, family: state.packet.family)?.isEmpty == true
      {
        finish([state], .unroutable(Refusal(.route, "REDIRECT finds no address on \(name)")))
        return []
      }
      return [redirected(state, to: .local)]
    }
    guard let range = translation.addresses else { return [redirected(state, to: state.packet.destination)] }
    guard let all = range.addresses(atMost: 256) else { return [redirected(state, to: .translated)] }
    guard all.count > 1 else { return all.map { redirected(state, to: .known($0)) } }
    let chosen = state.assuming(Fact(.chosen(.addressRange)))
    return all.map { redirected(chosen, to: .known($0)) }
  }

  func masquerade(_ state: State) throws -> State {
    guard case .known = state.packet.outInterface, case .known = state.packet.source else {
      return state.translatingSource(.masquerade, to: nil)
    }
    return state.translatingSource(.masquerade, to: try node.routing.masqueradeAddress(of: state.packet))
  }

  /// SNAT. Of a range of addresses the kernel chooses.
  func translate(_ state: State, _ translation: Translation) -> State {
    let range = translation.addresses.flatMap { $0.lowerBound == $0.upperBound ? $0.lowerBound : nil }
    return state.translatingSource(.snat(translation), to: range)
  }
}

extension ClosedRange<IPAddress> {
  /// The addresses of a small range, or nil if there are more than `limit`.
  func addresses(atMost limit: UInt32) -> [IPAddress]? {
    switch (lowerBound, upperBound) {
    case (.v4(let from), .v4(let to)):
      to - from < limit ? (from...to).map(IPAddress.v4) : nil
    case (.v6(let high, let from), .v6(let otherHigh, let to)):
      high == otherHigh && to - from < UInt64(limit) ? (from...to).map { .v6(high: high, low: $0) } : nil
    default: nil
    }
  }
}

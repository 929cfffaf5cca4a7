/// Where kernel and API cannot be held against each other: what v1 Endpoints leave out may be all that differs.
extension FrontendAnswer {
  /// Why they cannot; nil where they can, and without the API.
  var obstacle: String? { expected.flatMap(obstacle) }

  /// The same, if the API implied that.
  func obstacle(_ expected: ExpectedFrontend) -> String? {
    switch expected.verdict {
    case .unhandled: return nil
    case .unknown where expected.known.families.contains(expected.family):
      return expected.notes.contains(.nodeUnknown) ? "\(ExpectationNote.nodeUnknown)" : expected.verdict.reason
    default: break
    }
    guard expected.known.families.contains(expected.family) else {
      return "v1 Endpoints hold none of its \(expected.family.rawValue) endpoints"
    }
    let pairs = [(expected.endpoints, referenceEndpoints), (expected.endpointsInside, podEndpoints)]
    return pairs.lazy.compactMap { self.obstacle($0, here: $1, expected) }.first
  }

  private func obstacle(
    _ endpoints: [ExpectedEndpoint], here: Set<SocketAddress>, _ expected: ExpectedFrontend
  ) -> String? {
    let known = expected.known
    let there = Set(endpoints.map(\.address))
    if expected.notes.contains(.zoneUnknown), !here.isEmpty, here.isStrictSubset(of: there) {
      return "\(ExpectationNote.zoneUnknown)"
    }
    if !here.isSubset(of: there) {
      if known.isTruncated { return "v1 Endpoints hold only 1000 endpoints" }
      // Those that terminate serve where no other does.
      let isFallback = endpoints.isEmpty || expected.policy == .local && !endpoints.contains(where: \.isLocal)
      if !known.hasTerminating && isFallback { return "v1 Endpoints hold no endpoints that terminate" }
    } else if !known.hasHints, !here.isEmpty, here != there {
      return "v1 Endpoints do not say for which zones and nodes endpoints are meant"
    }
    // With the policy Local, packets are dropped where only other nodes have endpoints, and be it such that terminate.
    let mayBeElsewhere = expected.policy == .local && expected.verdict == .reject && trace.verdict == .drop
    return !known.hasTerminating && mayBeElsewhere ? "v1 Endpoints hold no endpoints that terminate" : nil
  }
}

extension Comparison {
  /// What could not be compared, with the frontends that it is true of.
  var obstacles: [Note] {
    // That nothing is known of endpoints at all is a note of its own: the API was asked for them.
    let open = answers.filter { $0.obstacle != nil && $0.obstacle != ExpectedVerdict.unknown.reason }
    return open.grouped { $0.obstacle ?? "" }.map { reason, answers in
      let places = answers.map(\.trace.frontend.text).joined(separator: ", ")
      return Note(
        subject(answers), "cannot be compared: the endpoints of \(places): \(reason)")
    }
  }
}

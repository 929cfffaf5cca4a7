extension ExpectedReport {
  init(_ expected: ExpectedFrontend) {
    let verdict: Verdict
    let kind: Reason.Kind
    switch expected.verdict {
    case .forward: (verdict, kind) = (.forward, .undecided)
    case .reject: (verdict, kind) = (.reject, .noEndpoints)
    case .drop: (verdict, kind) = (.drop, .noLocalEndpoints)
    case .unhandled: (verdict, kind) = (.unhandled, .notForProxy)
    case .unknown: (verdict, kind) = (.unknown, .undecided)
    }
    let inside = expected.endpointsInside.map(\.address)
    let endpoints = expected.endpoints.map(\.address)
    self.init(
      verdict: verdict, reason: expected.reason.map { Reason(kind, $0) }, endpoints: endpoints,
      endpointsInside: inside == endpoints ? nil : inside, notes: expected.notes.map(ExpectedNote.init))
  }
}

extension ExpectedFrontend {
  /// Why it is not forwarded: what the API lacks, where it lacks something.
  fileprivate var reason: String? { verdict == .reject ? lack?.description ?? verdict.reason : verdict.reason }
}

extension ExpectedNote {
  init(_ note: ExpectationNote) {
    let kind: Kind =
      switch note {
      case .narrowedToZone: .narrowedToZone
      case .narrowedToNode: .narrowedToNode
      case .terminatingFallback: .terminatingFallback
      case .allForLackOfLocal: .allForLackOfLocal
      case .noSourceRangesOfFamily: .noSourceRangesOfFamily
      case .nodeUnknown: .nodeUnknown
      case .zoneUnknown: .zoneUnknown
      case .fromEndpoints: .fromEndpoints
      case .fromSlices: .fromSlices
      case .truncated: .truncated
      case .needsGate: .needsGate
      }
    self.init(kind: kind, text: note.description)
  }
}

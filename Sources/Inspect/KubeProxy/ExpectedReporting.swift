extension ExpectedReport {
  init(_ expected: ExpectedFrontend) {
    let kind: Reason.Kind
    switch expected.verdict {
    case .forward: (verdict, kind) = (.forward, .undecided)
    case .reject: (verdict, kind) = (.reject, .noEndpoints)
    case .drop: (verdict, kind) = (.drop, .noLocalEndpoints)
    case .unhandled: (verdict, kind) = (.unhandled, .notForProxy)
    case .unknown: (verdict, kind) = (.unknown, .undecided)
    }
    reason = expected.verdict.reason.map { Reason(kind, $0) }
    endpoints = expected.endpoints.map(\.address)
    let inside = expected.endpointsInside.map(\.address)
    endpointsInside = inside == endpoints ? nil : inside
    notes = expected.notes.map(ExpectedNote.init)
  }
}

extension ExpectedNote {
  init(_ note: ExpectationNote) {
    switch note {
    case .narrowedToZone: kind = .narrowedToZone
    case .narrowedToNode: kind = .narrowedToNode
    case .terminatingFallback: kind = .terminatingFallback
    case .allForLackOfLocal: kind = .allForLackOfLocal
    case .noSourceRangesOfFamily: kind = .noSourceRangesOfFamily
    case .zoneUnknown: kind = .zoneUnknown
    case .fromEndpoints: kind = .fromEndpoints
    case .fromSlices: kind = .fromSlices
    case .truncated: kind = .truncated
    case .needsGate: kind = .needsGate
    }
    text = note.description
  }
}

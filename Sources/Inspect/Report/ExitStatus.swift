/// What a program ends with that gives an answer.
extension Trace {
  /// 0 answered and healthy, 1 something is wrong, 2 cannot tell.
  public var exitStatus: Int32 {
    if verification?.contains(where: \.isDoubtful) == true { return 2 }
    // What becomes of the one packet is what was asked: if it arrives where it should, what is wrong for others does not
    // matter.
    let asked = frontends.filter { $0.from != nil && !$0.isLeftAlone }
    let arrives =
      asked.allSatisfy { $0.verdict == .forward && $0.exceptions == nil }
      && !findings.contains { [.replyElsewhere, .conntrackStale].contains($0.id) }
    if !asked.isEmpty, arrives, !asked.contains(where: goesAstray) { return 0 }
    if findings.contains(where: { $0.severity != .info }) { return 1 }
    if frontends.contains(where: { $0.verdict == .uncertain }) { return 2 }
    guard asked.isEmpty else { return 1 }
    return frontends.contains { $0.uncompared != nil } ? 2 : 0
  }

  /// Whether some of a frontend's packets go to an endpoint that the API does not have.
  private func goesAstray(_ frontend: FrontendReport) -> Bool {
    let unexpected = Set(findings.flatMap(\.evidence).filter { $0.difference == .unexpected }.compactMap(\.endpoint))
    return frontend.endpoints.contains { unexpected.contains($0.place) }
  }
}

extension ServiceList {
  /// 0 all is well, 1 something is wrong, 2 cannot tell.
  public var exitStatus: Int32 {
    if (findings + items.flatMap(\.findings)).contains(where: { $0.severity != .info }) { return 1 }
    return items.flatMap(\.frontends).contains { $0.verdict == .uncertain || $0.uncompared != nil } ? 2 : 0
  }
}

extension ConnectionList {
  /// 0 all is well, 1 something is wrong, 2 cannot tell.
  /// - Parameter isJudged: whether it was asked which connections go astray.
  public func exitStatus(isJudged: Bool) -> Int32 {
    if findings.contains(where: { $0.severity != .info }) { return 1 }
    return isJudged && unjudged != nil ? 2 : 0
  }
}

/// What makes two frontends differ: their modes, their releases, how kube-proxy was started, or something else.
///
/// Where the API is known it is the judge: what the objects of one side imply in the mode, the release and with the settings of the
/// other side is what the other side does, and each does what its own objects imply. A difference of modes has to be one of those
/// that are documented, besides.
struct FrontendJudge {
  let before: ForwardedNode
  let after: ForwardedNode
  let one: ForwardedNode.Item?
  let other: ForwardedNode.Item?

  func kind(
    _ place: FrontendAddress, _ was: ForwardedFrontend?, _ now: ForwardedFrontend?
  ) -> (ForwardingDiff.Kind, [ModeDifference]) {
    let modes = before.mode == after.mode ? nil : modes(was, now)
    switch isAsImplied(place, was, now) {
    case false?: return (.differ, [])
    case nil:
      // Without the API what is documented of the modes is all that there is to judge by.
      return modes.map { (.mode, $0) } ?? (.differ, [])
    case true?:
      if let modes { return (.mode, modes) }
      if before.settings != after.settings { return (.settings, []) }
      return before.versions.first == after.versions.first ? (.differ, []) : (.release, [])
    }
  }

  /// nil without the API on both sides.
  private func isAsImplied(_ place: FrontendAddress, _ was: ForwardedFrontend?, _ now: ForwardedFrontend?) -> Bool? {
    func holds(_ form: CanonicalForwarding?, _ frontend: ForwardedFrontend?) -> Bool? {
      form?.form.map { $0.frontends.first { $0.place == place } == frontend }
    }
    if let one, before.expectation != nil, let isImplied = holds(before.implied(one, like: after), now) {
      return isImplied && holds(one.forwarding.expected, was) == true
    }
    if let other, after.expectation != nil, let isImplied = holds(after.implied(other, like: before), was) {
      return isImplied && holds(other.forwarding.expected, now) == true
    }
    // One side's API has no such service: it came, or it went.
    return before.expectation == nil && after.expectation == nil ? nil : false
  }

  // MARK: - What is documented of modes

  /// nil where something differs that is not.
  private func modes(_ was: ForwardedFrontend?, _ now: ForwardedFrontend?) -> [ModeDifference]? {
    guard let was, let now, was.affinitySeconds == now.affinitySeconds, was.sourceRanges == now.sourceRanges else {
      return nil
    }
    var found: [ModeDifference] = []
    for source in SourceClass.allCases where was[source] != now[source] {
      guard let difference = mode(source, was, now) else { return nil }
      if !found.contains(difference) { found.append(difference) }
    }
    return found
  }

  private func mode(_ source: SourceClass, _ was: ForwardedFrontend, _ now: ForwardedFrontend) -> ModeDifference? {
    if (before.mode == .ipvs) != (after.mode == .ipvs) {
      let (ipvs, others) = before.mode == .ipvs ? (was, now) : (now, was)
      if let difference = modeOfIPVS(source, ipvs, others) { return difference }
    }
    guard source == .node, let old = was.node.only, let new = now.node.only else { return nil }
    let passes = [old.verdict, new.verdict]
    let (rules, others) = before.mode == .iptables ? (passes[0], passes[1]) : (passes[1], passes[0])
    if [before.mode, after.mode].contains(.iptables), rules == .unhandled, others == .reject || others == .drop {
      return .ownPackets
    }
    // Up to 1.32 nftables mode drops before it translates.
    let (nftables, rest) = before.mode == .nftables ? (was, now) : (now, was)
    let isDropped = nftables.node.only?.verdict == .drop && rest.node.only?.verdict == .forward
    return isDropped && [before.mode, after.mode].contains(.nftables) && nftables.outside.only?.verdict == .drop
      ? .ownPackets : nil
  }

  private func modeOfIPVS(
    _ source: SourceClass, _ ipvs: ForwardedFrontend, _ others: ForwardedFrontend
  ) -> ModeDifference? {
    guard let here = ipvs[source].only, let there = others[source].only, let outside = ipvs.outside.only else {
      return nil
    }
    if there.verdict == .drop, here.verdict == .forward || here.verdict == .reject { return .localWithoutEndpoints }
    let isInside = source != .outside && here.verdict == .forward && there.verdict == .forward
    return isInside && here.endpoints == outside.endpoints && others.outside.only?.endpoints == outside.endpoints
      ? .localFromInside : nil
  }
}

extension [PacketFate] {
  /// Where all packets of a class fare alike.
  fileprivate var only: PacketFate? { count == 1 ? first : nil }
}

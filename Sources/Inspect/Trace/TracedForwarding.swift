/// The canonical form of what a kernel does.
extension CanonicalForwarding {
  /// - Parameter nodeAddresses: those that the API has for the node, and it has.
  init(_ answers: [FrontendAnswer], nodeAddresses: [IPAddress]) {
    var frontends: [Result<ForwardedFrontend, Doubt>] = []
    // A node port that is answered for at several addresses is one frontend.
    for (place, answers) in answers.filter({ !$0.isUnallocated }).grouped(by: \.formPlace) {
      guard place.address == nil else {
        frontends += answers.map { $0.form(at: place) }
        continue
      }
      let own = nodeAddresses.first { $0.family == place.family }
      if let answer = answers.first(where: { $0.answers(at: own) }) { frontends.append(answer.form(at: place)) }
    }
    self.init(frontends)
  }
}

extension FrontendAnswer {
  /// Its address; none for a node port, at whichever address it was asked for.
  fileprivate var formPlace: FrontendAddress {
    var place = trace.frontend.place
    if trace.frontend.kind == .nodePort { place.address = nil }
    return place
  }

  /// Whether a node port is told of as it is at an address: that one, or any where it is not known or the port is the same at all.
  fileprivate func answers(at own: IPAddress?) -> Bool {
    guard let own, let address = trace.frontend.address else { return true }
    return own == address
  }

  fileprivate func form(at place: FrontendAddress) -> Result<ForwardedFrontend, CanonicalForwarding.Doubt> {
    func doubt(_ reason: String) -> Result<ForwardedFrontend, CanonicalForwarding.Doubt> {
      .failure(CanonicalForwarding.Doubt(reason: "\(place.text): \(reason)"))
    }
    if trace.verdict == .uncertain { return doubt(trace.reason?.text ?? "it cannot be told") }
    guard let fates = trace.fates else { return doubt("one packet alone was walked") }
    do throws(CanonicalForwarding.Doubt) {
      var frontend = ForwardedFrontend(
        place: place, affinitySeconds: nil, sourceRanges: nil, pods: try fates.pods.form,
        node: try fates.node.form.map(\.unmasqueraded),
        outside: try fates.outside.form)
      if frontend.isForwarded { frontend.affinitySeconds = trace.affinitySeconds.map(Int.init) }
      if let address = place.address, let ranges = fates.outside.sourceRanges(besides: address) {
        frontend.limit(to: ranges)
      }
      return .success(frontend)
    } catch {
      return doubt(error.reason)
    }
  }
}

extension ForwardedFrontend {
  /// Whether anybody's packets are.
  var isForwarded: Bool { SourceClass.allCases.contains { self[$0].contains { $0.verdict == .forward } } }

  /// Where the source's address decides, classes of sources do not: what is told is what becomes of the ranges, and of others.
  fileprivate mutating func limit(to ranges: [IPPrefix]) {
    sourceRanges = ranges
    pods = []
    node = []
    outside = outside.map { fate in
      var fate = fate
      fate.when = fate.verdict == .forward ? nil : PacketFate.otherSources
      return fate
    }
  }
}

extension PacketFate {
  fileprivate var unmasqueraded: PacketFate {
    var fate = self
    fate.masquerade = nil
    return fate
  }

  /// In the place of a condition: sources in none of the ranges.
  static let otherSources = "other sources"
}

extension SourceFate {
  /// - Throws: where it is not certain, or a condition has too many parts to be told in whole.
  fileprivate var form: [PacketFate] {
    get throws(CanonicalForwarding.Doubt) {
      switch self {
      case .uncertain(let reason): throw CanonicalForwarding.Doubt(reason: reason)
      case .certain(let parts):
        var fates: [PacketFate] = []
        for part in parts { fates.append(try part.form) }
        return fates
      }
    }
  }

  /// Which sources are forwarded, where nothing but the source's address tells them from others; nil where something else does, or
  /// all fare alike.
  /// - Parameter address: the frontend's own, from which only the node itself may send.
  fileprivate func sourceRanges(besides address: IPAddress) -> [IPPrefix]? {
    guard case .certain(let parts) = self, parts.count > 1 else { return nil }
    let forwarded = parts.filter { $0.verdict == .forward }
    guard forwarded.count == 1, parts.count == 2, let when = forwarded[0].when, let ranges = when.sourcePrefixes else {
      return nil
    }
    return ranges.filter { $0 != IPPrefix(address) }.outermost.sorted()
  }
}

extension SourceFate.Part {
  fileprivate var form: PacketFate {
    get throws(CanonicalForwarding.Doubt) {
      let masquerade: MasqueradeClass? =
        switch masquerade {
        case nil: nil
        case .always: .always
        case .never: .never
        case .conditional(let when): .when(try when.formText)
        case .uncertain: throw CanonicalForwarding.Doubt(reason: "whether packets are masqueraded cannot be told")
        }
      return PacketFate(
        when: try when?.formText, verdict: verdict, masquerade: masquerade, endpoints: forwardedEndpoints)
    }
  }

  /// Shares of endpoints that have the same chance are told by their number: those of rules are rounded, and not all in one way.
  private var forwardedEndpoints: [ForwardedEndpoint] {
    let shares = endpoints.map(\.share)
    let isEven = (shares.max() ?? 0) <= 1.01 * (shares.min() ?? 0)
    let even = ForwardedEndpoint.evenShare(among: max(1, endpoints.count))
    return endpoints.map { address, share in
      ForwardedEndpoint(
        address: address, share: isScheduled ? nil : isEven ? even : Int((share * 1000).rounded()))
    }
  }
}

extension PacketCondition {
  /// The words for it, which are the same for the same packets.
  fileprivate var formText: String {
    get throws(CanonicalForwarding.Doubt) {
      let isWhole = any?.allSatisfy { alternative in
        let values = [
          alternative.source, alternative.sourcePort, alternative.inInterface, alternative.destination,
          alternative.destinationPort, alternative.outInterface, alternative.outInterfaceAnew, alternative.endpoint,
        ]
        return values.allSatisfy { $0?.omitted == nil }
      }
      guard isWhole == true else {
        throw CanonicalForwarding.Doubt(reason: "it depends on more than can be listed: \(text)")
      }
      return text
    }
  }

  /// The sources that it means, where it means nothing else.
  var sourcePrefixes: [IPPrefix]? {
    var ranges: [IPPrefix] = []
    for alternative in any ?? [] {
      var others = alternative
      others.source = nil
      guard others == PacketCondition.Alternative(), let source = alternative.source, let within = source.in,
        source.not == nil, source.omitted == nil, source.local == nil
      else { return nil }
      ranges += within.compactMap { IPPrefix($0) }
    }
    return ranges.isEmpty ? nil : ranges
  }
}

import Inspect

/// A frontend in a list of services, in words.
struct ServiceRow {
  /// What becomes of packets to it, worst first.
  enum Verdict: String, CaseIterable {
    case refused, dropped, uncertain
    /// To endpoints, and something is wrong or could not be looked at.
    case forwarded
    /// Nothing takes them.
    case absent
    /// To endpoints, as it should be.
    case ok
  }

  let service: String
  let port: String
  let kind: String
  let address: String
  /// Those that get packets, of those that there are.
  var endpoints = ""
  /// Where packets are sent to; nil before that is known.
  private var places: [SocketAddress]?
  var verdict = Verdict.ok
  var why = ""
  /// Of packets to it, where that is watched.
  var rate = ""
  /// Whether it is as it should not be, as far as kpx can tell.
  var isProblem = false

  /// What is known before packets are walked.
  /// - Parameter isOfTwoFamilies: whether the service has this node port in each family.
  init(service: String?, _ frontend: Frontend, isOfTwoFamilies: Bool) {
    self.init(
      service: service, port: frontend.portName, kind: frontend.kind, frontend.place, isOfTwoFamilies: isOfTwoFamilies)
  }

  /// - Parameter problem: the first finding that matters of those on this frontend.
  init(service: String?, _ frontend: FrontendReport, problem: Finding?, isOfTwoFamilies: Bool) {
    self.init(
      service: service, port: frontend.portName, kind: frontend.kind, frontend.place, isOfTwoFamilies: isOfTwoFamilies)
    let places = Set(frontend.endpoints.map(\.place)).sorted()
    let unused = frontend.unused?.count ?? 0
    // Where clients outside get to none, pods of this node may.
    let reached = [.reject, .drop].contains(frontend.verdict) ? 0 : places.count
    endpoints = "\(reached)" + (reached == places.count + unused ? "" : "/\(places.count + unused)")
    self.places = places
    why = problem.map { "\(Self.words($0, frontend)) [\($0.id)]" } ?? Self.why(frontend)
    verdict =
      switch frontend.verdict {
      case .forward: problem == nil && frontend.uncompared == nil ? .ok : .forwarded
      case .reject: .refused
      case .drop: .dropped
      case .unhandled: .absent
      case .uncertain: .uncertain
      }
    isProblem = problem != nil || verdict != .ok && !frontend.isLeftAlone
  }

  private init(
    service: String?, port: String?, kind: FrontendKind?, _ place: FrontendAddress, isOfTwoFamilies: Bool
  ) {
    self.service = service ?? "<unknown>"
    self.port = port.flatMap { $0.isEmpty ? nil : $0 } ?? "<none>"
    self.kind = kind?.rawValue ?? "<unknown>"
    // As ss(8) has what listens at any address: else two rows of one node port would be the same.
    let any = place.family == .v4 ? "0.0.0.0" : "[::]"
    address = (place.address == nil && isOfTwoFamilies ? any : "") + place.text
  }

  /// Where packets are sent to.
  var endpointAddresses: String {
    guard let places else { return "" }
    return places.isEmpty ? "<none>" : places.map { "\($0)" }.joined(separator: ",")
  }

  private static func why(_ frontend: FrontendReport) -> String {
    if frontend.verdict != .forward { return frontend.shownReason?.text ?? "" }
    return frontend.uncompared.map { "not compared with the API: \($0)" } ?? ""
  }

  /// A finding in few words, beside the address that it is about.
  private static func words(_ finding: Finding, _ frontend: FrontendReport) -> String {
    switch finding.id {
    case .noEndpoints: frontend.expected?.reason?.text ?? "no endpoint is ready"
    case .noLocalEndpoints: "no endpoint on this node, and the policy is Local"
    case .localFallback: "no endpoint on this node: IPVS sends to all, against the policy Local"
    case .endpointDrift: drift(finding, isInAPI: frontend.expected != nil)
    case .rejectShadow, .verdictDrift:
      frontend.expected.map { "by the API it should be \(past($0.verdict))" } ?? finding.message
    case .dropped, .rejected, .droppedByRule, .endpointUnroutable:
      frontend.reason?.text ?? finding.message
    default: finding.message
    }
  }

  private static func past(_ verdict: ExpectedReport.Verdict) -> String {
    switch verdict {
    case .forward: "forwarded"
    case .reject: "refused"
    case .drop: "dropped"
    case .unhandled: "left alone"
    case .unknown: "something that is not known"
    }
  }

  /// `lacks 10.244.1.5:80 and 2 more, which the API has; has 10.244.1.9:80, which the API has not`
  private static func drift(_ finding: Finding, isInAPI: Bool) -> String {
    func list(_ difference: Finding.Evidence.Difference) -> String? {
      let endpoints = finding.evidence.filter { $0.difference == difference }.compactMap(\.endpoint)
      return endpoints.first.map { endpoints.count == 1 ? "\($0)" : "\($0) and \(endpoints.count - 1) more" }
    }
    guard isInAPI else { return "the API does not have it" }
    let parts = [
      list(.missing).map { "lacks \($0), which the API has" },
      list(.unexpected).map { "has \($0), which the API has not" },
    ]
    return parts.compactMap(\.self).joined(separator: "; ")
  }
}

extension ServiceList.Item {
  /// `yaobank/summary`; nil where no rule says it.
  var name: String? { service.map { "\($0.namespace)/\($0.name)" } }

  /// A row for each frontend.
  var rows: [ServiceRow] { rows(.none) }

  /// The same, with the rates of packets to each.
  func rows(_ rates: CounterRates) -> [ServiceRow] {
    var problems: [FrontendAddress: Finding] = [:]
    for finding in findings where finding.severity != .info {
      for place in finding.subject.frontends ?? [] where problems[place] == nil { problems[place] = finding }
    }
    let doubled = frontends.map(\.place).nodePortsOfTwoFamilies
    return frontends.map {
      var row = ServiceRow(
        service: name, $0, problem: problems[$0.place], isOfTwoFamilies: doubled.contains($0.place.inNoFamily))
      row.rate = rates.text(of: $0.counter)
      return row
    }
  }
}

extension [FrontendAddress] {
  /// Node ports that are there in each family.
  var nodePortsOfTwoFamilies: Set<String> {
    let texts = filter { $0.address == nil }.map(\.inNoFamily)
    return Set(Dictionary(grouping: texts) { $0 }.filter { $0.value.count > 1 }.keys)
  }
}

extension FrontendAddress {
  /// The same for both families of a node port; of no other use.
  var inNoFamily: String { address == nil ? text : "" }
}

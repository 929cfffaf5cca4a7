import Inspect

/// A trace for a person at a terminal: the answer, and remarks on it that are for standard error.
struct TraceText {
  private let trace: Trace
  private let terminal: Terminal
  private let isWide: Bool
  private let rates: CounterRates
  private var lines: [String] = []
  private var remarkLines: [String] = []
  /// Tables of endpoints that are there already, by what is in them.
  private var tables: [EndpointTable.Rows: String] = [:]
  /// Rules whose counters are there already: an endpoint's counts for all addresses of the service.
  private var counted: Set<Counter> = []

  /// - Parameter rates: shown beside what they are the rates of.
  init(_ trace: Trace, terminal: Terminal, isWide: Bool, rates: CounterRates = .none) {
    self.trace = trace
    self.rates = rates
    self.terminal = terminal
    self.isWide = isWide
    writeHeading()
    for note in trace.notesOnNothing.dropFirst() { add(printable(note.text)) }
    for frontend in trace.frontends { write(frontend) }
    writeFindings()
    writeRemarks()
  }

  var text: String { lines.joined(separator: "\n") + "\n" }

  /// What the answer rests on, and what it could not tell.
  var remarks: String { remarkLines.map { $0 + "\n" }.joined() }

  /// A sentence or heading, in as many lines as the terminal wants.
  private mutating func add(_ line: String) { lines += terminal.wrapped(line) }

  // MARK: - Heading

  private mutating func writeHeading() {
    let name = trace.service.map { "\($0.namespace)/\($0.name)" } ?? "no known service"
    let addresses = trace.service?.clusterIPs.map { $0.joined(separator: ", ") } ?? ""
    let left = [terminal.bold(printable(name)), printable(trace.service?.type ?? ""), printable(addresses)]
    let right = [trace.node.name.map { "node \(printable($0))" } ?? "", proxyText]
    add(left.filter { !$0.isEmpty }.joined(separator: "  "))
    add(TraceOutcome(trace).text(terminal))
    add(terminal.faint(right.filter { !$0.isEmpty }.joined(separator: ", ")))
  }

  private var proxyText: String {
    let source = isWide ? trace.proxy.versionSource.map { "; its release by \($0)" } ?? "" : ""
    return trace.proxy.text + source
  }

  // MARK: - Frontends

  private mutating func write(_ frontend: FrontendReport) {
    add("")
    add(title(of: frontend))
    if let origin = frontend.from { add("  from " + printable(text(of: origin))) }
    writePath(frontend)
    if frontend.verdict == .forward { writeConditions(frontend) }
    writeEndpoints(frontend)
    for stray in frontend.strays ?? [] { add("  " + terminal.yellow(printable(stray.text))) }
    writeExceptions(frontend)
    writeRules(frontend)
  }

  /// `10.244.1.5, pod default/client, arriving by cali0a1b2c3d4e5`
  private func text(of origin: OriginReport) -> String {
    let address = origin.address.map { "\($0)" }
    switch origin.kind {
    case .node: return "this node" + (address.map { ", as \($0)" } ?? "")
    case .external: return "outside the cluster"
    case .address, .pod:
      let way =
        origin.local
        ? "this node's own" : origin.interface?.value.map { "arriving by \($0)" } ?? "by which interface is not known"
      return [address, origin.pod.map { "pod \($0)" }, way].compactMap(\.self).joined(separator: ", ")
    }
  }

  private func title(of frontend: FrontendReport) -> String {
    let name = frontend.portName.map { $0.isEmpty ? "" : printable($0) + "  " } ?? ""
    let kind = frontend.kind?.rawValue ?? ""
    var title = terminal.bold(name + frontend.place.text) + "  " + kind + "  " + styled(frontend.verdict)
    if let when = frontend.when { title += " if " + shown(when.text) }
    if frontend.verdict != .forward, let reason = frontend.shownReason { title += ": " + shown(reason.text) }
    if let packets = frontend.packets {
      title += terminal.faint("  " + counted(packets, frontend) + rate(of: frontend.counter))
    }
    return title
  }

  private func rate(of counter: Counter) -> String {
    let text = rates.text(of: counter)
    return text.isEmpty ? "" : " " + text
  }

  /// A nat table meets the first packet of a connection alone; IPVS, and rules that drop or reject, count packets.
  private func counted(_ packets: UInt64, _ frontend: FrontendReport) -> String {
    let what = frontend.countsConnections ? "connection" : "packet"
    return "\(packets) \(what)\(packets == 1 ? "" : "s")"
  }

  /// Text whose length has no bound, cut for people.
  private func shown(_ text: String) -> String {
    let text = printable(text)
    guard !isWide, text.utf8.count > Self.longest else { return text }
    return text.prefix(Self.longest) + "... (-o wide shows it whole)"
  }

  private static let longest = 400

  private func styled(_ verdict: Verdict) -> String {
    switch verdict {
    case .forward: terminal.green(verdict.rawValue)
    case .reject, .drop: terminal.red(verdict.rawValue)
    case .unhandled, .uncertain: terminal.yellow(verdict.rawValue)
    }
  }

  /// `PREROUTING, OUTPUT > KUBE-SERVICES rule 2 > KUBE-SVC-…`
  private mutating func writePath(_ frontend: FrontendReport) {
    let leading = (frontend.path ?? []).filter { $0.leading == true }
    guard let first = leading.first else { return }
    var parts = [start(first, frontend.hooks ?? [])]
    parts += leading.dropFirst().map { printable($0.place) }
    if let target = leading.last?.target { parts.append(printable(target)) }
    wrap(parts, separator: " > ", indent: 2)
  }

  /// The hooks where nat picks the service, or the chain that a packet met later.
  private func start(_ first: StepReport, _ hooks: [String]) -> String {
    let isNAT = first.kind == .rule && first.chain?.lowercased().contains("prerouting") == true
    return isNAT && !hooks.isEmpty ? hooks.joined(separator: ", ") : printable(first.chain ?? first.place)
  }

  /// Joins parts, breaking lines between them where a terminal is too narrow.
  private mutating func wrap(_ parts: [String], separator: String, indent: Int) {
    var line = String(repeating: " ", count: indent)
    for (index, part) in parts.enumerated() {
      let text = (index == 0 ? "" : separator) + part
      if terminal.wraps, let width = terminal.width, index > 0, line.count + text.count > width {
        lines.append(terminal.faint(line))
        line = String(repeating: " ", count: indent + 2) + separator.drop { $0 == " " } + part
      } else {
        line += text
      }
    }
    lines.append(terminal.faint(line))
  }

  private mutating func writeConditions(_ frontend: FrontendReport) {
    switch frontend.masquerade {
    case .always: add("  masquerade always")
    case .never: add("  masquerade never: endpoints see the client's address")
    case .conditional: add("  masquerade " + (frontend.masqueradeWhen.map(text) ?? ""))
    case .uncertain: add("  " + terminal.yellow("masquerade uncertain"))
    }
    for service in frontend.virtualServices ?? [] where service.realServers.map({ $0.count > 1 }) == true {
      add("  scheduler  \(printable(service.scheduler))\(schedulingText(service))")
    }
    if let seconds = frontend.affinitySeconds {
      add("  affinity   a client keeps its endpoint for \(seconds) s; shares are for new clients")
    }
  }

  private func schedulingText(_ service: VirtualServiceReport) -> String {
    switch service.schedulesBy {
    case nil: ""
    case .source?: ": the client's address decides"
    case .destination?: ": the address decides that clients connect to"
    case .load?: ": the endpoints' connections decide"
    }
  }

  /// `for clients outside the cluster (if not from this node and source outside 10.244.0.0/16)`
  private func text(of condition: PacketCondition) -> String {
    let exactly = "if " + shown(condition.text)
    return condition.clients.map { "for \($0.text) (\(exactly))" } ?? exactly
  }

  // MARK: - Endpoints

  /// Endpoints in one table; those that only some packets reach under a line that says which.
  private mutating func writeEndpoints(_ frontend: FrontendReport) {
    var order: [PacketCondition?] = []
    for endpoint in frontend.endpoints where !order.contains(endpoint.when) { order.append(endpoint.when) }
    let differences = trace.differences(at: frontend.place)
    let others = frontend.endpointsWithoutPackets(differences)
    for when in order {
      if let when { add("  \(text(of: when)):") }
      var meant = frontend.endpoints.filter { $0.when == when }
      if order.count == 1 { meant += others }
      writeTable(of: frontend, meant, differences, indent: when == nil ? 2 : 4)
    }
    if order.count != 1, !others.isEmpty { writeTable(of: frontend, others, differences, indent: 2) }
  }

  /// What chance alone keeps from the endpoints, or one packet; other exceptions show in the verdict's condition.
  private mutating func writeExceptions(_ frontend: FrontendReport) {
    for exception in frontend.exceptions ?? [] where exception.when == nil {
      let reason = exception.reason.map { ": \(printable($0.text))" } ?? ""
      add("  \(percent(exception.share))  \(styled(exception.verdict))\(reason)")
    }
  }

  private mutating func writeTable(
    of frontend: FrontendReport, _ endpoints: [EndpointReport],
    _ differences: [SocketAddress: Finding.Evidence.Difference],
    indent: Int
  ) {
    let table = EndpointTable(
      endpoints, differences, countsConnections: frontend.dataplane != .ipvs, isWide: isWide, counted: counted,
      rates: rates)
    counted.formUnion(endpoints.map(\.counter))
    // Who reads by eye reads a long table once.
    if terminal.folds, !isWide, endpoints.count >= Self.longTable, let same = tables[table.rows] {
      add(String(repeating: " ", count: indent) + "the same \(endpoints.count) endpoints as \(same)")
      return
    }
    tables[table.rows] = frontend.place.text
    lines += table.lines(indent: indent, terminal: terminal)
  }

  private static let longTable = 4

  // MARK: - Rules

  /// Names of nftables mode may be longer, and leave no room for rules.
  private static let longestPlace = 44

  /// Every rule that one packet meets, or in the wide form all of the path.
  private mutating func writeRules(_ frontend: FrontendReport) {
    guard isWide || frontend.from != nil, let path = frontend.path, !path.isEmpty else { return }
    let end = frontend.endpoints.count > 1 ? frontend.endpoints.first { $0.isAtEnd(of: path) } : nil
    add("  rules met" + (end.map { " on the way to \($0.place)" } ?? "") + ":")
    let rules = path.map { RuleLine($0, isWide: isWide) }
    let width = rules.map(\.place.count).filter { $0 <= Self.longestPlace }.max() ?? 0
    for rule in rules { lines += rule.lines(indent: 4, placeWidth: width, terminal: terminal) }
  }

  // MARK: - Findings

  private mutating func writeFindings() {
    let verification = (trace.verification ?? []).flatMap(\.lines)
    guard !trace.findings.isEmpty || !verification.isEmpty else { return }
    add("")
    for finding in trace.findings { write(finding) }
    for line in verification { add(line) }
  }

  private mutating func write(_ finding: Finding) {
    add(terminal.heading(of: finding))
    for evidence in finding.evidence where !evidence.text.isEmpty && !isShown(evidence) {
      add("  " + shown(evidence.text))
    }
    for advice in finding.advice { add("  " + printable(advice.text)) }
  }

  /// Whether a frontend's own line says it.
  private func isShown(_ evidence: Finding.Evidence) -> Bool {
    trace.frontends.contains { frontend in
      frontend.verdict != .forward
        && frontend.shownReason.map { "\(frontend.place.text): \($0.text)" } == evidence.text
    }
  }

  private mutating func writeRemarks() {
    if isWide, let api = trace.api { remarkLines.append(printable(api.text)) }
    let told = Set(trace.notesOnNothing.map(\.text))
    for note in trace.notes where !told.contains(note.text) {
      remarkLines += terminal.wrapped("note: \(printable(note.text))")
    }
  }
}

/// `33.3%`
func percent(_ share: Double) -> String {
  let tenths = Int((share * 1000).rounded())
  return share > 0 && tenths == 0 ? "<0.1%" : "\(tenths / 10).\(tenths % 10)%"
}

extension FrontendReport {
  /// Why packets get no further; of what is left alone, why that is meant.
  var shownReason: Reason? { isLeftAlone ? expected?.reason : reason }

  fileprivate var countsConnections: Bool { dataplane != .ipvs && verdict == .forward }

  /// Those that get no packet: not ready, or in the API and not in the kernel.
  fileprivate func endpointsWithoutPackets(
    _ differences: [SocketAddress: Finding.Evidence.Difference]
  ) -> [EndpointReport] {
    let known = Set((endpoints + (unused ?? [])).map(\.place))
    let missing = differences.filter { $0.value == .missing && !known.contains($0.key) }.keys.sorted()
    return (unused ?? []) + missing.map { EndpointReport(missing: $0) }
  }
}

extension EndpointReport {
  /// Whether a path leads to it.
  fileprivate func isAtEnd(of path: [StepReport]) -> Bool {
    path.contains {
      chain != nil && $0.chain == chain && $0.rule == rule
        || virtualService != nil && $0.virtualService == virtualService
    }
  }
}

extension Trace {
  /// How the endpoints of a frontend differ between kernel and API.
  fileprivate func differences(at place: FrontendAddress) -> [SocketAddress: Finding.Evidence.Difference] {
    let meant = findings.filter { $0.subject.frontends?.contains(place) == true }
    return meant.flatMap(\.evidence).reduce(into: [:]) { found, evidence in
      guard let difference = evidence.difference, let endpoint = evidence.endpoint else { return }
      found[endpoint] = difference
    }
  }
}

extension PacketCondition.Clients {
  fileprivate var text: String {
    switch self {
    case .outside: "clients outside the cluster"
    case .inside: "pods and this node"
    }
  }
}

extension StepReport {
  /// `KUBE-SERVICES rule 2`, `FORWARD policy`, `10.96.0.1:80/TCP`
  var place: String {
    switch kind {
    case .rule: (chain ?? "") + (rule.map { " rule \($0)" } ?? "")
    case .policy: (chain ?? "") + " policy"
    case .virtualService: virtualService ?? ""
    }
  }
}

extension APIOrigin {
  /// `API https://10.0.0.1:6443, by /etc/kubernetes/admin.conf, context admin, client certificate`
  var text: String {
    let parts = [source, context.map { "context \($0)" }, credential].compactMap(\.self).joined(separator: ", ")
    return server.map { "API \($0), by \(parts)" } ?? "API by \(parts)"
  }
}

import Inspect

/// A trace for a person at a terminal.
struct TraceText {
  private let trace: Trace
  private let terminal: Terminal
  private let isWide: Bool
  private var lines: [String] = []

  init(_ trace: Trace, terminal: Terminal, isWide: Bool) {
    self.trace = trace
    self.terminal = terminal
    self.isWide = isWide
    writeHeading()
    for frontend in trace.frontends { write(frontend) }
    writeVerdict()
    if lines.last == "" { lines.removeLast() }
  }

  var text: String { lines.joined(separator: "\n") + "\n" }

  /// A sentence or heading, in as many lines as the terminal wants.
  private mutating func add(_ line: String) { lines += terminal.wrapped(line) }

  // MARK: - Heading

  private mutating func writeHeading() {
    let name = trace.service.map { "\($0.namespace)/\($0.name)" } ?? "no known service"
    let addresses = trace.service?.clusterIPs.map { $0.joined(separator: ", ") } ?? ""
    let left = [terminal.bold(printable(name)), printable(trace.service?.type ?? ""), printable(addresses)]
    let right = [trace.node.name.map { "node \(printable($0))" } ?? "", proxyText]
    add(left.filter { !$0.isEmpty }.joined(separator: "  "))
    add(terminal.faint(right.filter { !$0.isEmpty }.joined(separator: ", ")))
    if isWide, let api = trace.api { add(terminal.faint(printable(api.text))) }
  }

  private var proxyText: String {
    let proxy = trace.proxy
    guard proxy.mode != .none else { return "no rules of kube-proxy" }
    let backend = proxy.backend.map { " (\($0.rawValue))" } ?? ""
    let version = proxy.version.map { " \($0.min)" + ($0.max == $0.min ? "" : "+") } ?? ""
    let source = isWide ? proxy.versionSource.map { ", by \($0)" } ?? "" : ""
    return "kube-proxy\(version) \(proxy.mode.rawValue)\(backend)\(source)"
  }

  // MARK: - Frontends

  private mutating func write(_ frontend: FrontendReport) {
    add("")
    add(title(of: frontend))
    if let origin = frontend.from { add("  from " + printable(text(of: origin))) }
    writePath(frontend)
    if frontend.verdict == .forward { writeConditions(frontend) }
    writeEndpoints(frontend)
    writeExceptions(frontend)
    let path = frontend.path ?? []
    if frontend.from != nil, frontend.endpoints.count > 1,
      let end = frontend.endpoints.first(where: { $0.isAtEnd(of: path) })
    {
      add("  rules met on the way to \(end.place):")
    }
    if isWide || frontend.from != nil { writeRules(path) }
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
    if let when = frontend.when { title += " if \(printable(when.text))" }
    if frontend.verdict != .forward, let reason = shownReason(frontend) { title += ": \(printable(reason.text))" }
    if let packets = frontend.packets { title += terminal.faint("  \(packets) packet\(packets == 1 ? "" : "s")") }
    return title
  }

  private func shownReason(_ frontend: FrontendReport) -> Reason? {
    let isMeant = frontend.verdict == .unhandled && frontend.expected?.verdict == .unhandled
    return isMeant ? frontend.expected?.reason : frontend.reason
  }

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
      if let width = terminal.width, index > 0, line.count + text.count > width {
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
    case .conditional: add("  masquerade if \(printable(frontend.masqueradeWhen?.text ?? ""))")
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

  // MARK: - Endpoints

  /// Endpoints in one table; those that only some packets reach under a line that says which.
  private mutating func writeEndpoints(_ frontend: FrontendReport) {
    var order: [PacketCondition?] = []
    for endpoint in frontend.endpoints where !order.contains(endpoint.when) { order.append(endpoint.when) }
    // By their places: there may be very many, and they are large.
    let unused = frontend.unused ?? []
    let endpoints = frontend.endpoints + unused
    let unusedPlaces = Array(frontend.endpoints.count..<endpoints.count)
    for when in order {
      if let when { add("  if \(printable(when.text)):") }
      var meant = frontend.endpoints.indices.filter { frontend.endpoints[$0].when == when }
      if order.count == 1 { meant += unusedPlaces }
      writeTable(endpoints, meant, indent: when == nil ? 2 : 4)
    }
    if order.count != 1, !unused.isEmpty { writeTable(endpoints, unusedPlaces, indent: 2) }
  }

  /// What chance alone keeps from the endpoints, or one packet; other exceptions show in the verdict's condition.
  private mutating func writeExceptions(_ frontend: FrontendReport) {
    for exception in frontend.exceptions ?? [] where exception.when == nil {
      let reason = exception.reason.map { ": \(printable($0.text))" } ?? ""
      add("  \(percent(exception.share))  \(styled(exception.verdict))\(reason)")
    }
  }

  private mutating func writeTable(_ endpoints: [EndpointReport], _ meant: [Int], indent: Int) {
    var table = TextTable([
      .init("SHARE", isRight: true), .init("ENDPOINT"), .init("POD", expendable: 1), .init("NODE", expendable: 3),
      .init("STATE", expendable: 2), .init("PACKETS", expendable: 4, isRight: true), .init("CHAIN", expendable: 5),
      .init("INTERFACE", expendable: 6), .init("SEES"),
    ])
    for endpoint in meant.lazy.map({ endpoints[$0] }) {
      table.add([
        endpoint.share.map(percent) ?? (endpoint.getsNothing ? "-" : "?"), "\(endpoint.place)", endpoint.podText,
        endpoint.nodeText,
        endpoint.stateText, endpoint.packets.map { "\($0)" } ?? "", endpoint.chain ?? "",
        isWide ? endpoint.interface ?? "" : "", endpoint.source.map { "\($0)" } ?? "",
      ])
    }
    let terminal = terminal
    lines += table.lines(indent: indent, width: terminal.width) { column, row, text in
      guard let row else { return terminal.faint(text) }
      if column == 4, endpoints[meant[row]].ready == false { return terminal.yellow(text) }
      return (5...7).contains(column) ? terminal.faint(text) : text
    }
  }

  private mutating func writeRules(_ path: [StepReport]) {
    for step in path {
      let counters = step.packets.map { "[\($0):\(step.bytes ?? 0)] " } ?? ""
      // nft's words for a rule do not name its chain.
      let chain = step.syntax == .nft ? step.chain.map { "\($0)  " } ?? "" : ""
      let handle = step.handle.map { " # handle \($0)" } ?? ""
      let text = counters + chain + (step.text ?? "policy of \(step.chain ?? "")") + handle
      lines.append(terminal.faint("  \(step.table ?? "ipvs")  " + printable(text, hasEscapes: step.syntax != .nft)))
    }
  }

  // MARK: - Findings

  private mutating func writeVerdict() {
    add("")
    for finding in trace.findings { write(finding) }
    for line in (trace.verification ?? []).flatMap(\.lines) { add(line) }
    if let sync = endpointsText { add(sync) }
    for note in trace.notes { add(terminal.faint("note: \(printable(note.text))")) }
  }

  private mutating func write(_ finding: Finding) {
    let mark =
      switch finding.severity {
      case .error: terminal.red("error")
      case .warning: terminal.yellow("warning")
      case .info: "info"
      }
    add("\(mark): \(printable(finding.message)) " + terminal.faint("[\(finding.id)]"))
    for evidence in finding.evidence where !evidence.text.isEmpty { add("  " + printable(evidence.text)) }
    for advice in finding.advice { add("  " + printable(advice.text)) }
  }

  /// One line that says that endpoints are as they should be, where they are. Nothing else has been compared.
  private var endpointsText: String? {
    // One packet need not meet all endpoints. Where a node port is not served is a finding.
    let compared = trace.frontends.filter {
      $0.from == nil && $0.expected != nil && $0.uncompared == nil && $0.verdict != .uncertain
        && ($0.verdict != .unhandled || $0.expected?.verdict == .unhandled)
    }
    // Drift that may pass by itself is no error, and yet they differ.
    let differ = trace.findings.contains { $0.severity == .error || $0.id.isDrift }
    guard !compared.isEmpty, !differ else { return nil }
    let here = Set(compared.flatMap { $0.endpoints.map(\.place) }).count
    let there = Set(
      compared.flatMap { ($0.expected?.endpoints ?? []) + ($0.expected?.endpointsInside ?? []) }
    ).count
    let unused = Set(compared.flatMap { ($0.unused ?? []).map(\.place) }).count
    return "endpoints as the API implies: \(here) here, \(there) in the API"
      + (unused == 0 ? "" : ", and \(unused) there that \(unused == 1 ? "is" : "are") not ready")
  }
}

/// `33.3%`
func percent(_ share: Double) -> String {
  let tenths = Int((share * 1000).rounded())
  return share > 0 && tenths == 0 ? "<0.1%" : "\(tenths / 10).\(tenths % 10)%"
}

extension EndpointReport {
  fileprivate var podText: String {
    switch pod {
    case .some(.some(let name)): "\(name)"
    case .some(.none): "<none>"
    case nil: ""
    }
  }

  fileprivate var nodeText: String { (node ?? "") + (local == true ? " (this)" : "") }

  fileprivate var stateText: String {
    if draining == true { return "draining" }
    guard let ready else { return "" }
    if terminating == true { return serving == false ? "terminating" : "terminating, serving" }
    return ready ? "ready" : "not ready"
  }

  /// Whether it is one that only the API has.
  fileprivate var getsNothing: Bool { ready == false && chain == nil && virtualService == nil && realServer == nil }

  /// Whether a path leads to it.
  fileprivate func isAtEnd(of path: [StepReport]) -> Bool {
    path.contains {
      chain != nil && $0.chain == chain && $0.rule == rule
        || virtualService != nil && $0.virtualService == virtualService
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

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
    for answer in trace.frontends { write(answer) }
    writeVerdict()
    if lines.last == "" { lines.removeLast() }
  }

  var text: String { lines.joined(separator: "\n") + "\n" }

  /// A sentence or heading, in as many lines as the terminal wants.
  private mutating func add(_ line: String) { lines += terminal.wrapped(line) }

  // MARK: - Heading

  private mutating func writeHeading() {
    let name = trace.service.map { "\($0.name)" } ?? "no known service"
    let addresses = trace.service?.clusterIPs.map { $0.joined(separator: ", ") } ?? ""
    let left = [terminal.bold(printable(name)), printable(trace.service?.type ?? ""), printable(addresses)]
    let right = [trace.node.map { "node \(printable($0))" } ?? "", proxyText]
    add(left.filter { !$0.isEmpty }.joined(separator: "  "))
    add(terminal.faint(right.filter { !$0.isEmpty }.joined(separator: ", ")))
    if isWide, let api = trace.api { add(terminal.faint(printable(api.text))) }
  }

  private var proxyText: String {
    let proxy = trace.proxy
    guard proxy.mode != .none else { return "no rules of kube-proxy" }
    let backend = proxy.backend.map { " (\($0.rawValue))" } ?? ""
    let version = proxy.version.map { " \($0.major).\($0.minor)" + (proxy.isVersionGuessed ? "+" : "") } ?? ""
    let source = isWide ? proxy.versionSource.map { ", by \($0)" } ?? "" : ""
    return "kube-proxy\(version) \(proxy.mode.rawValue)\(backend)\(source)"
  }

  // MARK: - Frontends

  private mutating func write(_ answer: FrontendAnswer) {
    add("")
    add(title(of: answer))
    if let origin = answer.origin { add("  from " + printable(text(of: origin))) }
    let trace = answer.trace
    if !trace.leading.isEmpty { writePath(trace) }
    if trace.verdict == .forward { writeConditions(trace) }
    writeEndpoints(answer)
    writeExceptions(trace)
    if answer.origin != nil, trace.endpoints.count > 1,
      let end = trace.endpoints.first(where: { $0.isAtEnd(of: trace.path) })
    {
      add("  rules met on the way to \(end.address):")
    }
    if isWide || answer.origin != nil { writeRules(trace) }
  }

  /// `10.244.1.5, pod default/client, arriving by cali0a1b2c3d4e5`
  private func text(of origin: PacketOrigin) -> String {
    let address = origin.source.map { "\($0)" }
    switch origin.origin {
    case .node: return "this node" + (address.map { ", as \($0)" } ?? "")
    case .external: return "outside the cluster"
    case .addresses(_, let pod):
      let way =
        origin.isLocalOutput
        ? "this node's own" : origin.interface.map { "arriving by \($0)" } ?? "by which interface is not known"
      return [address, pod.map { "pod \($0)" }, way].compactMap(\.self).joined(separator: ", ")
    }
  }

  private func title(of answer: FrontendAnswer) -> String {
    let trace = answer.trace
    let name = trace.frontend.portName.map { $0.isEmpty ? "" : printable($0) + "  " } ?? ""
    let kind = trace.frontend.kind?.rawValue ?? ""
    var title = terminal.bold(name + trace.frontend.text) + "  " + kind + "  " + styled(trace.verdict)
    if let when = trace.when { title += " if \(printable(when.text))" }
    if trace.verdict != .forward, let reason = shownReason(answer) { title += ": \(printable(reason))" }
    if let packets = answer.packets { title += terminal.faint("  \(packets) packet\(packets == 1 ? "" : "s")") }
    return title
  }

  private func shownReason(_ answer: FrontendAnswer) -> String? {
    if answer.trace.verdict == .unhandled, case .unhandled(let reason)? = answer.expected?.verdict {
      return "\(reason)"
    }
    return answer.trace.reason?.text
  }

  private func styled(_ verdict: Verdict) -> String {
    switch verdict {
    case .forward: terminal.green(verdict.rawValue)
    case .reject, .drop: terminal.red(verdict.rawValue)
    case .unhandled, .uncertain: terminal.yellow(verdict.rawValue)
    }
  }

  /// `PREROUTING, OUTPUT > KUBE-SERVICES rule 2 > KUBE-SVC-…`
  private mutating func writePath(_ trace: FrontendTrace) {
    var parts = [start(of: trace)]
    parts += trace.leading.dropFirst().map { step in
      printable(step.chain.name) + (step.number.map { " rule \($0)" } ?? (step.virtualService == nil ? " policy" : ""))
    }
    if let target = trace.leading.last?.target { parts.append(printable(target)) }
    wrap(parts, separator: " > ", indent: 2)
  }

  /// The hooks where nat picks the service, or the chain that a packet met later.
  private func start(of trace: FrontendTrace) -> String {
    let first = trace.leading[0].chain.name
    let isNAT = trace.leading[0].rule != nil && first.lowercased().contains("prerouting")
    return isNAT && !trace.hooks.isEmpty ? trace.hooks.map(\.chainName).joined(separator: ", ") : printable(first)
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

  private mutating func writeConditions(_ trace: FrontendTrace) {
    switch trace.masquerade {
    case .always: add("  masquerade always")
    case .never: add("  masquerade never: endpoints see the client's address")
    case .conditional(let when): add("  masquerade if \(printable(when.text))")
    case .uncertain: add("  " + terminal.yellow("masquerade uncertain"))
    }
    for service in trace.virtualServices where service.realServers.map({ $0.count > 1 }) == true {
      add("  scheduler  \(printable(service.scheduler))\(schedulingText(service))")
    }
    if let seconds = trace.affinitySeconds {
      add("  affinity   a client keeps its endpoint for \(seconds) s; shares are for new clients")
    }
  }

  private func schedulingText(_ service: VirtualService) -> String {
    switch service.schedulingBasis {
    case nil: ""
    case .source?: ": the client's address decides"
    case .destination?: ": the address decides that clients connect to"
    case .load?: ": the endpoints' connections decide"
    }
  }

  // MARK: - Endpoints

  /// Endpoints in one table; those that only some packets reach under a line that says which.
  private mutating func writeEndpoints(_ answer: FrontendAnswer) {
    var order: [PacketCondition?] = []
    for endpoint in answer.endpoints where !order.contains(endpoint.trace.when) { order.append(endpoint.trace.when) }
    for when in order {
      if let when { add("  if \(printable(when.text)):") }
      writeTable(answer.endpoints.filter { $0.trace.when == when }, indent: when == nil ? 2 : 4)
    }
  }

  /// What chance alone keeps from the endpoints, or one packet; other exceptions show in the verdict's condition.
  private mutating func writeExceptions(_ trace: FrontendTrace) {
    for exception in trace.exceptions where exception.when == nil {
      let reason = exception.reason.map { ": \(printable($0.text))" } ?? ""
      add("  \(percent(exception.share))  \(styled(exception.verdict))\(reason)")
    }
  }

  private mutating func writeTable(_ endpoints: [EndpointAnswer], indent: Int) {
    var table = TextTable([
      .init("SHARE", isRight: true), .init("ENDPOINT"), .init("POD", expendable: 1), .init("NODE", expendable: 3),
      .init("STATE", expendable: 2), .init("PACKETS", expendable: 4, isRight: true), .init("CHAIN", expendable: 5),
      .init("INTERFACE", expendable: 6), .init("SEES"),
    ])
    for endpoint in endpoints {
      table.add([
        endpoint.trace.share.map(percent) ?? "?", "\(endpoint.trace.address)", endpoint.podText, endpoint.nodeText,
        endpoint.stateText, endpoint.trace.counters.map { "\($0.packets)" } ?? "",
        endpoint.trace.translation?.chain.name ?? "", isWide ? endpoint.interface ?? "" : "",
        endpoint.trace.seenSource.map { "\($0)" } ?? "",
      ])
    }
    let terminal = terminal
    lines += table.lines(indent: indent, width: terminal.width) { column, row, text in
      guard let row else { return terminal.faint(text) }
      if column == 4, endpoints[row].ready == false { return terminal.yellow(text) }
      return (5...7).contains(column) ? terminal.faint(text) : text
    }
  }

  private func percent(_ share: Double) -> String {
    let tenths = Int((share * 1000).rounded())
    return share > 0 && tenths == 0 ? "<0.1%" : "\(tenths / 10).\(tenths % 10)%"
  }

  private mutating func writeRules(_ trace: FrontendTrace) {
    for step in trace.path {
      let counters = step.counters.map { "[\($0.packets):\($0.bytes)] " } ?? ""
      let text =
        step.rule?.text(in: step.chain) ?? step.virtualService?.saveText.first ?? "policy of \(step.chain.name)"
      let shown = printable(counters + text, hasEscapes: !step.chain.table.isNative)
      lines.append(terminal.faint("  \(step.chain.table.name)  " + shown))
    }
  }

  // MARK: - Findings

  private mutating func writeVerdict() {
    add("")
    for finding in trace.findings { write(finding) }
    for line in (trace.verification ?? []).flatMap(\.lines) { add(line) }
    if let sync = syncText { add(sync) }
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

  /// One line that says that all is as it should be, where it is.
  private var syncText: String? {
    // One packet need not meet all endpoints.
    let compared = trace.frontends.filter { $0.origin == nil && $0.expected != nil && $0.trace.verdict != .uncertain }
    guard !compared.isEmpty, !trace.findings.contains(where: { $0.severity == .error }) else { return nil }
    let here = Set(compared.flatMap { $0.trace.endpoints.map(\.address) }).count
    let there = Set(
      compared.flatMap { answer in
        ((answer.expected?.endpoints ?? []) + (answer.expected?.endpointsInside ?? [])).map(\.address)
      }
    ).count
    return "in sync: \(here) endpoint\(here == 1 ? "" : "s") here, \(there) in the API"
  }
}

extension FrontendAnswer {
  /// What the rule that picks this frontend has counted: the first that names its service, else the last.
  fileprivate var packets: UInt64? {
    let naming = trace.leading.first { $0.rule?.comments.contains { RuleComment($0) != nil } == true }
    return (naming ?? trace.leading.last)?.counters?.packets
  }
}

extension EndpointAnswer {
  fileprivate var podText: String { pod.map { "\($0)" } ?? (isKnownWithoutPod ? "<none>" : "") }

  fileprivate var nodeText: String { (node ?? "") + (isLocal == true ? " (this)" : "") }

  fileprivate var stateText: String {
    guard let ready else { return trace.isDraining ? "draining" : "" }
    if trace.isDraining { return "draining" }
    if terminating == true { return serving == false ? "terminating" : "terminating, serving" }
    return ready ? "ready" : "not ready"
  }
}

extension EndpointTrace {
  /// Whether a path leads to it.
  fileprivate func isAtEnd(of path: [Step]) -> Bool {
    guard let translation else { return false }
    return path.contains { $0.chain == translation.chain && $0.number == translation.number }
  }
}

extension APIOrigin {
  /// `API https://10.0.0.1:6443, by /etc/kubernetes/admin.conf, context admin, client certificate`
  var text: String {
    let parts = [source, context.map { "context \($0)" }, credential].compactMap(\.self).joined(separator: ", ")
    return server.map { "API \($0), by \(parts)" } ?? "API by \(parts)"
  }
}

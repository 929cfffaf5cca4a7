import Inspect

/// Pods and their interfaces for a person at a terminal: the answer, and remarks on it that are for standard error.
struct PodText {
  private let answer: PodInterfaces
  private let terminal: Terminal
  private let isWide: Bool
  private let hasHeaders: Bool
  private let isList: Bool
  private let rates: CounterRates
  private var lines: [String] = []
  private var remarkLines: [String] = []

  /// - Parameters:
  ///   - isList: a table of all, and not each pod at length.
  ///   - rates: of what pods' interfaces count.
  init(
    _ answer: PodInterfaces, terminal: Terminal, isWide: Bool, isList: Bool, hasHeaders: Bool,
    rates: CounterRates = .none
  ) {
    self.rates = rates
    self.answer = answer
    self.terminal = terminal
    self.isWide = isWide
    self.hasHeaders = hasHeaders
    self.isList = isList
    if isList || answer.pods.count > 1 {
      writeTable()
    } else {
      answer.pods.forEach { write($0) }
      lines = lines.flatMap(terminal.wrapped)
    }
    writeOrphans()
    for note in answer.notes { remarkLines.append("note: \(printable(note.text))") }
  }

  var text: String { lines.map { $0 + "\n" }.joined() }

  /// What is not asked for, and not to be read by a script as a line of a table.
  var remarks: String { remarkLines.flatMap(terminal.wrapped).map { $0 + "\n" }.joined() }

  // MARK: - All pods

  private mutating func writeTable() {
    guard !answer.pods.isEmpty else {
      remarkLines.append("no pods on this node")
      return
    }
    let terminal = terminal
    let rows = table.lines(indent: 0, width: terminal.width, ellipsis: ellipsis) { _, row, text in
      row == nil || text == "<none>" || text == "<unknown>" ? terminal.faint(text) : text
    }
    lines += hasHeaders ? rows[...] : rows.dropFirst()
    for pod in answer.pods where pod.omittedCount > 0 {
      remarkLines.append("\(printable(pod.title)): \(pod.omittedCount) more interfaces")
    }
    for pod in answer.pods where pod.sandbox.state == .ready {
      for problem in pod.problems { remarkLines.append("\(printable(pod.title)): \(printable(problem))") }
    }
  }

  private static let columns: [TextTable.Column] = [
    .init("NAMESPACE", least: 20), .init("POD", least: 36), .init("IP"), .init("INTERFACE", expendable: 1),
    .init("IFINDEX", expendable: 6, isRight: true), .init("HOST-INTERFACE"),
    .init("IFINDEX", expendable: 6, isRight: true), .init("MASTER-OR-ROUTE", expendable: 2),
    .init("MTU", expendable: 5, isRight: true), .init("NETNS", expendable: 4),
    .init("PID", expendable: 3, isRight: true),
    .init("STATE"),
  ]

  /// What a watch has more.
  private static let rateColumns: [TextTable.Column] = [
    .init("RX/S", isRight: true), .init("TX/S", isRight: true), .init("DROPS/S", isRight: true),
  ]

  /// What `-o wide` has more.
  private static let wideColumns: [TextTable.Column] = [
    .init("MAC"), .init("HOST-MAC"), .init("NETNSID", isRight: true), .init("RX-PACKETS", isRight: true),
    .init("TX-PACKETS", isRight: true), .init("SANDBOX"), .init("UID"), .init("NAME-FROM"),
  ]

  private static let interfaceColumn = 3

  private var ellipsis: String? { terminal.isTerminal ? terminal.ellipsis : nil }

  /// Of two families one address tells the pod, where a person's terminal has no room for more.
  private var table: TextTable {
    let whole = table(hasAllAddresses: true)
    guard terminal.isTerminal else { return whole }
    let layout = whole.layout(indent: 0, width: terminal.width, ellipsis: ellipsis)
    let isWhole = !layout.isCut && layout.shown.contains(Self.interfaceColumn)
    return isWhole ? whole : table(hasAllAddresses: false)
  }

  private func table(hasAllAddresses: Bool) -> TextTable {
    let names = Dictionary(grouping: answer.pods, by: \.sandbox.name?.value)
    // Nothing else tells pods of one name apart.
    let hasUIDs = !isWide && names.contains { $0.key != nil && $0.value.count > 1 }
    var table = TextTable(
      Self.columns + (rates.isEmpty ? [] : Self.rateColumns)
        + (isWide ? Self.wideColumns : hasUIDs ? [.init("UID", expendable: 2)] : []))
    for pod in answer.pods {
      let needsUID = hasUIDs && names[pod.sandbox.name?.value, default: []].count > 1
      let interfaces = pod.interfaces.isEmpty ? [nil] : pod.shownInterfaces.map { $0 }
      for interface in interfaces {
        var cells = cells(pod, interface, hasAllAddresses: hasAllAddresses)
        if !rates.isEmpty {
          cells += Counter.LinkNumber.allCases.map { rate($0, of: interface, pod.sandbox) ?? "" }
        }
        if isWide { cells += wideCells(pod, interface) }
        if hasUIDs { cells.append(needsUID ? pod.sandbox.uid?.value ?? "" : "") }
        table.add(terminal.isTerminal ? cells : cells.map { $0.isEmpty ? "<none>" : $0 })
      }
    }
    return table
  }

  private func cells(_ pod: PodNetwork, _ interface: PodInterface?, hasAllAddresses: Bool) -> [String] {
    let sandbox = pod.sandbox
    let name = sandbox.name?.value
    // A program finds the state of each pod; a person sees those that are not ready.
    let showsState = isWide || !terminal.isTerminal || sandbox.state != .ready
    return [
      name?.namespace ?? "<unknown>", name?.name ?? "<unknown>", addresses(of: interface, hasAll: hasAllAddresses),
      interface?.link.name ?? pod.placeholder, number(interface?.link.index), interface?.sideText ?? "",
      number(interface?.sideIndex), way(of: interface, hasAll: hasAllAddresses), number(interface?.link.mtu),
      sandbox.namespaceText, number(sandbox.pid?.value), showsState ? sandbox.state.rawValue : "",
    ]
  }

  private func addresses(of interface: PodInterface?, hasAll: Bool) -> String {
    let addresses = (interface?.shownAddresses ?? []).filter { !$0.isLinkLocal }.map { "\($0.address)" }
    return list(addresses, hasAll: hasAll)
  }

  /// The bridge, or the routes.
  private func way(of interface: PodInterface?, hasAll: Bool) -> String {
    guard let host = interface?.host else { return "" }
    return host.master ?? list(host.routes.map { "\($0)" }, hasAll: hasAll)
  }

  /// `10.244.1.20,fd00:10:244:1::20`, or `10.244.1.20+1` where there is no room.
  private func list(_ texts: [String], hasAll: Bool) -> String {
    hasAll || texts.count < 2 ? texts.joined(separator: ",") : "\(texts[0])+\(texts.count - 1)"
  }

  private func wideCells(_ pod: PodNetwork, _ interface: PodInterface?) -> [String] {
    let sandbox = pod.sandbox
    let host = interface?.host
    let counts = interface?.link.statistics
    return [
      interface?.link.mac?.description ?? "", host?.link.mac?.description ?? "", number(host?.netnsid),
      number(counts?.rxPackets), number(counts?.txPackets), (sandbox.id?.value).map { String($0.prefix(13)) } ?? "",
      sandbox.uid?.value ?? "", (sandbox.name?.source.rawValue ?? "").replacing(" ", with: "-"),
    ]
  }

  /// A second.
  private func rate(_ number: Counter.LinkNumber, of interface: PodInterface?, _ sandbox: PodSandbox) -> String? {
    interface.flatMap { rates[.link(sandbox.place(of: $0), number)] }.map(CounterRates.number)
  }

  private func number(_ value: (some BinaryInteger)?) -> String { value.map { "\($0)" } ?? "" }

  // MARK: - One pod

  private mutating func write(_ pod: PodNetwork) {
    let sandbox = pod.sandbox
    let uid = (sandbox.uid?.value).map { terminal.faint("  uid \(printable($0))") } ?? ""
    lines.append(terminal.bold(printable(pod.title)) + uid)
    lines.append("  " + sandboxText(sandbox))
    if sandbox.isHostNetwork?.value == true {
      lines.append("  on the node's own network: it has no interface of its own")
    }
    if let problem = pod.problem { lines.append("  " + terminal.yellow(printable(problem))) }
    if !sandbox.runtimeAddresses.isEmpty, pod.addresses.isEmpty {
      let addresses = sandbox.runtimeAddresses.map { "\($0)" }.joined(separator: ", ")
      lines.append("  its runtime has \(addresses) for it, which no interface has")
    }
    for interface in pod.shownInterfaces { write(interface, sandbox) }
    if pod.omittedCount > 0 { lines.append("  \(pod.omittedCount) more interfaces") }
    if isWide { writeSources(sandbox) }
  }

  private func sandboxText(_ sandbox: PodSandbox) -> String {
    var parts: [String] = []
    if let id = sandbox.id?.value { parts.append("sandbox \(printable(isWide ? id : String(id.prefix(13))))") }
    if let runtime = sandbox.runtime { parts.append("\(printable(runtime)), \(sandbox.state.rawValue)") }
    if let pid = sandbox.pid?.value { parts.append("pid \(pid)") }
    if let path = sandbox.namespace?.value.path { parts.append("netns \(printable(path))") }
    return parts.joined(separator: "  ")
  }

  private mutating func write(_ interface: PodInterface, _ sandbox: PodSandbox) {
    lines.append("")
    lines.append("  " + terminal.bold(printable(interface.link.name)) + "  " + facts(interface.link))
    let addresses = interface.shownAddresses.filter { isWide || !$0.isLinkLocal }.map { "\($0)" }
    let more = interface.omittedCount > 0 ? ["\(interface.omittedCount) more addresses"] : []
    if !addresses.isEmpty { lines.append("    " + (addresses + more).joined(separator: "  ")) }
    switch interface.side {
    case .pair(let host): write(host)
    case .parent(let link):
      lines.append("    no end on the node: stands upon \(printable(link.name))  " + facts(link))
    case .elsewhere(let key):
      lines.append(
        "    tied to interface \(key.index) of another network namespace, which is not this node's")
    case .inside(let link): lines.append("    tied to \(printable(link.name)), in the pod itself")
    case .none: lines.append("    no end on the node")
    }
    lines += interface.problems.map { "    " + terminal.yellow(printable($0)) }
    let numbers = Counter.LinkNumber.allCases.compactMap { number in
      rate(number, of: interface, sandbox).map { "\($0)/s \(number)" }
    }
    if !numbers.isEmpty { lines.append("    packets " + numbers.joined(separator: ", ")) }
    if isWide, let counts = interface.link.statistics { lines.append(terminal.faint("    " + text(counts))) }
  }

  private mutating func write(_ host: HostInterface) {
    let id = host.netnsid.map { "  netnsid \($0)" } ?? ""
    lines.append("    host " + terminal.bold(printable(host.link.name)) + "  " + facts(host.link) + id)
    if let master = host.master { lines.append("      port of bridge \(printable(master))") }
    if !host.routes.isEmpty { lines.append("      routes \(host.routes.map { "\($0)" }.joined(separator: ", "))") }
    if isWide { lines += host.confirmations.map { terminal.faint("      confirmed: \(printable($0))") } }
  }

  private func facts(_ link: Link) -> String {
    let mac = link.mac.map { "  \($0)" } ?? ""
    return "ifindex \(link.index)  \(printable(link.kind ?? "device"))\(mac)  mtu \(link.mtu)  \(link.state)"
  }

  private func text(_ counts: LinkStatistics) -> String {
    "received \(counts.rxPackets) packets, \(counts.rxBytes) bytes, \(counts.rxErrors) errors, "
      + "\(counts.rxDropped) dropped; sent \(counts.txPackets) packets, \(counts.txBytes) bytes, "
      + "\(counts.txErrors) errors, \(counts.txDropped) dropped"
  }

  private mutating func writeSources(_ sandbox: PodSandbox) {
    let facts = [
      ("name", sandbox.name?.source), ("uid", sandbox.uid?.source), ("sandbox", sandbox.id?.source),
      ("pid", sandbox.pid?.source), ("netns", sandbox.namespace?.source),
    ]
    let known = facts.compactMap { fact in fact.1.map { "\(fact.0) by \($0.rawValue)" } }
    lines.append("")
    lines.append(terminal.faint("  " + known.joined(separator: ", ")))
  }

  // MARK: - Interfaces that lead to no pod

  /// One that was asked for is the answer; those of a list come beside it.
  private mutating func writeOrphans() {
    for orphan in answer.orphans {
      let master = orphan.master.map { ", port of bridge \(printable($0))" } ?? ""
      let facts = " (ifindex \(orphan.link.index)\(master)) leads to no pod: \(printable(orphan.reason))"
      if isList {
        remarkLines.append(printable(orphan.link.name) + facts)
      } else {
        lines += terminal.wrapped(terminal.yellow(printable(orphan.link.name)) + facts)
      }
    }
  }
}

extension PodNetwork {
  /// What to call it.
  fileprivate var title: String { (sandbox.name?.value).map { "\($0)" } ?? "a pod without a known name" }

  /// What stands for interfaces where there are none.
  fileprivate var placeholder: String {
    if sandbox.isHostNetwork?.value == true { return "<host-network>" }
    return sandbox.state == .ready && sandbox.namespace == nil ? "<unknown>" : "<none>"
  }
}

extension PodInterface {
  fileprivate var host: HostInterface? { if case .pair(let host) = side { host } else { nil } }

  fileprivate var sideText: String {
    switch side {
    case .pair(let host): host.link.name
    case .parent(let link): "\(link.name)(\(self.link.kind ?? "device"))"
    case .elsewhere: "<unknown>"
    case .inside, .none: "<none>"
    }
  }

  fileprivate var sideIndex: Int32? {
    switch side {
    case .pair(let host): host.link.index
    case .parent(let link): link.index
    case .elsewhere, .inside, .none: nil
    }
  }
}

extension PodSandbox {
  /// The name of a mounted namespace, or the path of a process'.
  fileprivate var namespaceText: String {
    guard let path = namespace?.value.path else { return "" }
    return path.hasPrefix("/proc/") ? path : path.split(separator: "/").last.map(String.init) ?? path
  }
}

import Inspect

/// What is said beside a table of services.
struct ServiceListText {
  private let list: ServiceList
  private let terminal: Terminal
  private let isWide: Bool

  init(_ list: ServiceList, terminal: Terminal, isWide: Bool) {
    self.list = list
    self.terminal = terminal
    self.isWide = isWide
  }

  /// For standard error: findings on the node, notes, and how many services are how.
  var remarks: String {
    var lines = list.findings.map { "\($0.severity.rawValue): \($0.message) [\($0.id)]" }
    lines += notes
    if isWide, let api = list.api { lines.append(api.text) }
    lines.append(summary)
    return lines.flatMap { terminal.wrapped(printable($0)) }.map { $0 + "\n" }.joined()
  }

  /// `46 services on node1, kube-proxy 1.34 iptables (legacy): 38 ok, 4 refused, 4 dropped`
  private var summary: String {
    let node = list.node.name.map { " on \($0)" } ?? ""
    guard !list.items.isEmpty else { return "no service is programmed here" }
    let verdicts = Dictionary(grouping: list.items, by: \.verdict)
    let counts = [.ok] + ServiceRow.Verdict.allCases.filter { $0 != .ok }
    let parts = counts.compactMap { verdict in verdicts[verdict].map { "\($0.count) \(verdict.counted)" } }
    let count = "\(list.items.count) service" + (list.items.count == 1 ? "" : "s")
    return "\(count)\(node), \(list.proxy.text): \(parts.joined(separator: ", "))"
  }

  /// Each note once, with the services that it is about.
  private var notes: [String] {
    let told = toldByRows
    var order: [String] = []
    var services: [String: [String]] = [:]
    for note in list.notes {
      if let service = note.subject.service, note.subject.frontends == nil, told.contains(service) { continue }
      if services[note.text] == nil { order.append(note.text) }
      services[note.text, default: []] += note.subject.service.map { ["\($0)"] } ?? []
    }
    return order.map { text in
      let names = services[text] ?? []
      let more = names.count > Self.mostNames ? " and \(names.count - Self.mostNames) more" : ""
      let list = names.prefix(Self.mostNames).joined(separator: ", ") + more
      return "note: " + (names.isEmpty ? "" : "\(list): ") + text
    }
  }

  /// Services that kube-proxy leaves alone, as each of their rows says.
  private var toldByRows: Set<NamespacedName> {
    let items = list.items.filter { item in item.frontends.allSatisfy { $0.expected?.verdict == .unhandled } }
    return Set(items.compactMap { $0.service.map { NamespacedName($0.namespace, $0.name) } })
  }

  private static let mostNames = 4
}

extension ServiceList.Item {
  /// Of its frontends the worst counts; one that kube-proxy leaves alone, as it is meant to, only where there is no other.
  fileprivate var verdict: ServiceRow.Verdict {
    let rows = rows
    let problems = rows.filter(\.isProblem).map(\.verdict)
    if let worst = ServiceRow.Verdict.allCases.first(where: problems.contains) { return worst }
    return rows.contains { $0.verdict == .ok } ? .ok : .absent
  }
}

extension ServiceRow.Verdict {
  /// Behind a number of services.
  fileprivate var counted: String { self == .forwarded ? "forwarded with a problem" : rawValue }
}

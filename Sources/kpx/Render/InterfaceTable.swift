import Inspect

/// Pods' interfaces on many nodes: a row for each interface.
struct InterfaceTable {
  private let lists: [PodInterfaceList]
  private let terminal: Terminal
  private let hasHeading: Bool

  init(_ lists: [PodInterfaceList], _ terminal: Terminal, hasHeading: Bool) {
    (self.lists, self.terminal, self.hasHeading) = (lists, terminal, hasHeading)
  }

  var lines: [String] {
    var table = TextTable([
      .init("NODE", least: 16), .init("NAMESPACE", least: 20), .init("POD", least: 36), .init("IP"),
      .init("INTERFACE", expendable: 1), .init("HOST-INTERFACE"), .init("MASTER-OR-ROUTE", expendable: 2),
      .init("MTU", expendable: 3, isRight: true), .init("STATE"),
    ])
    for list in lists {
      for pod in list.items {
        for interface in pod.interfaces.isEmpty ? [nil] : pod.interfaces.map(Optional.some) {
          table.add([list.node.name ?? "<unknown>"] + cells(pod, interface))
        }
      }
    }
    guard !table.rows.isEmpty else { return [] }
    let ellipsis = terminal.isTerminal ? terminal.ellipsis : nil
    let rows = table.lines(indent: 0, width: terminal.width, ellipsis: ellipsis) { _, row, text in
      row == nil || text == "<none>" || text == "<unknown>" ? terminal.faint(text) : text
    }
    return rows.dropFirst(hasHeading ? 0 : 1).map(\.withoutTrailingBlanks)
  }

  private func cells(_ pod: PodNetworkReport, _ interface: PodInterfaceReport?) -> [String] {
    let host = interface?.host?.value
    let addresses = (interface?.addresses ?? []).filter { !$0.hasPrefix("fe80:") }.map { $0.prefix { $0 != "/" } }
    let none = pod.hostNetwork == true ? "<host-network>" : "<none>"
    return [
      pod.namespace ?? "<unknown>", pod.name ?? "<unknown>",
      addresses.joined(separator: ","), interface?.name ?? none,
      host?.name ?? interface?.parent.map { "\($0.name)(\(interface?.kind ?? "device"))" } ?? "",
      host.map { $0.master ?? $0.routes.map { "\($0)" }.joined(separator: ",") } ?? "",
      interface.map { "\($0.mtu)" } ?? "", pod.sandbox.state == .ready ? "" : pod.sandbox.state.rawValue,
    ]
  }

  /// What is wrong with some, what leads to no pod, and how many pods there are.
  var remarks: [String] {
    let found = lists.flatMap { list -> [String] in
      let node = list.node.name ?? "a node"
      let problems = list.items.filter { $0.sandbox.state == .ready }.flatMap { pod in
        ([pod.problem].compactMap(\.self) + pod.interfaces.flatMap(\.problems)).map {
          "\(node): \(pod.namespace ?? "")/\(pod.name ?? "a pod without a known name"): \($0)"
        }
      }
      let orphans = list.orphans.map { "\(node): \($0.name) (ifindex \($0.ifindex)) leads to no pod: \($0.reason)" }
      return problems + orphans
    }
    let pods = lists.reduce(0) { $0 + $1.items.count }
    let count =
      "\(grouped(pods)) pod\(pods == 1 ? "" : "s") on \(grouped(lists.count)) node\(lists.count == 1 ? "" : "s")"
    let said = notes(lists.map { ($0.node.name ?? "a node", $0.notes) })
    return (found + said + [count]).flatMap { terminal.wrapped(printable($0)) }
  }
}

import Inspect

/// A trace as a picture, in the language of Graphviz: `kpx trace SERVICE --graph | dot -Tsvg`.
struct TraceGraph {
  private let trace: Trace
  private var lines: [String] = []

  init(_ trace: Trace) { self.trace = trace }

  var text: String {
    var graph = self
    graph.write()
    return graph.lines.joined(separator: "\n") + "\n"
  }

  private mutating func write() {
    lines.append("digraph kpx {")
    lines.append("  rankdir=LR; node [shape=box, fontname=monospace]; edge [fontname=monospace]")
    if let service = trace.service {
      let name = "\(service.namespace)/\(service.name) on \(trace.node.name ?? "this node")"
      lines.append("  label=\(quoted(name))")
    }
    for (place, frontend) in trace.frontends.enumerated() {
      if let graph = frontend.graph { write(graph, of: frontend, "f\(place)") }
    }
    lines.append("}")
  }

  private mutating func write(_ graph: GraphReport, of frontend: FrontendReport, _ name: String) {
    lines.append("  \(name) [shape=oval, label=\(quoted(frontend.place.text))]")
    for (place, node) in graph.nodes.enumerated() {
      lines.append("  \(name)n\(place) [label=\(quoted(label(node.step)))]")
      lines.append("  \(vertex(node.before, name)) -> \(name)n\(place)" + label(node.when?.text))
    }
    for (place, ending) in graph.endings.enumerated() {
      lines.append("  \(name)e\(place) [shape=oval, label=\(quoted(label(ending)))]")
      let share = ending.share < 1 ? percent(ending.share) : nil
      let text = [share, ending.when?.text].compactMap(\.self).joined(separator: ", ")
      lines.append("  \(vertex(ending.last, name)) -> \(name)e\(place)" + label(text.isEmpty ? nil : text))
    }
    guard let omitted = graph.omitted else { return }
    lines.append("  \(name)more [shape=plaintext, label=\(quoted("and \(omitted) more ways, left out"))]")
    lines.append("  \(name) -> \(name)more [style=dotted]")
  }

  private func vertex(_ place: Int?, _ name: String) -> String { place.map { "\(name)n\($0)" } ?? name }

  private func label(_ text: String?) -> String { text.map { " [label=\(quoted($0))]" } ?? "" }

  private func label(_ step: StepReport) -> String {
    ([step.table, step.place].compactMap(\.self).joined(separator: " ")) + (step.target.map { "\nto \($0)" } ?? "")
  }

  private func label(_ ending: GraphReport.Ending) -> String {
    let place = ending.address.flatMap { address in ending.port.map { SocketAddress(address, port: $0).description } }
    return ([ending.verdict.rawValue, place, ending.reason, ending.masquerade ? "masqueraded" : nil] as [String?])
      .compactMap(\.self).joined(separator: "\n")
  }

  /// A string of Graphviz; line breaks are left to it.
  private func quoted(_ text: String) -> String {
    let lines = text.split(separator: "\n").map { printable(String($0)) }
    return "\""
      + lines.joined(separator: "\n").replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
      .replacing("\n", with: "\\n") + "\""
  }
}

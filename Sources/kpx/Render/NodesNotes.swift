import Inspect

/// What several nodes say alike is said once, with who says it where not all do.
func notes(_ nodes: [(name: String, notes: [Note])]) -> [String] {
  var order: [String] = []
  var names: [String: [String]] = [:]
  for (name, notes) in nodes {
    for note in notes where names[note.text]?.last != name {
      if names[note.text] == nil { order.append(note.text) }
      names[note.text, default: []].append(name)
    }
  }
  return order.map { text in
    let named = names[text] ?? []
    return "note: \(text)" + (named.count == nodes.count ? "" : " (\(NodeNames.folded(named)))")
  }
}

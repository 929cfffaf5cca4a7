/// Which nodes are asked.
public struct NodeSelection: Sendable {
  /// Their names; nil for all.
  public var names: [String]?
  /// What their labels must be.
  public var labels: LabelSelector?

  /// Reads what `--nodes` takes: `all`, or names and ranges of them.
  /// - Throws: `TargetError`, with what is wrong.
  public init(_ text: String, labels: LabelSelector?) throws(TargetError) {
    names = text == "all" ? nil : try NodeNames.expanded(text)
    self.labels = labels
  }

  /// The names of those that are meant.
  /// - Parameters:
  ///   - known: the nodes that the API has; nil where it does not tell.
  ///   - notes: why it does not.
  func nodes(_ known: [NodeObject]?, notes: [String]) throws(SessionError) -> [String] {
    guard let known else {
      guard let names, labels == nil else {
        let why = ["which nodes there are only the API tells; name them (--nodes NAME,...)"] + notes
        throw .other(why.joined(separator: "; "))
      }
      return names
    }
    let all = Set(known.map(\.metadata.name))
    if let missing = names?.first(where: { !all.contains($0) }) {
      throw .noSuchNode(missing, nearest: nearest(to: missing, in: all.sorted()))
    }
    let asked = names.map(Set.init) ?? all
    let found = known.filter { asked.contains($0.metadata.name) && labels?.selects($0.metadata.labels) ?? true }
    // That all is well with none would be no answer.
    guard !found.isEmpty else { throw .noSuchNode(labels == nil ? "at all" : "with these labels", nearest: []) }
    return found.map(\.metadata.name)
  }
}

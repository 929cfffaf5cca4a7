/// Rules that follow each other and do the same to packets of one source each, as blocklists are written. Their sources
/// make one set, which is made once.
struct SourceRun {
  private(set) var first: (rule: Rule, number: Int)?
  private(set) var prefixes: [IPPrefix] = []

  /// Takes a rule in; false if it is none of them.
  mutating func add(_ rule: Rule, _ number: Int) -> Bool {
    guard let prefix = rule.onlySource, first == nil || first?.rule.actions == rule.actions else { return false }
    if first == nil { first = (rule, number) }
    prefixes.append(prefix)
    return true
  }
}

extension Rule {
  /// The source that it asks for, where it asks for nothing else and decides what becomes of the packet.
  fileprivate var onlySource: IPPrefix? {
    guard actions.count == 1 else { return nil }
    switch actions[0] {
    case .drop, .reject, .accept, .return: break
    default: return nil
    }
    var source: IPPrefix?
    for match in matches {
      switch match {
      case .comment: continue
      case .source(let asked) where !asked.inverted && source == nil: source = asked.prefix
      default: return nil
      }
    }
    return source
  }
}

import Glibc
import Inspect

/// Writes sets as they are read: text at once, documents when all is there.
struct IPSetWriter {
  /// How much text is kept before it is written.
  private static let capacity = 1 << 16

  private let node: AnsweringNode
  private let names: AddressNames
  private let families: Set<IPFamily>
  private let output: OutputOptions
  private let terminal: Terminal
  private var text = ""
  private var sets: [IPSetReport] = []
  /// nil before the first set, and for a set that is not asked for.
  private var current: (header: IPSetHeader, dimensions: [Substring])?
  private var entries: [IPSetEntryReport] = []
  private var isFirst = true

  init(node: AnsweringNode, names: AddressNames, families: Set<IPFamily>, output: OutputOptions) {
    self.node = node
    self.names = names
    self.families = families
    self.output = output
    terminal = output.terminal
  }

  /// A set, whose members follow.
  mutating func add(_ header: IPSetHeader) throws(Failure) {
    endSet()
    guard header.family.map(families.contains) ?? true else { return }
    current = (header, header.dimensions)
    guard output.output.isText else { return }
    if !isFirst { text += "\n" }
    isFirst = false
    let fields: [(String, String)] = [
      ("Name", header.name), ("Type", header.type), ("Revision", "\(header.revision)"), ("Header", header.text),
      ("Size in memory", "\(header.memorySize)"), ("References", "\(header.references)"),
      ("Number of entries", header.elementCount.map { "\($0)" } ?? ""),
    ]
    for (name, value) in fields where !value.isEmpty { text += "\(name): \(printable(value))\n" }
    text += "Members:\n"
  }

  /// A member of the set before.
  mutating func add(_ entry: IPSetEntry) throws(Failure) {
    guard let current else { return }
    let owner = names.owner(of: entry, in: current.header)
    guard output.output.isText else {
      entries.append(IPSetEntryReport(entry, in: current.header, owner: owner))
      return
    }
    // Only what users wrote can hold what a terminal would obey.
    if entry.comment == nil && entry.interface == nil && entry.setName == nil {
      entry.append(to: &text, dimensions: current.dimensions)
    } else {
      text += printable(entry.text(in: current.header))
    }
    if let owner { text += terminal.faint("  # \(printable(owner.description))") }
    text += "\n"
    if text.utf8.count > Self.capacity { try flush() }
  }

  /// Writes what is left.
  mutating func finish() throws {
    endSet()
    try show(output.render(IPSetList(node: node, items: sets), names: sets.map(\.name)) { _ in text })
  }

  private mutating func endSet() {
    if let current, !output.output.isText {
      var set = IPSetReport(current.header)
      set.entries = entries
      sets.append(set)
    }
    entries = []
    current = nil
  }

  private mutating func flush() throws(Failure) {
    try show(text)
    text = ""
  }
}

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
  private var header: IPSetHeader?
  /// Of that set: its members may be many, and are written without a look at all of it.
  private var dimensions: [IPSetHeader.Dimension]?
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
    self.header = header
    dimensions = header.dimensions
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
    guard let dimensions else { return }
    guard output.output.isText else {
      guard let header else { return }
      entries.append(IPSetEntryReport(entry, in: header, owner: names.owner(of: entry, in: header)))
      return
    }
    // Only what users wrote can hold what a terminal would obey.
    if entry.comment == nil && entry.interface == nil && entry.setName == nil {
      entry.append(to: &text, dimensions: dimensions)
    } else {
      var member = ""
      entry.append(to: &member, dimensions: dimensions)
      text += printable(member)
    }
    if names.hasAPI, let header, let owner = names.owner(of: entry, in: header) {
      text += terminal.faint("  # \(printable(owner.description))")
    }
    text += "\n"
    if text.utf8.count > Self.capacity { try flush() }
  }

  /// Writes what is left.
  mutating func finish() throws {
    endSet()
    try show(output.render(IPSetList(node: node, items: sets), names: sets.map(\.name)) { _ in text })
  }

  private mutating func endSet() {
    if let header, !output.output.isText {
      var set = IPSetReport(header)
      set.entries = entries
      sets.append(set)
    }
    entries = []
    header = nil
    dimensions = nil
  }

  private mutating func flush() throws(Failure) {
    try show(text)
    text = ""
  }
}

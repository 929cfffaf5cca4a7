import Glibc
import Inspect

/// Writes sets as they are read: text at once, documents when all is there.
struct IPSetWriter {
  /// How much text is kept before it is written.
  private static let capacity = 1 << 16

  private let names: AddressNames
  private let families: Set<IPFamily>
  private let output: OutputOptions
  private let terminal: Terminal
  private var text = ""
  private var sets: [Document] = []
  /// nil before the first set, and for a set that is not asked for.
  private var current: (header: IPSetHeader, dimensions: [Substring])?
  private var entries: [Document] = []
  private var isFirst = true

  init(names: AddressNames, families: Set<IPFamily>, output: OutputOptions) {
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
      entries.append(Document(entry, in: current.header, owner: owner))
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
  mutating func finish() throws(Failure) {
    endSet()
    try show(output.render(document) { _ in text })
  }

  private var document: Document {
    .object([("apiVersion", "kpx/v1"), ("kind", "IPSetList"), ("items", .array(sets))])
  }

  private mutating func endSet() {
    if let current, !output.output.isText { sets.append(Document(current.header, entries: entries)) }
    entries = []
    current = nil
  }

  private mutating func flush() throws(Failure) {
    try show(text)
    text = ""
  }
}

extension Document {
  fileprivate init(_ header: IPSetHeader, entries: [Document]) {
    self = .object([
      ("name", .string(header.name)), ("type", .string(header.type)), ("revision", .integer(Int64(header.revision))),
      ("family", header.family.map { .string($0.rawValue) } ?? .null), ("header", .string(header.text)),
      ("timeout", header.parameters.timeout.map { .integer(Int64($0)) } ?? .null),
      ("references", .integer(Int64(header.references))), ("memorySize", .integer(Int64(header.memorySize))),
      ("entryCount", header.elementCount.map { .integer(Int64($0)) }), ("entries", .array(entries)),
    ])
  }

  fileprivate init(_ entry: IPSetEntry, in header: IPSetHeader, owner: AddressNames.Owner?) {
    let place: [(String, Document?)] = [
      ("text", .string(entry.text(in: header))), ("address", entry.network.map { .string("\($0)") }),
      ("protocol", entry.transport.map { .string($0.description) }),
      ("port", entry.port.map { .integer(Int64($0)) }), ("address2", entry.network2.map { .string("\($0)") }),
      ("interface", .optional(entry.interface)), ("set", .optional(entry.setName)),
      ("mark", entry.mark.map { .integer(Int64($0)) }),
    ]
    let rest: [(String, Document?)] = [
      ("timeout", entry.timeout.map { .integer(Int64($0)) }), ("nomatch", entry.isException ? true : nil),
      ("packets", entry.counters.map { .count($0.packets) }), ("bytes", entry.counters.map { .count($0.bytes) }),
      ("comment", .optional(entry.comment)),
    ]
    self = .object(place + rest + owner.fields)
  }
}

extension AddressNames.Owner? {
  /// The service, pod or node that a thing belongs to, as fields of an object.
  var fields: [(String, Document?)] {
    func name(_ name: NamespacedName, port: String? = nil) -> Document {
      .object([("namespace", .string(name.namespace)), ("name", .string(name.name)), ("port", .optional(port))])
    }
    return switch self {
    case .servicePort(let port)?: [("service", name(port.service, port: port.port))]
    case .services(let names)?: [("services", .array(names.map { name($0) }))]
    case .healthCheck(let service)?: [("healthCheckOf", name(service))]
    case .pod(let pod)?: [("pod", name(pod))]
    case .node(let node)?: [("node", .string(node))]
    case nil: []
    }
  }
}

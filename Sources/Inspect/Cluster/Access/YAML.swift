import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// A part of a YAML document, with the line it begins on.
struct YAMLNode: Sendable {
  indirect enum Content: Sendable {
    /// The text, and whether it was written without quotes and tag.
    case scalar(String, isPlain: Bool)
    case sequence([YAMLNode])
    case mapping([Entry])
  }

  struct Entry: Sendable {
    let key: String
    let value: YAMLNode
  }

  let content: Content
  let line: Int

  /// Whether it says that there is no value.
  var isNull: Bool {
    guard case .scalar(let text, isPlain: true) = content else { return false }
    return ["", "~", "null", "Null", "NULL"].contains(text)
  }
}

/// Why a text could not be read as YAML.
struct YAMLError: Error, Equatable {
  let problem: String
  let line: Int
}

extension YAMLNode {
  /// More than any configuration of a client needs.
  private static let mostNodes = 100_000
  private static let deepest = 64

  /// Reads the first document of a text; nil if there is none.
  static func parse(_ bytes: [UInt8]) throws(YAMLError) -> YAMLNode? {
    let builder = Builder()
    var problem: UnsafePointer<CChar>?
    var line = 0
    let result = bytes.withUnsafeBytes { bytes in
      csys_yaml_parse(
        bytes.baseAddress, bytes.count,
        { context, event in
          guard let context, let event else { return 0 }
          return Unmanaged<Builder>.fromOpaque(context).takeUnretainedValue().take(event.pointee) ? 1 : 0
        }, Unmanaged.passUnretained(builder).toOpaque(), &problem, &line)
    }
    if let error = builder.error { throw error }
    switch result {
    case 0: return builder.root
    case ENOMEM: throw YAMLError(problem: "out of memory", line: line)
    default: throw YAMLError(problem: problem.map { String(cString: $0) } ?? "not YAML", line: line)
    }
  }

  /// Puts nodes together from a parser's events. An alias is a copy of its anchor's node, which takes no memory:
  /// nodes share what they hold. But whoever reads them reads each copy, so that it counts as if it were written out.
  private final class Builder {
    private struct Frame {
      let line: Int
      let anchor: String?
      let isMapping: Bool
      var extent = Extent()
      var items: [YAMLNode] = []
      var entries: [Entry] = []
      var keys: Set<String> = []
      /// Keys of entries, merged ones among them; only kept where something is merged.
      var names: Set<String>?
      var key: String?
    }

    /// How many nodes a node is, itself included, and how deep they are nested.
    private struct Extent {
      var count = 1
      var depth = 1

      mutating func hold(_ inner: Extent) {
        count += inner.count
        depth = max(depth, inner.depth + 1)
      }
    }

    private struct Anchored {
      let node: YAMLNode
      let extent: Extent
    }

    private(set) var root: YAMLNode?
    private(set) var error: YAMLError?
    private var stack: [Frame] = []
    private var anchors: [String: Anchored] = [:]
    private var count = 0
    private var documents = 0

    /// Whether more is wanted.
    func take(_ event: csys_yaml_event) -> Bool {
      do {
        return try add(event)
      } catch {
        self.error = error
        return false
      }
    }

    private func add(_ event: csys_yaml_event) throws(YAMLError) -> Bool {
      let line = Int(clamping: event.line)
      try note(1, line)
      let anchor = event.anchor.map { String(cString: $0) }
      switch Int(event.kind) {
      case CSYS_YAML_DOCUMENT:
        documents += 1
        return documents == 1
      case CSYS_YAML_SCALAR:
        let bytes = UnsafeRawBufferPointer(start: event.value, count: event.length)
        let node = YAMLNode(
          content: .scalar(String(decoding: bytes, as: UTF8.self), isPlain: event.is_plain != 0), line: line)
        try place(node, Extent(), anchor: anchor)
      case CSYS_YAML_ALIAS:
        guard let anchored = anchor.flatMap({ anchors[$0] }) else {
          throw YAMLError(problem: "alias *\(anchor ?? "") has no anchor before it", line: line)
        }
        try note(anchored.extent.count - 1, line)
        guard stack.count + anchored.extent.depth <= YAMLNode.deepest + 1 else { throw tooDeep(line) }
        try place(anchored.node, anchored.extent, anchor: nil)
      case CSYS_YAML_SEQUENCE, CSYS_YAML_MAPPING:
        guard stack.count < YAMLNode.deepest else { throw tooDeep(line) }
        stack.append(
          Frame(line: line, anchor: anchor, isMapping: Int(event.kind) == CSYS_YAML_MAPPING))
      case CSYS_YAML_END:
        guard let frame = stack.popLast() else { return false }
        let content: Content = frame.isMapping ? .mapping(frame.entries) : .sequence(frame.items)
        try place(YAMLNode(content: content, line: frame.line), frame.extent, anchor: frame.anchor)
      default: break
      }
      return true
    }

    private func note(_ values: Int, _ line: Int) throws(YAMLError) {
      count += values
      guard count <= YAMLNode.mostNodes else { throw YAMLError(problem: "too many values", line: line) }
    }

    private func tooDeep(_ line: Int) -> YAMLError { YAMLError(problem: "nested too deeply", line: line) }

    private func place(_ node: YAMLNode, _ extent: Extent, anchor: String?) throws(YAMLError) {
      if let anchor { anchors[anchor] = Anchored(node: node, extent: extent) }
      guard var frame = stack.popLast() else {
        root = node
        return
      }
      frame.extent.hold(extent)
      if !frame.isMapping {
        frame.items.append(node)
      } else if let key = frame.key {
        frame.key = nil
        if key == "<<" {
          merge(node, into: &frame)
        } else {
          frame.entries.append(Entry(key: key, value: node))
          frame.names?.insert(key)
        }
      } else {
        guard case .scalar(let key, _) = node.content else {
          throw YAMLError(problem: "a mapping's key is no text", line: node.line)
        }
        guard frame.keys.insert(key).inserted || key == "<<" else {
          throw YAMLError(problem: "key \"\(key)\" is there twice", line: node.line)
        }
        frame.key = key
      }
      stack.append(frame)
    }

    /// `<<: *base`: what the mapping does not say itself. Its own keys may stand before or after.
    private func merge(_ node: YAMLNode, into frame: inout Frame) {
      let bases: [YAMLNode] = if case .sequence(let items) = node.content { items } else { [node] }
      var names = frame.names.take() ?? Set(frame.entries.map(\.key))
      for base in bases {
        guard case .mapping(let entries) = base.content else { continue }
        for entry in entries where names.insert(entry.key).inserted { frame.entries.append(entry) }
      }
      frame.names = names
    }
  }
}

extension YAMLNode {
  /// The value of a mapping's key; nil where it is not there or null. The last one counts: what was merged in stands
  /// before what the mapping says itself.
  subscript(_ key: String) -> YAMLNode? {
    guard case .mapping(let entries) = content, let found = entries.last(where: { $0.key == key }) else { return nil }
    return found.value.isNull ? nil : found.value
  }

  /// A scalar's text.
  var text: String? {
    guard case .scalar(let text, _) = content else { return nil }
    return text
  }

  /// The parts of a sequence.
  var items: [YAMLNode]? {
    guard case .sequence(let items) = content else { return nil }
    return items
  }

  /// The same as JSON; nil where that is longer than `limit`, as aliases of aliases may make it.
  func json(limit: Int) -> String? {
    var text = ""
    return write(json: &text, limit: limit) ? text : nil
  }

  private func write(json text: inout String, limit: Int) -> Bool {
    guard text.utf8.count <= limit else { return false }
    switch content {
    case .scalar(let scalar, let isPlain): text += isPlain && isJSONWord ? scalar.lowercased() : jsonQuoted(scalar)
    case .sequence(let items):
      text += "["
      for (index, item) in items.enumerated() {
        if index > 0 { text += "," }
        guard item.write(json: &text, limit: limit) else { return false }
      }
      text += "]"
    case .mapping(let entries):
      text += "{"
      for (index, entry) in entries.enumerated() {
        text += (index > 0 ? "," : "") + jsonQuoted(entry.key) + ":"
        guard entry.value.write(json: &text, limit: limit) else { return false }
      }
      text += "}"
    }
    return text.utf8.count <= limit
  }

  /// Whether a plain scalar means the same in JSON: a truth value, a whole number, null.
  private var isJSONWord: Bool {
    guard let text else { return false }
    if ["true", "false", "null", "True", "False", "Null"].contains(text) { return true }
    let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
    guard !digits.isEmpty, digits.utf8.count < 18 else { return false }
    return digits.utf8.allSatisfy { (0x30...0x39).contains($0) } && (digits == "0" || !digits.hasPrefix("0"))
  }
}

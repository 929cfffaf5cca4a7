import Inspect

/// A value of JSON or YAML whose fields keep the order in which they were written.
///
/// `null` says that there is none; what is not known is left out.
indirect enum Document {
  case null
  case bool(Bool)
  case integer(Int64)
  case number(Double)
  case string(String)
  case array([Document])
  case object([Field])

  /// A named value.
  struct Field {
    let name: String
    let value: Document
  }
}

extension Document {
  /// JSON, indented by four blanks as kubectl does.
  var json: String {
    var text = ""
    writeJSON(to: &text, indent: "")
    return text + "\n"
  }

  private func writeJSON(to text: inout String, indent: String) {
    let inner = indent + "    "
    switch self {
    case .array(let items) where !items.isEmpty:
      text += "[\n"
      for (index, item) in items.enumerated() {
        text += (index == 0 ? "" : ",\n") + inner
        item.writeJSON(to: &text, indent: inner)
      }
      text += "\n\(indent)]"
    case .object(let fields) where !fields.isEmpty:
      text += "{\n"
      for (index, field) in fields.enumerated() {
        text += (index == 0 ? "" : ",\n") + inner + jsonQuoted(field.name) + ": "
        field.value.writeJSON(to: &text, indent: inner)
      }
      text += "\n\(indent)}"
    default: text += scalar
    }
  }

  /// YAML with the same fields. Strings that YAML might read as something else are quoted as in JSON, which is YAML,
  /// too.
  var yaml: String {
    var text = ""
    writeYAML(to: &text, indent: "")
    return text
  }

  private func writeYAML(to text: inout String, indent: String) {
    switch self {
    case .array(let items) where !items.isEmpty:
      for item in items {
        text += indent + "- "
        var nested = ""
        item.writeYAML(to: &nested, indent: indent + "  ")
        text += nested.dropFirst(item.isNested ? indent.count + 2 : 0)
      }
    case .object(let fields) where !fields.isEmpty:
      for field in fields {
        let value = field.value
        text += indent + yamlText(field.name) + ":" + (value.isNested ? "\n" : " ")
        let isList = if case .array = value { true } else { false }
        value.writeYAML(to: &text, indent: value.isNested ? indent + (isList ? "" : "  ") : "")
      }
    case .string(let string): text += yamlText(string) + "\n"
    default: text += scalar + "\n"
    }
  }

  private var isNested: Bool {
    switch self {
    case .array(let items): !items.isEmpty
    case .object(let fields): !fields.isEmpty
    default: false
    }
  }

  private var scalar: String {
    switch self {
    case .null: "null"
    case .bool(let value): value ? "true" : "false"
    case .integer(let value): "\(value)"
    case .number(let value): value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
    case .string(let value): jsonQuoted(value)
    case .array: "[]"
    case .object: "{}"
    }
  }
}

private func yamlText(_ text: String) -> String {
  let plainStart = text.utf8.first.map { ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7a || $0 == 0x2f } ?? false
  let isPlain =
    plainStart
    && text.utf8.allSatisfy {
      ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7a || (0x2d...0x39).contains($0) || $0 == 0x5f
    }
  let reserved = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
  return isPlain && !reserved.contains(text.lowercased()) ? text : jsonQuoted(text)
}

import FoundationEssentials

/// JSON as a value, so that documents can be compared but for some fields.
enum JSON: Decodable, Equatable {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([JSON])
  case object([String: JSON])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSON].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSON].self))
    }
  }

  subscript(_ field: String) -> JSON? {
    guard case .object(let fields) = self else { return nil }
    return fields[field]
  }

  var elements: [JSON] {
    guard case .array(let elements) = self else { return [] }
    return elements
  }

  /// One line for each value, with its path. Fractions of a statistic match are multiples of 2^-31, and are rounded.
  var lines: [String] {
    switch self {
    case .null: ["null"]
    case .bool(let value): ["\(value)"]
    case .number(let value): ["\((value * 1e7).rounded() / 1e7)"]
    case .string(let value): [value]
    case .array(let elements):
      elements.enumerated().flatMap { index, element in element.lines.map { "[\(index)]\($0)" } }
    case .object(let fields):
      fields.sorted { $0.key < $1.key }.flatMap { name, value in value.lines.map { ".\(name) \($0)" } }
    }
  }

  /// Without some fields, wherever they are.
  func without(_ names: Set<String>) -> JSON {
    switch self {
    case .array(let elements): .array(elements.map { $0.without(names) })
    case .object(let fields):
      .object(fields.filter { !names.contains($0.key) }.mapValues { $0.without(names) })
    default: self
    }
  }

  func setting(_ name: String, _ value: JSON?) -> JSON {
    guard case .object(var fields) = self else { return self }
    fields[name] = value
    return .object(fields)
  }

  func mapping(_ name: String, _ change: (JSON) -> JSON) -> JSON {
    guard let value = self[name] else { return self }
    return setting(name, .array(value.elements.map(change)))
  }
}

/// A value that may be known to be none (`null`). Where it may also not be known, it is an optional of this.
public enum Known<Value: Codable & Sendable & Hashable>: Codable, Sendable, Hashable {
  case none
  case some(Value)

  /// nil for none.
  public var value: Value? { if case .some(let value) = self { value } else { nil } }

  init(_ value: Value?) { self = value.map(Known.some) ?? .none }

  /// Reads a value, or `null`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    self = container.decodeNil() ? .none : .some(try container.decode(Value.self))
  }

  /// Writes the value, or `null`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let value { try container.encode(value) } else { try container.encodeNil() }
  }
}

extension KeyedDecodingContainer {
  /// What decoders make of optionals takes `null` for what is not there.
  func decodeIfPresent<Value>(_ type: Known<Value>.Type, forKey key: Key) throws -> Known<Value>? {
    contains(key) ? try decode(type, forKey: key) : nil
  }
}

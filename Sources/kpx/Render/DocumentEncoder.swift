extension Document {
  /// A value of the library, with its fields in the order in which they are declared.
  init(_ value: some Encodable) throws {
    let encoder = DocumentEncoder()
    try value.encode(to: encoder)
    self = encoder.document
  }

  /// A value that is written as it is; nil for one that is made of others.
  fileprivate init?(scalar value: some Encodable) {
    switch value {
    case let value as String: self = .string(value)
    case let value as Bool: self = .bool(value)
    case let value as any FixedWidthInteger: self = .integer(Int64(clamping: value))
    case let value as any BinaryFloatingPoint: self = .number(Double(value))
    default: return nil
    }
  }
}

/// JSONEncoder of FoundationEssentials keeps no order of fields.
private final class DocumentEncoder: Encoder {
  /// A value of an object or an array that is there, or is still written.
  enum Part {
    case document(Document)
    case open(DocumentEncoder)

    init(_ value: some Encodable) throws {
      if let scalar = Document(scalar: value) {
        self = .document(scalar)
      } else {
        self = .document(try Document(value))
      }
    }

    var document: Document {
      switch self {
      case .document(let document): document
      case .open(let encoder): encoder.document
      }
    }
  }

  private enum Content {
    case scalar(Document)
    case fields([(name: String, part: Part)])
    case items([Part])
  }

  let codingPath: [any CodingKey] = []
  let userInfo: [CodingUserInfoKey: Any] = [:]
  private var content = Content.fields([])

  var document: Document {
    switch content {
    case .scalar(let document): document
    case .fields(let fields): .object(fields.map { Document.Field(name: $0.name, value: $0.part.document) })
    case .items(let parts): .array(parts.map(\.document))
    }
  }

  var count: Int { if case .items(let parts) = content { parts.count } else { 0 } }

  func set(_ document: Document) { content = .scalar(document) }

  func add(_ part: Part, named name: String) {
    var fields: [(name: String, part: Part)] = []
    if case .fields(let before) = content { fields = before }
    // Else the array would be copied for each field.
    content = .items([])
    fields.append((name, part))
    content = .fields(fields)
  }

  func add(_ part: Part) {
    var parts: [Part] = []
    if case .items(let before) = content { parts = before }
    content = .items([])
    parts.append(part)
    content = .items(parts)
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    KeyedEncodingContainer(Fields(encoder: self))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    if case .items = content {} else { content = .items([]) }
    return Items(encoder: self)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { Single(encoder: self) }

  private struct Fields<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let encoder: DocumentEncoder
    var codingPath: [any CodingKey] { [] }

    func encodeNil(forKey key: Key) { encoder.add(.document(.null), named: key.stringValue) }

    func encode(_ value: some Encodable, forKey key: Key) throws {
      encoder.add(try Part(value), named: key.stringValue)
    }

    private func open(_ name: String) -> DocumentEncoder {
      let inner = DocumentEncoder()
      encoder.add(.open(inner), named: name)
      return inner
    }

    func nestedContainer<Inner: CodingKey>(
      keyedBy type: Inner.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Inner> { open(key.stringValue).container(keyedBy: type) }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
      open(key.stringValue).unkeyedContainer()
    }

    func superEncoder() -> any Encoder { open("super") }

    func superEncoder(forKey key: Key) -> any Encoder { open(key.stringValue) }
  }

  private struct Items: UnkeyedEncodingContainer {
    let encoder: DocumentEncoder
    var codingPath: [any CodingKey] { [] }
    var count: Int { encoder.count }

    func encodeNil() { encoder.add(.document(.null)) }

    func encode(_ value: some Encodable) throws { encoder.add(try Part(value)) }

    private func open() -> DocumentEncoder {
      let inner = DocumentEncoder()
      encoder.add(.open(inner))
      return inner
    }

    func nestedContainer<Inner: CodingKey>(keyedBy type: Inner.Type) -> KeyedEncodingContainer<Inner> {
      open().container(keyedBy: type)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { open().unkeyedContainer() }

    func superEncoder() -> any Encoder { open() }
  }

  private struct Single: SingleValueEncodingContainer {
    let encoder: DocumentEncoder
    var codingPath: [any CodingKey] { [] }

    func encodeNil() { encoder.set(.null) }

    func encode(_ value: some Encodable) throws {
      if let scalar = Document(scalar: value) { encoder.set(scalar) } else { encoder.set(try Document(value)) }
    }
  }
}

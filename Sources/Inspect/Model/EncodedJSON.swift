import FoundationEssentials

/// JSON for programs, in one line: fields by their names, so that the same value has the same bytes.
public func encodedJSON(_ value: some Encodable) throws -> [UInt8] {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  return Array(try encoder.encode(value))
}

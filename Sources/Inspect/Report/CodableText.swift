/// A value that is written as one string, and read back from it.
public protocol CodableText: Codable, LosslessStringConvertible {}

extension CodableText {
  /// Reads the text that `description` gives.
  public init(from decoder: any Decoder) throws { self = try .read(from: decoder) }

  /// Writes `description`.
  public func encode(to encoder: any Encoder) throws { try write(to: encoder) }

  fileprivate static func read(from decoder: any Decoder) throws -> Self {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let value = Self(text) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(text): no \(Self.self)")
    }
    return value
  }

  fileprivate func write(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

extension IPAddress: CodableText {}
extension IPPrefix: CodableText {}
extension SocketAddress: CodableText {}
extension IPFamily: Codable {}

extension TransportProtocol: CodableText {
  // Else it would be written as a number.
  /// Reads the protocol's name or number.
  public init(from decoder: any Decoder) throws { self = try .read(from: decoder) }

  /// Writes the protocol's name, or its number where it has none.
  public func encode(to encoder: any Encoder) throws { try write(to: encoder) }
}

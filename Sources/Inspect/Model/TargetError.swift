/// A target that cannot be read.
public struct TargetError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The sentence for a person, with what was typed.
  public let description: String

  init(_ description: String) { self.description = description }
}

/// Why routing lets a packet go no further.
public struct Refusal: Sendable, Hashable, CustomStringConvertible {
  /// What is in its way.
  public enum Kind: Sendable {
    /// No route leads there, or one refuses.
    case route
    /// The node does not forward what arrives.
    case forwarding
    /// The interface that leads there is down.
    case link
  }

  /// What is in its way.
  public var kind: Kind
  /// In words.
  public var description: String

  /// A refusal and the words for it.
  public init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}

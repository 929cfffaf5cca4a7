/// Who addresses belong to, for the node that is asked.
public struct NamedAddresses: Sendable {
  /// The node.
  public let node: AnsweringNode
  /// By the API.
  public let names: AddressNames
  /// Where what the API says is from; nil where it told nothing.
  public let api: APIOrigin?
  /// What the API would not say, or why it was not asked.
  public internal(set) var notes: [Note]
}

/// The digest of how a node forwards a service: where two are the same it is forwarded in the same way.
public struct ForwardingDigest: Codable, Sendable, Hashable {
  /// What the kernel does: SHA-256 in 64 hexadecimal digits; nil where it cannot be told for sure.
  public var digest: String?
  /// Why there is no `digest`; nil where there is one.
  public var uncertain: String?
  /// What the API implies for this node, as `digest`; nil where that cannot be told for sure, and without the API.
  public var expected: String?
  /// Why there is no `expected`; nil where there is one, and without the API.
  public var expectedUncertain: String?
}

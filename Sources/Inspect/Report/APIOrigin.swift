/// Where what the API says is from.
public struct APIOrigin: Codable, Sendable, Hashable {
  /// The kubeconfig or dump, or what else it is.
  public var source: String
  /// The context of a kubeconfig.
  public var context: String?
  /// The server's URL; nil for a dump.
  public var server: String?
  /// What showed who asked, in a word.
  public var credential: String?
}

extension APIOrigin {
  /// A dump's path.
  public init(dump: String) { self.init(source: dump) }
}

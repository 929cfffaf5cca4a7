/// What an API said earlier, or to somebody else, beside its objects.
public struct SavedAPI: Codable, Sendable {
  /// nil where it told nothing.
  var origin: APIOrigin?
  /// Whether a server was to be asked, and not a dump.
  var isServer: Bool
  var namespace: String?
  var serverVersion: String?
  var notes: [String]
  /// The services that its objects are of; nil: all.
  var only: [NamespacedName]?
}

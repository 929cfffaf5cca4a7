/// What a snapshot says of itself: its last member, `manifest.json`.
public struct SnapshotManifest: Codable, Sendable {
  /// The name of the member.
  static let name = "manifest.json"
  /// What this kpx writes. A later number has something that an earlier kpx would not understand.
  static let version = 1

  /// `kpx/v1`
  var apiVersion = "kpx/v1"
  /// `Snapshot`
  var kind = "Snapshot"
  /// Of the format: members, and what is in them.
  public var version = Self.version
  /// When it was made, in seconds since 1970.
  public var created: Double
  /// The release of kpx that made it.
  public var program: String
  /// Of whom it is, and what tells which of the API's nodes that is.
  public var node: Node
  /// How the numbers in the kernel's answers are written.
  var machine = Machine()
  /// The release of kube-proxy that the user named.
  var proxyVersion: String?
  /// What the API said; nil where it was not to be asked.
  var api: SavedAPI?
  /// The number of the state of nf_tables; nil where there were none.
  var generation: UInt32?
  /// Whether connections, which name clients, were asked for.
  public var hasConnections: Bool
  /// What is missing, and why, in sentences.
  public var gaps: [String]
  /// Whether names and addresses are pseudonyms; nil: they are not.
  var redacted: Bool?
  /// How many there were of what redaction left out, by what it is; nil where nothing was redacted.
  public var leftOut: [String: Int]?
  /// All but this one, in their order.
  public var members: [Member]

  /// Where what the API said is from; nil where it told nothing.
  public var apiSource: String? { api?.origin?.source }
  /// What the API would not say, in sentences.
  public var apiNotes: [String] { api?.notes ?? [] }

  /// Which node it is.
  public struct Node: Codable, Sendable {
    /// What answers call it; nil where nothing told it.
    public var name: String?
    var given: String?
    var certificate: String?
    var host: String
    var kernel: String?
  }

  /// Structures of legacy tables are as the kernel has them.
  struct Machine: Codable, Sendable, Equatable {
    var byteOrder = 1.littleEndian == 1 ? "little" : "big"
    var wordBits = Int.bitWidth
  }

  /// A member of the archive.
  public struct Member: Codable, Sendable, Hashable {
    /// Its path there.
    public var path: String
    /// Its size.
    public var bytes: Int
  }
}

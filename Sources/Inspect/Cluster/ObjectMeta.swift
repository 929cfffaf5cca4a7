/// What every object of the API says of itself.
public struct ObjectMeta: Sendable, Hashable {
  /// The object's name.
  public var name: String
  /// Its namespace; empty for nodes.
  public var namespace: String
  /// Its identity: another object of the same name has another.
  public var uid: String
  /// Labels.
  public var labels: [String: String]
  /// The annotations that kpx asks for.
  public var annotations: [String: String]
  /// When it was asked to go, as the API writes it; nil while nobody has asked.
  public var deletionTimestamp: String?

  /// Others may hold whole objects, with what is secret in them (kubectl.kubernetes.io/last-applied-configuration).
  private static let usedAnnotations: Set = [
    "endpoints.kubernetes.io/over-capacity", "kubernetes.io/config.mirror",
    "service.kubernetes.io/topology-aware-hints", "service.kubernetes.io/topology-mode",
  ]

  /// The name with its namespace.
  public var namespacedName: NamespacedName { NamespacedName(namespace, name) }
}

extension ObjectMeta: Codable {
  private enum CodingKeys: String, CodingKey {
    case name, namespace, uid, labels, annotations, deletionTimestamp
  }

  /// Reads what the API writes; fields that kpx does not use are passed over.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    name = try fields.decode(String.self, forKey: .name)
    namespace = try fields.value(.namespace, default: "")
    uid = try fields.value(.uid, default: "")
    labels = try fields.value(.labels, default: [:])
    annotations = try fields.value(.annotations, default: [String: String]()).filter {
      Self.usedAnnotations.contains($0.key)
    }
    deletionTimestamp = try fields.value(.deletionTimestamp)
  }
}

/// A reference from an object to another.
public struct ObjectReference: Sendable, Hashable {
  /// The kind, such as `Pod`.
  public var kind: String
  /// The namespace.
  public var namespace: String
  /// The name.
  public var name: String
  /// The identity, if it was written down.
  public var uid: String?

  /// The pod that is meant, if a pod is meant.
  public var pod: NamespacedName? { kind == "Pod" ? NamespacedName(namespace, name) : nil }
}

extension ObjectReference: Codable {
  private enum CodingKeys: String, CodingKey { case kind, namespace, name, uid }

  /// Reads what the API writes; fields that kpx does not use are passed over.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    kind = try fields.value(.kind, default: "")
    namespace = try fields.value(.namespace, default: "")
    name = try fields.value(.name, default: "")
    uid = try fields.value(.uid)
  }
}

/// The API writes no field that is empty, or writes null: both mean the default.
extension KeyedDecodingContainer {
  /// The field, or nil if it is absent or null.
  func value<Value: Decodable>(_ key: Key) throws -> Value? {
    try decodeIfPresent(Value.self, forKey: key)
  }

  /// The field, or a default if it is absent or null.
  func value<Value: Decodable>(_ key: Key, default fallback: Value) throws -> Value {
    try decodeIfPresent(Value.self, forKey: key) ?? fallback
  }

  /// A port; nil if it is absent, null or 0.
  func port(_ key: Key) throws -> UInt16? {
    guard let number: Int = try value(key), number != 0 else { return nil }
    guard let port = UInt16(exactly: number) else {
      // A decoder asked for a UInt16 would not say where the number stands.
      throw DecodingError.dataCorruptedError(forKey: key, in: self, debugDescription: "\(number) is no port")
    }
    return port
  }
}

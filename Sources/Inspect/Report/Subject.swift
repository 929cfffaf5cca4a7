/// The address, port and protocol that a client sends to: what tells one frontend of a node from all others.
public struct FrontendAddress: Codable, Sendable, Hashable {
  /// nil for a node port: any address of the node.
  @Nullable public var address: IPAddress?
  /// The port that clients send to.
  public var port: UInt16
  /// TCP, UDP or SCTP.
  public var transport: TransportProtocol
  /// A node port of one number is another in each family.
  public var family: IPFamily

  private enum CodingKeys: String, CodingKey {
    case address, port, family
    case transport = "protocol"
  }

  /// `10.96.0.1:443/TCP`, `:30180/TCP`.
  public var text: String {
    (address.map { "\(SocketAddress($0, port: port))" } ?? ":\(port)") + "/\(transport)"
  }
}

/// What a finding or a note is about.
public struct Subject: Codable, Sendable, Hashable {
  /// The kind of thing.
  public enum Kind: String, Codable, Sendable {
    /// This node: its kernel, its kube-proxy.
    case node = "Node"
    case service = "Service"
    /// Frontends of which no service is known.
    case frontend = "Frontend"
    case pod = "Pod"
    /// The Kubernetes API, and the way to it.
    case api = "API"
  }

  /// What kind of thing it is.
  public var kind: Kind
  /// The namespace of a service or pod; nil for other things.
  public var namespace: String?
  /// The name of a service or pod; nil for other things.
  public var name: String?
  /// The name of the service's port, where it is about one that has a name.
  public var port: String?
  /// Those of the service's frontends that it is about; nil where it is about the service as a whole.
  public var frontends: [FrontendAddress]?
  /// The family, where it is about one of a node's two.
  public var family: IPFamily?

  /// This node.
  public static let node = Subject(kind: .node)
  /// The API.
  public static let api = Subject(kind: .api)

  /// The service that it is about, if it is one.
  public var service: NamespacedName? {
    guard kind == .service, let namespace, let name else { return nil }
    return NamespacedName(namespace, name)
  }

  /// A thing that has a name, or is the only one.
  public init(kind: Kind, _ name: NamespacedName? = nil) {
    self.kind = kind
    namespace = name?.namespace
    self.name = name?.name
  }

  /// Frontends of a service; nil for the service where no rule and no API says it.
  public init(_ service: NamespacedName?, frontends: [Frontend] = []) {
    self.init(kind: service == nil ? .frontend : .service, service)
    guard !frontends.isEmpty else { return }
    self.frontends = frontends.map(\.place)
    let names = Set(frontends.map(\.portName))
    if names.count == 1, let only = names.first { port = only }
  }
}

/// Something that an answer rests on, or that could not be told.
public struct Note: Codable, Sendable, Hashable {
  /// What it is about.
  public var subject: Subject
  /// In words, without the subject.
  public var text: String

  /// A note on something.
  public init(_ subject: Subject, _ text: String) {
    self.subject = subject
    self.text = text
  }
}

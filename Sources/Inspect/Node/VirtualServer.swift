/// What a node tells of IPVS, which takes packets to virtual services out of the way that the hooks give them.
public protocol VirtualServer {
  /// Whether there are virtual services to ask for; nil if that is not known.
  var isPresent: Bool? { get throws }

  /// Whether connections through IPVS are tracked, so that nat can be asked for them (net.ipv4.vs.conntrack); nil if that
  /// is not known.
  var tracksConnections: Bool? { get throws }

  /// All virtual services, in the kernel's order; their real servers may be missing.
  func services() throws -> [VirtualService]

  /// One virtual service with its real servers; nil if there is none.
  func service(_ key: VirtualServiceKey) throws -> VirtualService?
}

/// A node of which no virtual services are known.
public struct NoVirtualServer: VirtualServer {
  /// Not known.
  public var isPresent: Bool? { nil }
  /// Not known.
  public var tracksConnections: Bool? { nil }

  /// Answers nothing.
  public init() {}

  /// None.
  public func services() -> [VirtualService] { [] }
  /// None.
  public func service(_ key: VirtualServiceKey) -> VirtualService? { nil }
}

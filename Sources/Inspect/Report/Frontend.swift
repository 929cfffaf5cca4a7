/// An address and port of a service, as a client sees it.
public struct Frontend: Sendable, Hashable {
  /// nil where neither the API nor a rule's comment says.
  public var kind: FrontendKind?
  /// A node port of one number is another in each family.
  public var family: IPFamily
  /// nil for a node port: any address of the node.
  public var address: IPAddress?
  /// The port that clients send to.
  public var port: UInt16
  /// TCP, UDP or SCTP.
  public var transport: TransportProtocol
  /// nil where the port has no name or it is not known.
  public var portName: String?
  /// Whether it is there for clients outside the cluster; known even where the kind is not.
  public var isExternal: Bool

  /// A frontend of its parts.
  public init(
    kind: FrontendKind?, family: IPFamily, address: IPAddress?, port: UInt16, transport: TransportProtocol,
    portName: String? = nil
  ) {
    self.kind = kind
    self.family = family
    self.address = address
    self.port = port
    self.transport = transport
    self.portName = portName
    isExternal = kind?.isExternal ?? false
  }

  /// The frontend as a packet sees it: rules of one frontend differ in what their comments say.
  public var place: FrontendAddress {
    FrontendAddress(address: address, port: port, transport: transport, family: family)
  }

  /// `10.96.0.1:443/TCP`, `:30180/TCP`.
  public var text: String { place.text }
}

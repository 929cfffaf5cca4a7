/// Which virtual services of IPVS are asked for.
public struct VirtualServiceFilter: Sendable {
  /// As typed.
  let text: String
  private var address: IPAddress?
  private var port: UInt16?
  private var transport: TransportProtocol?
  private var mark: UInt32?
  private var service: NamespacedName?
  private var servicePort: String?

  /// Reads `ADDRESS[:PORT[/PROTOCOL]]`, `:PORT[/PROTOCOL]`, `NAMESPACE/SERVICE[:PORT[/PROTOCOL]]` or `fwm:MARK`.
  /// - Throws: `TargetError`, with what is wrong.
  public init(_ text: String) throws(TargetError) {
    self.text = text
    if text.lowercased().hasPrefix("fwm:") {
      guard let number = UInt32(text.dropFirst(4)) else { throw TargetError("\(text): not a firewall mark") }
      mark = number
      return
    }
    switch try TraceTarget(text) {
    case .address(let address, let port, let transport):
      self.address = address
      self.port = port
      self.transport = transport
    case .nodePort(let port, let transport):
      self.port = port
      self.transport = transport
    case .service(let namespace?, let name, let port, let transport):
      service = NamespacedName(namespace, name)
      servicePort = port
      self.transport = transport
    case .service, .namespace, .chain:
      throw TargetError(
        "\(text): expected NAMESPACE/SERVICE[:PORT], ADDRESS[:PORT[/PROTOCOL]], :PORT[/PROTOCOL] or fwm:MARK")
    }
  }

  /// The services that can be asked for by themselves; nil where all must be looked through.
  var keys: [VirtualServiceKey]? {
    if let mark { return IPFamily.allCases.map { .mark(mark, family: $0) } }
    guard let address, let port else { return nil }
    let transports = transport.map { [$0] } ?? [.tcp, .udp, .sctp]
    return transports.map { .address(SocketAddress(address, port: port), transport: $0) }
  }

  /// Whether names tell which are meant.
  var needsNames: Bool { service != nil }

  func contains(_ key: VirtualServiceKey, _ names: AddressNames) -> Bool {
    guard case .address(let own, let ownTransport) = key else { return false }
    if let service {
      guard case .servicePort(let owner)? = names.owner(of: own, transport: ownTransport), owner.service == service,
        servicePort.map({ $0 == owner.port || $0 == "\(own.port)" }) ?? true
      else { return false }
    }
    return (address.map { $0 == own.address } ?? true) && (port.map { $0 == own.port } ?? true)
      && (transport.map { $0 == ownTransport } ?? true)
  }
}

/// What a trace is asked for.
public enum TraceTarget: Sendable, Hashable {
  /// `NS/SVC`, `SVC`, with `:PORT` by number or name and `/PROTO`; as kubectl, DNS and URLs have it, too.
  case service(namespace: String?, name: String, port: String?, transport: TransportProtocol? = nil)
  /// `NS/`: its services.
  case namespace(String)
  /// `ADDR`, `ADDR:PORT`, `ADDR:PORT/PROTO`; without a port all that the address serves.
  case address(IPAddress, port: UInt16?, transport: TransportProtocol?)
  /// `:NODEPORT`, `:NODEPORT/PROTO`; also `0.0.0.0:NODEPORT` and `[::]:NODEPORT`.
  case nodePort(UInt16, transport: TransportProtocol?)
  /// A chain that iptables mode has for one service port or one endpoint.
  case chain(ChainName)

  /// Reads a target as typed.
  /// - Parameter namespace: what `-n` names, which what was typed must not contradict.
  /// - Throws: `TargetError`, with what is wrong.
  public init(_ text: String, namespace: String? = nil) throws(TargetError) {
    guard !text.isEmpty else { throw TargetError("the target is empty: expected \(Self.forms)") }
    let target = try Self.read(text)
    self = namespace == nil ? target : target.plainReading ?? target
    guard let namespace, let own = self.namespace, own != namespace else { return }
    throw TargetError("\(text) is not in the namespace \(namespace) that -n names")
  }

  private static let forms = "NAMESPACE/SERVICE[:PORT], ADDRESS:PORT[/PROTOCOL] or :NODEPORT[/PROTOCOL]"

  /// nil where none was typed.
  var namespace: String? {
    switch self {
    case .service(let namespace, _, _, _): namespace
    case .namespace(let namespace): namespace
    case .address, .nodePort, .chain: nil
    }
  }

  /// What kubectl calls services before a name.
  static let kinds = ["svc", "service", "services"]

  /// `svc/summary` is a service of a namespace that is called `svc`, if there is one; else it is what kubectl means by it.
  var plainReading: TraceTarget? {
    guard case .service(let namespace?, let name, let port, let transport) = self, Self.kinds.contains(namespace)
    else { return nil }
    return .service(namespace: nil, name: name, port: port, transport: transport)
  }

  // MARK: - Forms

  private static func read(_ text: String) throws(TargetError) -> TraceTarget {
    if let target = try chain(text) { return target }
    if let url = ServiceURL(text) { return try url.target(of: read(url.host)) }
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    if text.hasPrefix(":"), IPAddress(parts[0]) == nil {
      guard let port = UInt16(parts[0].dropFirst()), port > 0 else { throw TargetError("\(text): not a port") }
      return .nodePort(port, transport: try parts.count == 2 ? checked(parts[1]) : nil)
    }
    if let address = SocketAddress(parts[0]) {
      guard address.port > 0 else { throw TargetError("\(text): port 0") }
      let transport = try parts.count == 2 ? checked(parts[1]) : nil
      // As lists tell a node port's two families apart.
      let isAny = address.address == .any(address.address.family)
      return isAny
        ? .nodePort(address.port, transport: transport)
        : .address(address.address, port: address.port, transport: transport)
    }
    if let address = IPAddress(parts[0].unbracketed) {
      guard parts.count == 2 else { return .address(address, port: nil, transport: nil) }
      guard let port = UInt16(parts[1]), port > 0 else { throw TargetError("\(text): a protocol needs a port") }
      throw TargetError("\(text): did you mean \(SocketAddress(address, port: port))?")
    }
    if let colon = parts[0].lastIndex(of: ":"), IPAddress(String(parts[0][..<colon]).unbracketed) != nil {
      throw TargetError(
        "\(text): \(parts[0][parts[0].index(after: colon)...]) is not a port; an address needs its number")
    }
    return try service(text)
  }

  /// nil for what is no chain of kube-proxy's.
  private static func chain(_ text: String) throws(TargetError) -> TraceTarget? {
    if let chain = ChainName(text) { return .chain(chain) }
    if let chain = NftablesName(text) {
      let (service, port) = (chain.port.service, chain.port.port)
      return .service(
        namespace: service.namespace, name: service.name, port: port.isEmpty ? nil : port, transport: chain.transport)
    }
    guard WellKnownChain(rawValue: text) == nil else {
      throw TargetError("\(text) is of no single service: 'kpx services -A' shows all")
    }
    return nil
  }

  /// `[[svc/]NAMESPACE/]SERVICE[:PORT[/PROTOCOL]]`, or with a name of the cluster's DNS.
  private static func service(_ text: String) throws(TargetError) -> TraceTarget {
    var parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    if parts.count == 2, parts[1].isEmpty, isName(parts[0]) { return .namespace(parts[0]) }
    if parts.count == 3, kinds.contains(parts[0]), !parts[1].contains(":") { parts.removeFirst() }
    var transport: TransportProtocol?
    if parts.count > 1, parts[parts.count - 2].contains(":") { transport = try checked(parts.removeLast()) }
    let named = parts.removeLast().split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(
      String.init)
    let port = named.count == 2 ? named[1] : nil
    guard parts.count <= 1, (parts + [named[0]]).allSatisfy(isName), port != "" else { throw unreadable(text) }
    if parts.isEmpty, named[0].contains(".") {
      guard let name = dnsName(named[0]) else {
        let isNumeric = named[0].utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
        throw TargetError(
          isNumeric
            ? "\(text): \(named[0]) is no address"
            : "\(text): no service's name in the cluster's DNS; expected SERVICE.NAMESPACE[.svc[.cluster.local]]")
      }
      return .service(namespace: name.namespace, name: name.name, port: port, transport: transport)
    }
    return .service(namespace: parts.first, name: named[0], port: port, transport: transport)
  }

  /// `SERVICE.NAMESPACE`, `SERVICE.NAMESPACE.svc`, `SERVICE.NAMESPACE.svc.cluster.local`, the last also of one of the pods
  /// behind a headless service. A service's own name has no dots.
  private static func dnsName(_ text: String) -> NamespacedName? {
    var labels = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    if labels.last == "" { labels.removeLast() }
    guard labels.count >= 2, labels.allSatisfy({ !$0.isEmpty }) else { return nil }
    if labels.count == 2 { return NamespacedName(labels[1], labels[0]) }
    guard let service = labels.dropFirst(2).firstIndex(of: "svc") else { return nil }
    return NamespacedName(labels[service - 1], labels[service - 2])
  }

  private static func checked(_ text: String) throws(TargetError) -> TransportProtocol {
    guard let transport = TransportProtocol(text), [.tcp, .udp, .sctp].contains(transport) else {
      throw TargetError("\(text): not a protocol of services; allowed are TCP, UDP, SCTP")
    }
    return transport
  }

  private static func unreadable(_ text: String) -> TargetError {
    let lowercase = text.lowercased()
    if lowercase != text, (try? service(lowercase)) != nil {
      return TargetError("\(text): names have no capital letters; did you mean \(lowercase)?")
    }
    return TargetError("\(text): expected \(forms)")
  }

  /// What Kubernetes may call an object: letters, digits, '-' and '.'. Since 1.36 a Service's name may start with a
  /// digit.
  private static func isName(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 253
      && text.utf8.allSatisfy { (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d || $0 == 0x2e }
  }
}

extension String {
  /// Without the brackets of an IPv6 address.
  fileprivate var unbracketed: String { hasPrefix("[") && hasSuffix("]") ? String(dropFirst().dropLast()) : self }
}

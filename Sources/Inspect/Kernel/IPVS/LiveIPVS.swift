/// The kernel's IPVS, as a node answers for it: each question is put once.
///
/// To be used on threads of one network namespace.
public final class LiveIPVS: VirtualServer {
  private var reader: IPVSReader??
  private var found: [VirtualServiceKey: VirtualService?] = [:]
  private var listed: [VirtualService]?
  private var listedByKey: [VirtualServiceKey: VirtualService] = [:]
  private var tracks: Bool?

  /// Nothing is read until it is asked for.
  public init() {}

  /// Whether IPVS is in the kernel.
  public var isPresent: Bool? {
    get throws { try open() != nil }
  }

  /// Whether connections through IPVS are tracked, so that rules can masquerade them. A kernel without CONFIG_IP_VS_NFCT
  /// has no such value.
  public var tracksConnections: Bool? {
    if let tracks { return tracks }
    let answer = Sysctl.read("net/ipv4/vs/conntrack")?.hasPrefix("1") ?? false
    tracks = answer
    return answer
  }

  /// All virtual services, without their real servers.
  public func services() throws -> [VirtualService] {
    if let listed { return listed }
    let services = try open()?.services() ?? []
    listed = services
    listedByKey = Dictionary(services.map { ($0.key, $0) }) { first, _ in first }
    return services
  }

  /// One virtual service with its real servers; nil if there is none.
  public func service(_ key: VirtualServiceKey) throws -> VirtualService? {
    if let known = found[key] { return known }
    var service = try listedByKey[key] ?? open()?.service(key)
    if service != nil { service?.realServers = try open()?.realServers(of: key) }
    found[key] = .some(service)
    return service
  }

  private func open() throws -> IPVSReader? {
    if let reader { return reader }
    let made = IPVSReader.isPresent ? try IPVSReader() : nil
    reader = .some(made)
    return made
  }
}

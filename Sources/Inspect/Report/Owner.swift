/// A service or pod that something belongs to.
public struct OwnerName: Codable, Sendable, Hashable {
  /// The namespace of the service or pod.
  public var namespace: String
  /// The name within it.
  public var name: String
  /// The name of the service's port, where one is meant.
  public var port: String?

  init(_ name: NamespacedName, port: String? = nil) {
    namespace = name.namespace
    self.name = name.name
    self.port = port
  }
}

/// Who a thing belongs to, as the fields that answers have for that: one of them at most.
struct OwnerNames {
  var service: OwnerName?
  var services: [OwnerName]?
  var healthCheckOf: OwnerName?
  var pod: OwnerName?
  var node: String?

  init(_ owner: AddressNames.Owner?) {
    switch owner {
    case .servicePort(let port)?: service = OwnerName(port.service, port: port.port)
    case .services(let names)?: services = names.map { OwnerName($0) }
    case .healthCheck(let name)?: healthCheckOf = OwnerName(name)
    case .pod(let name)?: pod = OwnerName(name)
    case .node(let name)?: node = name
    case nil: break
    }
  }
}

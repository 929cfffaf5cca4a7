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

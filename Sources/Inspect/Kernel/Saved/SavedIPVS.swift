/// IPVS's virtual services and real servers as a node's kernel listed them.
final class SavedIPVS: VirtualServer, Sendable {
  private let all: [VirtualService]
  private let byKey: [VirtualServiceKey: VirtualService]

  let isPresent: Bool?
  let tracksConnections: Bool?

  /// A node whose kernel had no IPVS.
  static let absent = SavedIPVS()

  private init() {
    (all, byKey) = ([], [:])
    isPresent = false
    tracksConnections = false
  }

  /// - Throws: `KernelError` where a member is damaged. The real servers are one dump for each service, in their order.
  init(_ members: SavedMembers, tracksConnections: Bool?) throws(KernelError) {
    isPresent = true
    self.tracksConnections = tracksConnections
    var services: [VirtualService] = []
    try members.forEachMessage(of: "ipvs-services.bin") { message, _ throws(KernelError) in
      if let service = try IPVSDecoder.service(message) { services.append(service) }
    }
    for index in services.indices { services[index].realServers = [] }
    let name = "ipvs-dests.bin"
    try members.forEachMessage(of: name, dumps: services.count) { message, dump throws(KernelError) in
      guard services.indices.contains(dump) else {
        throw .malformed(reading: name, offset: message.offset, problem: "real servers of no service")
      }
      if let server = try IPVSDecoder.realServer(message, family: services[dump].key.family) {
        services[dump].realServers?.append(server)
      }
    }
    all = services
    byKey = Dictionary(services.map { ($0.key, $0) }) { first, _ in first }
  }

  func services() -> [VirtualService] { all }

  func service(_ key: VirtualServiceKey) -> VirtualService? { byKey[key] }
}

@testable import Inspect
@testable import kpx

/// Messages of ipset: headers and members.
func fuzzIPSet(_ input: UnsafeRawBufferPointer) {
  var header = IPSetHeader(name: "", type: "hash:ip,port,net,iface,mac,mark,set", revision: 0, family: .v4)
  let names = AddressNames(nil)
  forEachMessage(input) { message in
    attempt {
      if let set = try IPSetDecoder.header(message) {
        header = set
        checkPrintable(printable("\(set.name) \(set.type) \(set.text)"))
      }
      for entry in try IPSetDecoder.entries(message) {
        let text = entry.text(in: header)
        checkPrintable(printable(text))
        _ = names.owner(of: entry, in: header)
        _ = IPSetTestElement(text, in: header)
      }
    }
  }
}

/// Messages of IPVS, all of them taken for services and for real servers.
func fuzzIPVS(_ input: UnsafeRawBufferPointer) {
  var services: [VirtualService] = []
  var servers: [RealServer] = []
  forEachMessage(input) { message in
    attempt { if let service = try IPVSDecoder.service(message) { services.append(service) } }
    attempt {
      let family = services.last?.key.family ?? .v4
      if let server = try IPVSDecoder.realServer(message, family: family) { servers.append(server) }
    }
  }
  for index in services.indices {
    services[index].realServers = servers
    for line in services[index].saveText { checkPrintable(printable(line)) }
    attempt { check(try Document(VirtualServiceReport(services[index]))) }
    if case .shares(let shares) = Scheduling(services[index]), shares.values.contains(where: { !(0...1).contains($0) })
    {
      fatalError("a share of \(shares.values)")
    }
  }
  for isExact in [false, true] {
    checkPrintable(
      IPVSText(services, names: AddressNames(nil), terminal: terminal, isExact: isExact).text)
  }
}

/// Messages of ctnetlink: entries of the connection table.
func fuzzConnections(_ input: UnsafeRawBufferPointer) {
  forEachMessage(input) { message in
    attempt {
      guard let connection = try ConntrackDecoder.connection(message) else { return }
      checkPrintable("\(connection.endpoint) \(connection.state?.name ?? "") \(connection.phase)")
      let filter = ConnectionFilter(
        to: connection.original.destination, port: connection.original.destinationPort, connection.original.transport,
        connection.original.destination.family)
      if !filter.admits(connection) { fatalError("it is not what it is") }
    }
  }
}

/// Messages of rtnetlink, as whatever their type says, and put together as the node's links.
func fuzzLinks(_ input: UnsafeRawBufferPointer) {
  var links: [Link] = []
  var addresses: [InterfaceAddress] = []
  var routes: [Route] = []
  var neighbours: [Neighbour] = []
  forEachMessage(input) { message in
    attempt { if let link = try LinkMessages.link(message) { links.append(link) } }
    attempt { if let address = try LinkMessages.address(message) { addresses.append(address) } }
    attempt { if let route = try LinkMessages.route(message) { routes.append(route) } }
    attempt { if let neighbour = try LinkMessages.neighbour(message) { neighbours.append(neighbour) } }
    attempt { if let id = try LinkMessages.namespaceID(message), id < 0 { fatalError("namespace id \(id)") } }
  }
  let host = NodeLinks(links: links, routes: routes, neighbours: neighbours, ports: neighbours)
  var answer = PodInterfaces()
  for link in links {
    let interface = PodInterface(
      link: link, addresses: addresses, side: .pair(HostInterface(link: link, netnsid: link.lower?.netnsid)))
    answer.pods.append(PodNetwork(sandbox: PodSandbox(), interfaces: [interface]))
    answer.orphans.append(OrphanInterface(link: link, master: link.name, reason: link.name))
  }
  _ = host
  for isWide in [false, true] {
    checkPrintable(
      PodText(answer, terminal: terminal, isWide: isWide, isList: true, hasHeaders: true).text)
  }
  attempt { check(try Document(PodInterfaceList(node: AnsweringNode(name: nil, kernel: nil), answer))) }
}

extension ServiceTrace {
  /// Names the interfaces of a node that lead to endpoints on it. Where they cannot be read a note says so.
  public mutating func nameLocalInterfaces(_ node: any Node) {
    do {
      let addresses = frontends.flatMap { $0.endpoints.map(\.trace.address.address) }
      guard let interfaces = try node.interfaces(leadingTo: addresses) else { return }
      for frontend in frontends.indices {
        for endpoint in frontends[frontend].endpoints.indices {
          let address = frontends[frontend].endpoints[endpoint].trace.address.address
          frontends[frontend].endpoints[endpoint].interface = interfaces[address]
        }
      }
    } catch {
      notes.append(Note(.node, "the interfaces of local endpoints are not known: \(error)"))
    }
  }
}

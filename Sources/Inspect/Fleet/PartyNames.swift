/// Who is at the ends of nodes' connections: a node is told of its own pods alone, and who asks knows all.
struct PartyNames {
  private let names: AddressNames

  init(_ cluster: ClusterSnapshot?) { names = AddressNames(cluster) }

  /// The same, with those that the node does not know.
  func named(_ list: ConnectionList) -> ConnectionList {
    var list = list
    list.items = list.items?.map { item in
      var item = item
      (item.client, item.destination) = (named(item.client), named(item.destination))
      item.endpoint = named(item.endpoint)
      return item
    }
    list.groups = list.groups?.map { group in
      var group = group
      (group.client, group.endpoint) = (group.client.map(named), group.endpoint.map(named))
      return group
    }
    return list
  }

  private func named(_ party: ConnectionParty) -> ConnectionParty {
    guard party.role == nil else { return party }
    var party = party
    switch names.owner(of: party.address) {
    case .pod(let name)?: party.take(name)
    case .node(let name)?: (party.role, party.node) = (.node, name)
    default: break
    }
    return party
  }
}

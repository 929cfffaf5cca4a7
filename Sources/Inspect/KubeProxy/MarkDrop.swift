/// How kube-proxy up to 1.24 drops packets: by a mark that KUBE-MARK-DROP sets and a chain of the kubelet's acts on.
enum MarkDrop {
  case absent
  case empty
  case marks

  init(_ filter: any PacketFilter, table: Table) throws {
    let chain = ChainReference(table: table, name: WellKnownChain.markDrop.rawValue)
    var marks = false
    let exists = try filter.forEachRule(in: chain, hint: .none) { _, _ in
      marks = true
      return false
    }
    self = !exists ? .absent : marks ? .marks : .empty
  }
}

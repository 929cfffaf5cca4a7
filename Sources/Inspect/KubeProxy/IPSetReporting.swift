extension IPSetEntryReport {
  /// A member with who it is for.
  public init(_ entry: IPSetEntry, in header: IPSetHeader, owner: AddressNames.Owner?) {
    self.init(text: entry.text(in: header))
    address = entry.network.map { "\($0)" }
    transport = entry.transport
    port = entry.port
    address2 = entry.network2.map { "\($0)" }
    interface = entry.interface
    set = entry.setName
    mark = entry.mark
    timeout = entry.timeout
    nomatch = entry.isException ? true : nil
    packets = entry.counters?.packets
    bytes = entry.counters?.bytes
    comment = entry.comment
    let owner = OwnerNames(owner)
    (service, services, healthCheckOf) = (owner.service, owner.services, owner.healthCheckOf)
    (pod, node) = (owner.pod, owner.node)
  }
}

/// The kernel's connection table, as a node answers for it. To be used on threads of one network namespace.
final class LiveConnections: ConnectionTable {
  private var reader: ConntrackReader?

  /// Of this network namespace.
  var count: Int? { Sysctl.read("net/netfilter/nf_conntrack_count").flatMap { Int($0) } }

  /// Of the whole machine.
  var limit: Int? { Sysctl.read("net/netfilter/nf_conntrack_max").flatMap { Int($0) } }

  var remark: String? { IPVSConnections.areApart ? IPVSConnections.remark : nil }

  func forEach(_ filter: ConnectionFilter, _ body: (Connection) throws -> Void) throws {
    let reader = try reader ?? ConntrackReader()
    self.reader = reader
    try reader.forEach(filter, body)
    guard IPVSConnections.areApart else { return }
    for connection in try IPVSConnections.read() where filter.admits(connection) { try body(connection) }
  }
}

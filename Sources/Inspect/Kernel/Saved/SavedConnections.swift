/// The connections that a node's kernel listed.
final class SavedConnections: ConnectionTable {
  private let members: SavedMembers
  private let sysctls: [String: String]

  /// nil where they were not saved.
  /// - Throws: `KernelError` where the member is damaged.
  init?(_ members: SavedMembers, _ sysctls: [String: String]) throws(KernelError) {
    guard members[SavedMembers.connections] != nil else { return nil }
    try members.forEachMessage(of: SavedMembers.connections) { _, _ in }
    self.members = members
    self.sysctls = sysctls
  }

  var count: Int? { sysctls.connectionCount }

  var limit: Int? { sysctls.connectionLimit }

  var remark: String? { members[SavedMembers.virtualServerConnections] == nil ? nil : IPVSConnections.remark }

  func forEach(_ filter: ConnectionFilter, _ body: (Connection) throws -> Void) throws {
    // Each is decoded when it is asked for: there may be a million.
    let bytes = try members.required(SavedMembers.connections)
    var messages = NetlinkMessages(bytes.span.bytes, reading: SavedMembers.connections)
    while let message = try messages.next() {
      // NLMSG_MIN_TYPE; those below are netlink's own.
      guard message.type >= 16, let connection = try ConntrackDecoder.connection(message), filter.admits(connection)
      else { continue }
      try body(connection)
    }
    guard let apart = members[SavedMembers.virtualServerConnections] else { return }
    for connection in IPVSConnections.parse(apart) where filter.admits(connection) { try body(connection) }
  }
}

/// The connections of a node that was saved without them: they name clients. How many there were is known.
struct UnsavedConnections: ConnectionTable {
  /// By their paths below /proc/sys.
  let sysctls: [String: String]

  var count: Int? { sysctls.connectionCount }

  var limit: Int? { sysctls.connectionLimit }

  func forEach(_ filter: ConnectionFilter, _ body: (Connection) throws -> Void) throws {
    throw KernelError.unavailable(
      "the snapshot has no connections: 'kpx snapshot --connections' saves them, where the kernel tells of any")
  }
}

extension [String: String] {
  /// As the kernel counted them.
  fileprivate var connectionCount: Int? { self["net/netfilter/nf_conntrack_count"].flatMap { Int($0) } }

  fileprivate var connectionLimit: Int? { self["net/netfilter/nf_conntrack_max"].flatMap { Int($0) } }
}

import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// The members of a saved node: what its kernel answered, byte for byte, each answer under the name of what was asked.
public struct SavedMembers: Sendable {
  /// Rules of the largest clusters are some hundred megabytes.
  private static let largestMember = 1 << 30
  private let members: [String: [UInt8]]

  /// Members by name.
  public init(_ members: [String: [UInt8]]) { self.members = members }

  /// The files of a folder whose names end in `.bin`.
  /// - Throws: `KernelError.unavailable`, with the path, where one cannot be read.
  public init(folder: String) throws(KernelError) {
    guard let names = NodeFile.names(in: folder) else { throw .unavailable("\(folder) is no folder that can be read") }
    var members: [String: [UInt8]] = [:]
    for name in names where name.hasSuffix(".bin") {
      let path = "\(folder)/\(name)"
      do throws(FileError) {
        members[name] = try NodeFile.content(path, limit: Self.largestMember).bytes
      } catch {
        throw .unavailable(error.sentence(path))
      }
    }
    self.members = members
  }

  // Of what rtnetlink lists: members with the dumps of both families, IPv4's first, and of each namespace that a bridge's port
  // leads to.
  static let links = "links.bin"
  static let addresses = "addresses.bin"
  static let routes = "routes.bin"
  static let routingRules = "routing-rules.bin"
  static let neighbours = "neighbours.bin"
  static let bridgePorts = "bridge-ports.bin"
  static let peerAddresses = "peer-addresses.bin"
  static let connections = "connections.bin"
  static let virtualServerConnections = "ipvs-connections.txt"
  static let facts = "facts.json"

  /// The names of all members, in their order.
  var names: [String] { members.keys.sorted() }

  /// A member; nil if it was not saved.
  subscript(name: String) -> [UInt8]? { members[name] }

  /// A member that others are nothing without.
  func required(_ name: String) throws(KernelError) -> [UInt8] {
    guard let bytes = members[name] else { throw .unavailable("the saved node has no \(name)") }
    return bytes
  }

  /// Gives `body` the messages of a member that holds one netlink dump or several, each with the number of its dump.
  /// - Parameter count: how many dumps there must be; nil: one or more.
  func forEachMessage(
    of name: String, dumps count: Int? = nil, _ body: (NetlinkMessage, _ dump: Int) throws(KernelError) -> Void
  ) throws(KernelError) {
    let bytes = try required(name)
    try Self.naming(name) { () throws(KernelError) in
      var messages = NetlinkMessages(bytes.span.bytes, reading: name)
      var dump = 0
      var isWhole = count == 0
      while let message = try messages.next() {
        if message.flags & UInt16(NLM_F_DUMP_INTR) != 0 {
          throw .malformed(reading: name, offset: message.offset, problem: "rules changed while it was saved")
        }
        isWhole = Int32(message.type) == NLMSG_DONE
        if isWhole { dump += 1 }
        // NLMSG_MIN_TYPE; those below are netlink's own.
        if message.type >= 16 { try body(message, dump) }
      }
      guard isWhole, dump == count ?? dump else {
        throw .malformed(reading: name, offset: bytes.count, problem: "cut off")
      }
    }
  }

  /// What the messages of a member say, of one netlink dump or of several.
  func list<Value>(
    _ name: String, dumps count: Int? = nil, _ decode: (NetlinkMessage) throws(KernelError) -> Value?
  ) throws(KernelError) -> [Value] {
    var values: [Value] = []
    try forEachMessage(of: name, dumps: count) { message, _ throws(KernelError) in
      if let value = try decode(message) { values.append(value) }
    }
    return values
  }

  /// Runs `body`, which reads of a member, and names the member where that is damaged.
  static func naming<Value>(
    _ name: String, _ body: () throws(KernelError) -> Value
  ) throws(KernelError) -> Value {
    do throws(KernelError) {
      return try body()
    } catch .malformed(let reading, let offset, let problem) where reading != name {
      throw .malformed(reading: "\(name): \(reading)", offset: offset, problem: problem)
    }
  }
}

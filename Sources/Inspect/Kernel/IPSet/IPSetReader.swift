import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// The ipsets of the network namespace that the calling thread is in when it asks first.
public final class IPSetReader: IPSetSource {
  private let sockets = NetlinkSockets(NETLINK_NETFILTER, reading: "ipsets")
  private var headers: [String: IPSetHeader?] = [:]

  /// - Throws: `KernelError.unavailable` where ipset is not in the kernel. Asking it would load the module.
  public init() throws(KernelError) {
    guard KernelModule.ipset.isPresent else {
      throw .unavailable("no ipsets here: the kernel's module ip_set is not loaded")
    }
  }

  // MARK: - Lists

  /// Lists all sets, or one, as the kernel sends them: nothing is kept.
  ///
  /// - Returns: false if there is no set of that name.
  @discardableResult
  public func list(
    _ name: String? = nil, headersOnly: Bool = false, set: (IPSetHeader) throws -> Void,
    entry: (IPSetEntry) throws -> Void
  ) throws -> Bool {
    if let name, !Self.isName(name) { return false }
    var request = Self.request(IPSET_CMD_LIST, name, flags: NLM_F_DUMP | NLM_F_ACK)
    if headersOnly { request.append(IPSET_ATTR_FLAGS, bigEndian: IPSET_FLAG_LIST_HEADER.rawValue) }
    // `entry` may ask for something else meanwhile.
    var socket = try sockets.send(request)
    do {
      while let message = try socket.next() {
        if let header = try IPSetDecoder.header(message) { try set(header) }
        for member in try IPSetDecoder.entries(message) { try entry(member) }
      }
    } catch KernelError.refused(_, ENOENT, _) where socket.isIdle {
      sockets.put(socket)
      return false
    }
    sockets.put(socket)
    return true
  }

  func read(_ name: String, set: (IPSetHeader) throws -> Void, entry: (IPSetEntry) throws -> Void) throws {
    try list(name, set: set, entry: entry)
  }

  /// A set's type, revision and family, and nothing of what it was made with or holds; nil if there is none of that name.
  /// Asked once for each name, by IPSET_CMD_HEADER: for a list of headers the kernel looks at every member.
  public func header(_ name: String) throws(KernelError) -> IPSetHeader? {
    if let known = headers[name] { return known }
    let found = Self.isName(name) ? try readHeader(name) : nil
    headers[name] = .some(found)
    return found
  }

  private func readHeader(_ name: String) throws(KernelError) -> IPSetHeader? {
    do throws(KernelError) {
      return try sockets.value(Self.request(IPSET_CMD_HEADER, name), IPSetDecoder.header)
    } catch .refused(_, ENOENT, _) {
      return nil
    }
  }

  // MARK: - Tests

  /// Whether a set of the kernel's holds an element (IPSET_CMD_TEST). Never nil.
  func test(_ name: String, _ element: IPSetTestElement, findsExceptions: Bool) throws(KernelError) -> Bool? {
    var request = Self.request(IPSET_CMD_TEST, name, flags: NLM_F_ACK)
    request.nest(IPSET_ATTR_DATA) { data in
      element.append(to: &data)
      let flags =
        (element.isPhysdev ? IPSET_FLAG_PHYSDEV.rawValue : 0)
        | (findsExceptions ? IPSET_FLAG_NOMATCH.rawValue : 0)
      if flags != 0 { data.append(IPSET_ATTR_CADT_FLAGS, bigEndian: flags) }
    }
    do throws(KernelError) {
      _ = try sockets.value(request, IPSetDecoder.header)
      return true
    } catch .refused(_, let code, _) where code == Int32(IPSET_ERR_EXIST.rawValue) {
      return false
    }
  }

  /// - Parameter name: of the set; nil for all.
  private static func request(
    _ command: ipset_cmd, _ name: String?, flags: Int32 = 0, protocolVersion: UInt8 = 6
  ) -> NetlinkRequest {
    var request = NetlinkRequest.netfilter(
      subsystem: NFNL_SUBSYS_IPSET, command: command.rawValue, flags: flags,
      reading: name.map { "ipset \($0)" } ?? "ipsets")
    // 6 is what every kernel since 2.6.39 knows.
    request.append(IPSET_ATTR_PROTOCOL, number: protocolVersion)
    if let name { request.append(IPSET_ATTR_SETNAME, text: name) }
    return request
  }

  /// IPSET_MAXNAMELEN is 32, with the NUL.
  private static func isName(_ name: String) -> Bool { (1..<32).contains(name.utf8.count) }

  // MARK: - As they are

  /// What the kernel answers when it is asked for all sets, byte for byte; where the list has no indexes, the names by index.
  func record() throws(KernelError) -> (list: [UInt8], names: [String: String]?) {
    do throws(KernelError) {
      // Since Linux 4.20 (protocol 7), with the indexes that rules have.
      return (try recordList(protocolVersion: 7), nil)
    } catch .refused(_, let code, _) where code == Int32(IPSET_ERR_PROTOCOL.rawValue) {
      let names = LiveSetNames()
      var found: [String: String] = [:]
      for index in UInt16.min ... .max {
        if let name = names.name(of: index) { found["\(index)"] = name }
      }
      return (try recordList(protocolVersion: 6), found)
    }
  }

  private func recordList(protocolVersion: UInt8) throws(KernelError) -> [UInt8] {
    var socket = try NetlinkSocket(NETLINK_NETFILTER, reading: "ipsets")
    return try socket.record(
      Self.request(IPSET_CMD_LIST, nil, flags: NLM_F_DUMP | NLM_F_ACK, protocolVersion: protocolVersion))
  }
}

import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// The ipsets of the network namespace that the calling thread is in when it asks first.
public final class IPSetReader {
  /// Requests that ask for one thing, over one socket.
  private let questions = NetlinkExchange(protocol: NETLINK_NETFILTER, reading: IPSetDecoder.reading)
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
    var request = Self.request(IPSET_CMD_LIST, flags: NLM_F_DUMP | NLM_F_ACK)
    if let name {
      guard Self.isName(name) else { return false }
      request.append(IPSET_ATTR_SETNAME, text: name)
    }
    if headersOnly { request.append(IPSET_ATTR_FLAGS, bigEndian: IPSET_FLAG_LIST_HEADER.rawValue) }
    let decoder = IPSetDecoder()
    do {
      // A socket of its own: `entry` may ask for something else meanwhile.
      try NetlinkExchange(protocol: NETLINK_NETFILTER, reading: IPSetDecoder.reading)
        .send(request, reading: Self.reading(name)) { message in
          try decoder.decode(message) { event in
            switch event {
            case .set(let header): try set(header)
            case .entry(let member): try entry(member)
            }
          }
        }
      return true
    } catch KernelError.system(_, ENOENT) {
      return false
    }
  }

  /// A set's type, revision and family, and nothing of what it was made with or holds; nil if there is none of that name.
  /// Asked once for each name, by IPSET_CMD_HEADER: for a list of headers the kernel looks at every member.
  public func header(_ name: String) throws -> IPSetHeader? {
    if let known = headers[name] { return known }
    var found: IPSetHeader?
    if Self.isName(name) {
      var request = Self.request(IPSET_CMD_HEADER, flags: 0)
      request.append(IPSET_ATTR_SETNAME, text: name)
      do {
        try questions.send(request, reading: Self.reading(name)) { message in
          try IPSetDecoder().decode(message) { if case .set(let header) = $0 { found = header } }
        }
      } catch KernelError.system(_, ENOENT) {
        found = nil
      }
    }
    headers[name] = .some(found)
    return found
  }

  // MARK: - Tests

  /// Whether a set of the kernel's holds an element that names all that the set's type asks for (IPSET_CMD_TEST).
  ///
  /// An element that an exception (`nomatch`) covers is not in the set; with `findsExceptions` it alone is.
  func test(_ name: String, _ element: IPSetTestElement, findsExceptions: Bool) throws -> Bool {
    var request = Self.request(IPSET_CMD_TEST, flags: NLM_F_ACK)
    request.append(IPSET_ATTR_SETNAME, text: name)
    request.nest(IPSET_ATTR_DATA) { data in
      element.append(to: &data)
      let flags =
        (element.isPhysdev ? IPSET_FLAG_PHYSDEV.rawValue : 0)
        | (findsExceptions ? IPSET_FLAG_NOMATCH.rawValue : 0)
      if flags != 0 { data.append(IPSET_ATTR_CADT_FLAGS, bigEndian: flags) }
    }
    do {
      try questions.send(request, reading: Self.reading(name)) { _ in }
      return true
    } catch KernelError.system(_, let code) where code == Int32(IPSET_ERR_EXIST.rawValue) {
      return false
    }
  }

  private static func request(_ command: ipset_cmd, flags: Int32) -> NetlinkRequest {
    var request = NetlinkRequest.netfilter(subsystem: NFNL_SUBSYS_IPSET, command: command.rawValue, flags: flags)
    // What every kernel since 2.6.39 knows.
    request.append(IPSET_ATTR_PROTOCOL, number: UInt8(6))
    return request
  }

  private static func reading(_ name: String?) -> String { name.map { "ipset \($0)" } ?? IPSetDecoder.reading }

  /// IPSET_MAXNAMELEN is 32, with the NUL.
  private static func isName(_ name: String) -> Bool { (1..<32).contains(name.utf8.count) }
}

extension KernelModule {
  static let ipset = KernelModule(name: "ip_set", function: "ip_set_test")
}

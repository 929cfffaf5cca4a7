/// The connections that a node tracks. They come and go while they are read: what is told of them is about right.
public protocol ConnectionTable {
  /// How many entries there are, of all kinds (net.netfilter.nf_conntrack_count); nil if it is not known.
  var count: Int? { get }

  /// How many there may be (net.netfilter.nf_conntrack_max); nil if it is not known.
  var limit: Int? { get }

  /// What has to be known of all numbers, in a sentence; nil for nothing.
  var remark: String? { get }

  /// Calls `body` with each entry that `filter` admits.
  /// - Throws: `KernelError.unavailable` where the kernel does not tell, `.changing` where the dump was cut short each time.
  func forEach(_ filter: ConnectionFilter, _ body: (Connection) throws -> Void) throws
}

/// A node of which no connections are known.
public struct NoConnectionTable: ConnectionTable {
  /// Not known.
  public var count: Int? { nil }
  /// Not known.
  public var limit: Int? { nil }

  /// Answers nothing.
  public init() {}

  /// Nobody tells.
  public func forEach(_ filter: ConnectionFilter, _ body: (Connection) throws -> Void) throws {
    throw KernelError.unavailable("the connections of this node are not known")
  }
}

extension ConnectionTable {
  /// Nothing.
  public var remark: String? { nil }

  /// Whether it is known to have no entry, without reading it.
  var isEmpty: Bool { count == 0 && remark == nil }

  /// That there is hardly room for another one, in a sentence; nil where there is, or that is not known.
  var fullness: String? {
    guard let count, let limit, limit > 0, count >= limit - limit / 20 else { return nil }
    return
      "the table of connections is full (\(count) of \(limit), net.netfilter.nf_conntrack_max): new ones are dropped"
  }

  /// Calls `body` once with each entry that any of the filters admits, in a dump for each filter.
  public func forEach(of filters: [ConnectionFilter], _ body: (Connection) throws -> Void) throws {
    for (index, filter) in filters.enumerated() {
      try forEach(filter) { connection in
        // A kernel that ignores filters gives it in the dump for another one, too.
        guard filter.admits(connection), !filters[..<index].contains(where: { $0.admits(connection) }) else { return }
        try body(connection)
      }
    }
  }
}

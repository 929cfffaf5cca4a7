/// The connections that a node tracks. They come and go while they are read: what is told of them is about right.
public protocol ConnectionTable {
  /// How many entries there are, of all kinds (net.netfilter.nf_conntrack_count); nil if it is not known.
  var count: Int? { get }

  /// How many there may be (net.netfilter.nf_conntrack_max); nil if it is not known.
  var limit: Int? { get }

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

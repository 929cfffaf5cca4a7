import CSys

/// `-m socket`: struct xt_socket_mtinfo1, 2 and 3, which are alike; revision 0 has no options.
public struct SocketMatch: Sendable, Hashable {
  /// XT_SOCKET_*.
  public struct Flags: OptionSet, Sendable, Hashable {
    /// As the kernel has them.
    public let rawValue: UInt8
    /// From the number that the kernel has.
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// `--transparent`: sockets that take addresses which are not the node's.
    public static let transparent = Flags(rawValue: 1)
    /// `--nowildcard`: also sockets without an address of their own.
    public static let noWildcard = Flags(rawValue: 2)
    /// `--restore-skmark`: the packet takes over the socket's mark.
    public static let restoresMark = Flags(rawValue: 4)
  }
  /// The options.
  public var flags: Flags
}

extension SocketMatch {
  static let decoders: [XTables.Decoder<Match>] =
    [.init(name: "socket", revision: 0, size: 0) { _ in .localSocket(SocketMatch(flags: [])) }]
    + (1...3).map { revision in
      .init(name: "socket", revision: revision, size: sizeof_xt_socket_mtinfo1) { p in
        .localSocket(SocketMatch(flags: Flags(rawValue: p.u8(xt_socket_mtinfo1_flags))))
      }
    }

  func append(to text: inout String) {
    text += " -m socket"
    if flags.contains(.transparent) { text += " --transparent" }
    if flags.contains(.noWildcard) { text += " --nowildcard" }
    if flags.contains(.restoresMark) { text += " --restore-skmark" }
  }
}

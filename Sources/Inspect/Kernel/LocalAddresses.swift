import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// The addresses that a node takes for its own: routes of type local in the routing table local.
enum LocalAddresses {
  /// Both families' addresses in the network namespace that the calling thread is in.
  static func read() throws(KernelError) -> [IPPrefix] {
    var socket = try RouteSocket()
    var prefixes: [IPPrefix] = []
    for family in IPFamily.allCases { prefixes += try socket.routes(family).compactMap(local) }
    return prefixes
  }

  /// The prefix of a route, if it is one of the node's own addresses.
  static func local(_ route: Route) -> IPPrefix? {
    let isLocal = route.table == UInt32(RT_TABLE_LOCAL.rawValue) && route.type == UInt8(RTN_LOCAL)
    return isLocal ? route.destination : nil
  }
}

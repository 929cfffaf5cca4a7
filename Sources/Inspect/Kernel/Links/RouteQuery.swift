#if canImport(Glibc)
  import Glibc
#endif

/// A packet to find a route for.
struct RouteQuery: Sendable {
  var destination: IPAddress
  /// nil: the kernel chooses one.
  var source: IPAddress?
  /// The index of the interface that it arrives by; nil for one that this node sends.
  var inInterface: Int32?
  var mark: UInt32 = 0
}

/// What routing makes of a packet.
enum RouteAnswer: Sendable {
  case route(Route)
  /// The kernel would drop it, and why; and whether it is for want of a route.
  case refused(String, isMissing: Bool)
  /// It cannot be told.
  case unknown

  /// - Parameter text: the kernel's own words, where it has some.
  static func reason(_ code: Int32, _ text: String?, _ query: RouteQuery) -> String {
    switch code {
    // fib_validate_source
    case EXDEV: "its source is not behind the interface that it comes by (rp_filter)"
    case EINVAL: "the kernel takes its source or destination for impossible on this way (martian)"
    case ENETUNREACH, EHOSTUNREACH: "the node has no route to \(query.destination)"
    case EACCES: "a route prohibits \(query.destination)"
    default: "the kernel does not route it to \(query.destination): \(text ?? String(cString: strerror(code)))"
    }
  }

  /// What is refused where a route itself is asked for: what routes answer by their type (fib_props, ip6_rt_type_to_error).
  static func matching(_ code: Int32, _ text: String?, _ address: IPAddress) -> RouteAnswer {
    let why =
      switch code {
      case EINVAL: "a blackhole route discards packets to \(address)"
      case EHOSTUNREACH: "a route makes \(address) unreachable"
      default: reason(code, text, RouteQuery(destination: address))
      }
    return .refused(why, isMissing: code == ENETUNREACH)
  }
}

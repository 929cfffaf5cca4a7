#if canImport(Glibc)
  import Glibc
#endif

/// Routing rules and routes of one family, looked up as the kernel does (fib_rules_lookup, fib_table_lookup, fib6_table_lookup).
struct RoutingTables {
  /// What a lookup comes to.
  enum Result {
    case route(Route)
    /// No rule leads to a route: ENETUNREACH.
    case none
    /// A rule or a route refuses it, by that error number.
    case refused(Int32)
    /// It depends on what is not known, or on more than the packet.
    case unknown
  }

  /// What is looked up for.
  struct Key {
    var destination: IPAddress
    /// nil: none is chosen yet.
    var source: IPAddress?
    /// The interface that it arrives by; `lo` for what this node sends.
    var inInterface: String
    var mark: UInt32 = 0
    /// The interface that it must leave by (flowi_oif); nil: any.
    var outInterface: Int32?
  }

  private let rules: [RoutingRule]
  /// By table, and then by length, the longest first.
  private var tables: [UInt32: [(length: Int, routes: [IPAddress: [Route]])]] = [:]

  // RT_TABLE_DEFAULT, _MAIN, _LOCAL
  private static let usual: [UInt32] = [255, 254, 253]

  init(_ rules: [RoutingRule], _ routes: [Route]) {
    self.rules = rules
    for (table, own) in Dictionary(grouping: merged(routes), by: \.table) {
      tables[table] = Dictionary(grouping: own, by: \.destination.length).sorted { $0.key > $1.key }.map {
        length, own in
        // One table lists them in the order in which they are taken: sorting keeps the order of equals.
        (length, Dictionary(grouping: own, by: \.destination.address).mapValues { $0.sorted(by: Self.isBefore) })
      }
    }
  }

  /// Whether there are other rules than the kernel's own (fib4_has_custom_rules).
  var hasOwnRules: Bool {
    rules.map(\.table) != Self.usual || rules.contains { $0.asksMore || $0.destination != nil || $0.markMask != 0 }
  }

  /// Without rules of its own a network namespace has its IPv4 addresses and its routes in one table (fib_trie_unmerge), where
  /// the longer prefix wins and the address among equals.
  private func merged(_ routes: [Route]) -> [Route] {
    guard routes.first?.destination.address.family == .v4, !hasOwnRules else { return routes }
    let local = routes.filter { $0.table == Self.usual[0] }
    return local.map {
      var route = $0
      route.table = Self.usual[1]
      return route
    } + routes.filter { $0.table != Self.usual[0] }
  }

  private static func isBefore(_ left: Route, _ right: Route) -> Bool {
    (right.tos, left.metric) < (left.tos, right.metric)
  }

  /// The route of a packet.
  func look(up key: Key) -> Result {
    var position = 0
    while position < rules.count {
      let rule = rules[position]
      position += 1
      guard let matches = rule.matches(key) else { return .unknown }
      guard matches else { continue }
      switch rule.action {
      case nil: return .unknown
      case .nothing: continue
      case .goTo:
        guard let target = rule.target, target > rule.priority else { return .unknown }
        while position < rules.count, rules[position].priority < target { position += 1 }
      // fib4_rule_action, fib6_rule_action
      case .unreachable: return .none
      case .blackhole: return .refused(RouteError.blackhole)
      case .prohibit: return .refused(RouteError.prohibited)
      case .toTable:
        switch look(up: key, in: rule.table) {
        case .none: continue
        case .route(let route) where rule.suppresses(route): continue
        case let found: return found
        }
      }
    }
    return .none
  }

  private func look(up key: Key, in table: UInt32) -> Result {
    for (length, routes) in tables[table] ?? [] {
      let first = key.destination & .mask(length, key.destination.family)
      let usable = (routes[first] ?? []).filter { route in
        !route.isDead && route.tos == 0
          && (key.outInterface == nil || !route.isUnicast || route.interface == nil
            || route.interface == key.outInterface)
      }
      guard let route = usable.first else { continue }
      if route.isLinkDown { return .unknown }
      // Several next hops: which one is taken is a hash of the packet's, or a matter of its neighbours (rt6_select).
      let others = usable.dropFirst().prefix { $0.metric == route.metric && route.destination.address.family == .v6 }
      if !others.isEmpty { return .unknown }
      switch route.type {
      case 6: return .refused(RouteError.blackhole)
      case 7: return .refused(RouteError.unreachable)
      case 8: return .refused(RouteError.prohibited)
      // RTN_THROW
      case 9: return .none
      default: return .route(route)
      }
    }
    return .none
  }
}

/// What the kernel answers for routes and rules that refuse (fib_props, ip6_rt_type_to_error).
enum RouteError {
  static let blackhole = EINVAL
  static let unreachable = EHOSTUNREACH
  static let prohibited = EACCES
}

extension RoutingRule {
  /// Whether a packet meets what it asks for; nil where that is not known.
  fileprivate func matches(_ key: RoutingTables.Key) -> Bool? {
    if asksOther { return nil }
    var isMet = (key.mark ^ mark) & markMask == 0
    if let destination { isMet = isMet && destination.contains(key.destination) }
    if let source {
      // Of a packet that has none yet it is asked for the address that stands for none (fib4_rule_match).
      isMet = isMet && source.contains(key.source ?? .any(key.destination.family))
    }
    if let inInterface { isMet = isMet && inInterface == key.inInterface }
    // The queries of kpx bind no socket.
    if outInterface != nil { isMet = false }
    return isMet != isInverted
  }

  /// fib4_rule_suppress, fib6_rule_suppress
  fileprivate func suppresses(_ route: Route) -> Bool {
    suppressedLength.map { route.destination.length <= Int($0) } ?? false
  }
}

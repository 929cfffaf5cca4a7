import TestSupport
import Testing

@testable import Inspect

/// What is said by routes and rules that were listed is what the kernel says that listed them.
@Suite(
  "Saved routes against the kernel's",
  .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own"))
struct RoutingOracleTests {
  private static let links = ["eth0", "eth1", "pod1", "pod2"]
  private static let v4 = [
    "10.1.0.1", "10.1.0.7", "10.1.1.7", "10.2.0.1", "10.2.3.4", "10.2.3.5", "10.9.0.1", "192.0.2.1", "127.0.0.1",
    "10.1.1.1", "10.244.1.5", "10.1.0.255",
  ]
  private static let v6 = [
    "fd00:1::1", "fd00:1::7", "fd00:2::7", "fd00:3::1", "fd00:3:4::5", "fd00:9::1", "2001:db8::1", "::1", "fd00:244::5",
  ]

  /// Commands that a shell may refuse: not all of them fit together.
  private static func commands(_ generator: inout SeededGenerator) -> [String] {
    func any<T>(_ values: [T]) -> T { generator.one(of: values) }
    func some(_ text: String) -> String { Bool.random(using: &generator) ? text : "" }
    var commands: [String] = []
    for _ in 0..<Int.random(in: 3...10, using: &generator) {
      let isFirst = Bool.random(using: &generator)
      let (ip, prefixes, gateways) =
        isFirst
        ? (
          "ip",
          [
            "default", "10.2.0.0/16", "10.2.3.0/24", "10.2.3.4", "10.9.0.0/24", "10.244.1.5", "192.0.2.0/24",
            "0.0.0.0/1",
          ],
          ["10.1.0.2", "10.1.1.2"]
        )
        : (
          "ip -6", ["default", "fd00:3::/48", "fd00:3:4::/64", "fd00:3:4::5", "fd00:9::/64", "fd00:244::5"],
          ["fd00:1::2", "fd00:2::2"]
        )
      let table = any(["", "", "", "table 77", "table 78", "table local"])
      let metric = some("metric \(Int.random(in: 1...3, using: &generator))")
      switch Int.random(in: 0..<10, using: &generator) {
      case 0..<4: commands.append("\(ip) route add \(any(prefixes)) via \(any(gateways)) \(metric) \(table)")
      case 4..<6: commands.append("\(ip) route add \(any(prefixes)) dev \(any(links)) \(metric) \(table)")
      case 6:
        commands.append(
          "\(ip) route add \(any(["blackhole", "unreachable", "prohibit", "throw"])) \(any(prefixes)) \(table)")
      case 7:
        commands.append(
          "\(ip) route add \(any(prefixes)) \(table) nexthop via \(gateways[0]) nexthop via \(gateways[1])")
      default:
        let selectors = [
          "fwmark \(any(["0x1", "0x2/0x3", "0x10/0x10"]))", "to \(any(prefixes))", "from \(any(prefixes))",
          "iif \(any(links))",
          "iif lo", "from all", "not from all fwmark 0x1",
        ]
        let priority = Int.random(in: 1...40000, using: &generator)
        let action = any([
          "table 77", "table 78", "lookup main suppress_prefixlength \(any([0, 8, 24]))", "blackhole", "unreachable",
          "prohibit", "goto 32766", "nop",
        ])
        commands.append("\(ip) rule add priority \(priority) \(any(selectors)) \(action)")
      }
    }
    for name in ["rp_filter", "accept_local", "route_localnet", "send_redirects", "forwarding", "src_valid_mark"] {
      for link in links + ["all"] where Int.random(in: 0..<4, using: &generator) == 0 {
        commands.append(
          "sysctl -w net.ipv4.conf.\(link).\(name)=\(name == "rp_filter" ? any(["0", "1", "2"]) : any(["0", "1"]))")
      }
    }
    return commands
  }

  @Test(
    "Rules, tables, metrics, refusals and the check of sources are weighed as the kernel weighs them", arguments: 0..<8)
  func agrees(seed: Int) async throws {
    var generator = SeededGenerator(seed: UInt64(seed) + 1000 * OracleSize.seed)
    let commands = Self.commands(&generator)
    try await withPrivateNetworkNamespace { node in
      for (number, link) in Self.links.enumerated() {
        try node.must("ip", "link", "add", link, "type", "veth", "peer", "name", "\(link)p")
        try node.must("ip", "link", "set", "\(link)p", "up")
        try node.must("ip", "link", "set", link, "up")
        guard number < 2 else { continue }
        try node.must("ip", "addr", "add", "10.1.\(number).1/24", "dev", link)
        try node.must("ip", "addr", "add", "fd00:\(number + 1)::1/64", "dev", link, "nodad")
      }
      try node.must("ip", "link", "set", "lo", "up")
      try node.must("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
      try node.must("sh", "-c", commands.map { "\($0) 2>/dev/null >&2" }.joined(separator: "; ") + "; true")
      var members: [String: [UInt8]] = [:]
      var recorder = NodeRecorder()
      recorder.asksKubeProxy = false
      try recorder.record { name, bytes in members[name] = Array(bytes) }
      let saved = SavedMembers(members)
      let routes = try SavedRoutes(saved, SavedFacts(saved))
      var socket = try RouteSocket()
      var tally = (asked: 0, unknown: 0)
      func compare(_ kernel: RouteAnswer, _ own: RouteAnswer, _ question: String) {
        tally.asked += 1
        if case .unknown = own {
          tally.unknown += 1
        } else {
          #expect(own.text == kernel.text, "\(question)\n\(commands.joined(separator: "\n"))")
        }
      }
      for texts in [Self.v4, Self.v6] {
        let addresses = texts.compactMap { IPAddress($0) }
        for destination in addresses {
          for mark in [UInt32(0), 1, 0x10] {
            compare(
              try socket.route(to: destination, mark: mark), routes.route(to: destination, mark: mark),
              "route to \(destination) mark \(mark)")
            for source in [nil] + addresses.map(Optional.some) {
              for link in [nil] + Self.links.map(Optional.some) {
                var query = RouteQuery(destination: destination, source: source)
                query.mark = mark
                if let link {
                  guard source != nil else { continue }
                  query.inInterface = try socket.link(named: link, withStatistics: false)?.index
                }
                compare(
                  try socket.look(up: query), routes.look(up: query),
                  "to \(destination) from \(source.map { "\($0)" } ?? "-") by \(link ?? "-") mark \(mark)")
              }
            }
          }
        }
      }
      #expect(tally.asked > 2000 && tally.unknown < tally.asked * 3 / 5, "\(tally)")
    }
  }
}

extension RouteAnswer {
  /// What counts of it.
  fileprivate var text: String {
    switch self {
    case .unknown: "unknown"
    case .refused(let why, let isMissing): "refused: \(why) \(isMissing)"
    case .route(let route):
      "\(route.type) by \(route.type == 2 ? 0 : route.interface ?? 0) via \(route.gateway.map { "\($0)" } ?? "-")"
    }
  }
}

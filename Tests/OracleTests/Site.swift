import Inspect
import TestSupport

/// The node that random rules are tried on, and who is around it: clients beyond a router, pods of its own, pods of
/// other nodes.
enum Site {
  static let interfaces = ["cl0", "pod0", "pod1", "ext0"]
  static let serviceRange: [IPFamily: String] = [.v4: "10.96.0.0/24", .v6: "fd00:96::/120"]
  static let podRange: [IPFamily: String] = [.v4: "10.244.0.0/16", .v6: "fd00:244::/32"]

  /// The node's own addresses, by interface.
  static let own: [IPFamily: [String: String]] = [
    .v4: ["cl0": "192.0.2.1", "pod0": "10.244.1.1", "ext0": "172.16.2.1"],
    .v6: ["cl0": "2001:db8:2::1", "pod0": "fd00:244:1::1", "ext0": "fd00:172::1"],
  ]

  /// Endpoints: two pods of this node, two of other nodes, one outside.
  static let endpoints: [IPFamily: [String]] = [
    .v4: ["10.244.1.2", "10.244.1.3", "10.244.2.2", "10.244.2.3", "203.0.113.9"],
    .v6: ["fd00:244:1::2", "fd00:244:1::3", "fd00:244:2::2", "fd00:244:2::3", "2001:db8:9::9"],
  ]

  static func services(_ family: IPFamily) -> [String] {
    (1...4).map { family == .v4 ? "10.96.0.\($0)" : "fd00:96::\($0)" }
  }

  /// Who sends, and by which interface it comes; without one it is the node itself.
  static let sources: [IPFamily: [Sender]] = [
    .v4: [
      Sender(address: "198.51.100.7", interface: "cl0"), Sender(address: "198.51.100.200", interface: "cl0"),
      Sender(address: "203.0.113.9", interface: "cl0"), Sender(address: "10.244.1.2", interface: "pod0"),
      Sender(address: "10.244.1.3", interface: "pod1"), Sender(address: "10.244.2.2", interface: "ext0"),
      Sender(address: "10.244.2.3", interface: "ext0"), Sender(address: "192.0.2.1"), Sender(address: "10.244.1.1"),
      Sender(address: "172.16.2.1"), Sender(address: "127.0.0.1"),
    ],
    .v6: [
      Sender(address: "2001:db8:7::7", interface: "cl0"), Sender(address: "2001:db8:7::200", interface: "cl0"),
      Sender(address: "2001:db8:9::9", interface: "cl0"), Sender(address: "fd00:244:1::2", interface: "pod0"),
      Sender(address: "fd00:244:1::3", interface: "pod1"), Sender(address: "fd00:244:2::2", interface: "ext0"),
      Sender(address: "fd00:244:2::3", interface: "ext0"), Sender(address: "2001:db8:2::1"),
      Sender(address: "fd00:244:1::1"), Sender(address: "fd00:172::1"), Sender(address: "::1"),
    ],
  ]

  static let prefixes: [IPFamily: [String]] = [
    .v4: [
      "10.244.0.0/16", "10.244.1.0/24", "10.244.2.0/24", "198.51.100.0/24", "198.51.100.0/25", "10.96.0.0/24",
      "10.96.0.1/32", "10.96.0.2/32", "192.0.2.0/24", "127.0.0.0/8", "10.244.1.2/32", "10.0.0.0/8", "0.0.0.0/1",
    ],
    .v6: [
      "fd00:244::/32", "fd00:244:1::/64", "fd00:244:2::/64", "2001:db8:7::/48", "2001:db8:7::/120", "fd00:96::/120",
      "fd00:96::1/128", "fd00:96::2/128", "2001:db8:2::/64", "::1/128", "fd00:244:1::2/128", "fd00::/8", "2000::/3",
    ],
  ]

  /// Members of the sets that rules ask.
  static let sets: [IPFamily: (addresses: [String], networks: [String], ports: [String])] = [
    .v4: (
      ["10.244.1.2", "10.244.2.2", "198.51.100.7", "10.96.0.2"], ["10.244.0.0/16", "198.51.100.0/25", "10.96.0.0/30"],
      ["10.96.0.1,tcp:80", "10.96.0.2,udp:53", "10.244.1.2,tcp:8080", "10.96.0.3,sctp:80"]
    ),
    .v6: (
      ["fd00:244:1::2", "fd00:244:2::2", "2001:db8:7::7", "fd00:96::2"],
      ["fd00:244::/32", "2001:db8:7::/120", "fd00:96::/126"],
      ["fd00:96::1,tcp:80", "fd00:96::2,udp:53", "fd00:244:1::2,tcp:8080", "fd00:96::3,sctp:80"]
    ),
  ]

  static let ports: [UInt16] = [80, 443, 53, 8080, 9000, 30080, 30443]

  /// Makes the node in the calling thread's network namespace, and gives back its cables.
  static func build() throws -> [(name: String, peer: String)] {
    var commands = ""
    for name in interfaces {
      commands += "link add \(name) type veth peer name x-\(name)\n"
      for end in [name, "x-\(name)"] { commands += "link set \(end) addrgenmode none arp off\nlink set \(end) up\n" }
    }
    for (family, addresses) in own {
      for (name, address) in addresses.sorted(by: { $0.key < $1.key }) {
        commands +=
          "address add \(address)/\(family == .v4 ? 24 : 64) dev \(name)" + (family == .v6 ? " nodad\n" : "\n")
      }
    }
    commands += """
      route add 10.244.1.3/32 dev pod1
      route add 10.244.2.0/24 via 172.16.2.254 dev ext0
      route add default via 192.0.2.254 dev cl0
      -6 route add fd00:244:1::3/128 dev pod1
      -6 route add fd00:244:2::/64 via fd00:172::fe dev ext0
      -6 route add default via 2001:db8:2::fe dev cl0

      """
    for line in commands.split(separator: "\n") {
      try succeed(["ip"] + line.split(separator: " ").map(String.init))
    }
    try forward()
    var restore = ""
    for (family, members) in sets {
      let type = family == .v4 ? "inet" : "inet6"
      let suffix = family.suffix
      restore += "create addresses\(suffix) hash:ip family \(type)\ncreate networks\(suffix) hash:net family \(type)\n"
      restore += "create ports\(suffix) hash:ip,port family \(type)\n"
      restore += members.addresses.map { "add addresses\(suffix) \($0)\n" }.joined()
      restore += members.networks.map { "add networks\(suffix) \($0)\n" }.joined()
      restore += members.ports.map { "add ports\(suffix) \($0)\n" }.joined()
    }
    try succeed(["ipset", "restore"], input: Array(restore.utf8))
    return interfaces.map { ($0, "x-\($0)") }
  }

  /// Makes the namespace forward, and refuse as often as it is asked to.
  static func forward() throws {
    try succeed([
      "sysctl", "-q", "-w", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1", "net.ipv4.icmp_ratelimit=0",
      "net.ipv4.icmp_ratemask=0", "net.ipv6.icmp.ratelimit=0", "net.ipv4.conf.all.send_redirects=0",
      "net.ipv4.conf.default.send_redirects=0",
    ])
    // Since Linux 6.13 of each namespace; before, the limit is the machine's.
    _ = try runTool(["sysctl", "-q", "-w", "net.ipv4.icmp_msgs_per_sec=1000000", "net.ipv4.icmp_msgs_burst=1000000"])
  }

  /// The sets of nf_tables, in each table.
  static func nftSets(_ family: IPFamily) -> String {
    guard let members = sets[family] else { return "" }
    let type = family == .v4 ? "ipv4_addr" : "ipv6_addr"
    let ports = members.ports.map { member in
      let parts = member.split { $0 == "," }
      return "\(parts[0]) . \(parts[1].replacing(":", with: " . "))"
    }
    return """
        set addresses { type \(type); elements = { \(members.addresses.joined(separator: ", ")) }; }
        set networks { type \(type); flags interval; elements = { \(members.networks.joined(separator: ", ")) }; }
        set ports { type \(type) . inet_proto . inet_service; elements = { \(ports.joined(separator: ", ")) }; }

      """
  }
}

import FoundationEssentials
import Inspect
import TestSupport
import Testing

/// docs/extensions.md says what becomes of each expression of nf_tables; the kernel's own form of it is walked here.
@Suite(
  "The table of nf_tables' expressions",
  .enabled(if: canMakeNetworkNamespaces, "needs root, for network namespaces of its own"))
struct NFTExpressionTableTests {
  /// The expressions of the paragraph that follows the one that begins so.
  private func listed(after beginning: String) throws -> [String] {
    let root = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
    let text = try String(contentsOfFile: "\(root)/docs/extensions.md", encoding: .utf8)
    let paragraphs = text.replacing("\n\n", with: "\u{0}").split(separator: "\u{0}").map(String.init)
    let place = try #require(paragraphs.lastIndex { $0.hasPrefix(beginning) })
    return paragraphs[place + 1].split(separator: "`").map(String.init).enumerated()
      .filter { $0.offset % 2 == 0 }.map { $0.element.replacing("\n", with: " ") }
  }

  private static let node = """
    ip link add eth0 type veth peer name eth1
    ip addr add 192.0.2.254/24 dev eth0; ip addr add 203.0.113.254/24 dev eth1
    ip link set eth0 up; ip link set eth1 up; sysctl -qw net.ipv4.ip_forward=1
    """

  /// Where a packet ends that meets one rule in a chain of FORWARD; nil where the kernel does not have the expression.
  private static func ends(_ rule: String) throws -> [End]? {
    let table = """
      table inet t { set seen { type ipv4_addr; flags dynamic,timeout; timeout 60s; }
      chain c { type filter hook forward priority 0; meta nfproto ipv4 \(rule)
      }
      }
      """
    _ = try? shell("nft delete table inet t")
    guard (try? shell("nft -f - <<'END'\n\(table)\nEND")) != nil else { return nil }
    var packet = Packet(
      transport: .tcp, family: .v4, source: .known(IPAddress("192.0.2.1") ?? .any(.v4)), sourcePort: 40000,
      destination: .known(IPAddress("203.0.113.5") ?? .any(.v4)), destinationPort: 80)
    packet.inInterface = .known("eth0")
    return try Walker(try LiveNode(), family: .v4).walkArriving(packet).map(\.end)
  }

  private static func isUncertain(_ end: End) -> Bool { if case .uncertain = end { true } else { false } }

  private func check(
    _ beginning: String, suffix: String = "", _ holds: @escaping @Sendable ([End]) -> Bool
  ) async throws {
    let rules = try listed(after: beginning)
    #expect(rules.count > 3)
    let met = try await withPrivateNetworkNamespace { _ in
      try shell(Self.node)
      var met = 0
      for rule in rules {
        guard let ends = try Self.ends(rule + suffix) else { continue }
        met += 1
        #expect(holds(ends), "\(rule): \(ends)")
      }
      return met
    }
    #expect(met * 2 > rules.count, "the kernel has \(met) of \(rules.count)")
  }

  @Test("Tests that are said to be decided are")
  func decided() async throws {
    try await check("Decided", suffix: " drop") { $0.count == 1 && !$0.contains(where: Self.isUncertain) }
  }

  @Test("Tests that are said to be conditions part packets, and nothing is uncertain")
  func conditions() async throws {
    try await check("Conditions of the answer", suffix: " drop") { Set($0) == [.dropped, .forwarded] }
  }

  @Test("Statements that are said to be followed are")
  func followed() async throws {
    try await check("Followed:") { $0.count == 1 && !$0.contains(where: Self.isUncertain) }
  }

  @Test("Statements that are said to be passed are")
  func passed() async throws {
    try await check("Passed: the packet goes on") { $0 == [.forwarded] }
  }

  @Test("Statements that are said to be uncertain are")
  func uncertain() async throws {
    try await check("What becomes of the packet") { $0.contains(where: Self.isUncertain) }
  }
}

import Synchronization
import TestSupport
import Testing

@testable import Inspect

/// What an observer is told.
private final class Told: Sendable {
  private let activities = Mutex<[Activity]>([])
  var all: [Activity] { activities.withLock { $0 } }

  @Sendable func note(_ activity: Activity) { activities.withLock { $0.append(activity) } }
}

@Suite(
  "Legacy tables of the running kernel",
  .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own"))
struct LegacyLiveTests {
  static let captures = [
    "lab-iptables-legacy-node2-masqall-v1.34", "lab-iptables-legacy-v1.18", "lab-iptables-legacy-v1.23",
    "lab-iptables-legacy-v1.25", "lab-iptables-legacy-v1.34", "yaobank-drift-iptables-legacy-v1.34",
    "yaobank-iptables-legacy-v1.34",
  ]

  @Test("That a table is read is told with its size, which is asked without reading it, too")
  func size() async throws {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.addProxyWithoutServices()
      let told = Told()
      _ = try LegacyPacketFilter(ActivityObserver(told.note)).table("nat", .v4)
      let count = try LegacyTable.ruleCount(family: .v4, name: "nat")
      // Two jumps, the policies of four chains, the head and the end of KUBE-SERVICES, and the end of all.
      #expect(count == 9 && Set(told.all) == [.readingTable(name: "nat", rules: 9)])
      #expect(try LiveNode().largestLegacyTable == 9)
    }
  }

  /// What three readers make of a table.
  struct Readings: Sendable {
    var table: String
    var direct: [String]
    var saved: [String]
    var verification: Verification
    var unknown: [String]
  }

  /// Every table of the namespace that the thread is in, read three times.
  @Sendable static func readings(_ family: IPFamily) throws -> [Readings] {
    let saved = try saved(family)
    let filter = LegacyPacketFilter()
    return try LegacyTable.instantiated(family).map { name in
      guard let table = try filter.table(name, family) else { throw SetupError("no table \(name)") }
      var lines: [String] = []
      try table.forEachLine { lines.append($0) }
      var unknown: [String] = []
      for chain in try table.chains() {
        for rule in try table.rules(of: chain.name) ?? [] where rule.isPartlyUnknown {
          unknown.append(rule.text(chain: chain.name))
        }
      }
      return Readings(
        table: name, direct: lines, saved: saved[name] ?? [], verification: try table.verify(includingCounters: true),
        unknown: unknown)
    }
  }

  static func expectAgreement(_ readings: [Readings]) {
    for reading in readings {
      #expect(reading.direct == reading.saved)
      #expect(reading.verification.differences.map(\.description) == [])
      #expect(reading.verification.differenceCount == 0)
      #expect(reading.verification.chainCount == reading.saved.filter { $0.hasPrefix(":") }.count)
      #expect(reading.verification.ruleCount == reading.saved.filter { $0.hasPrefix("[") }.count)
    }
  }

  @Test(
    "Read directly, by the library and by iptables-save, kube-proxy's rules are the same", arguments: captures,
    IPFamily.allCases)
  func readersAgree(capture: String, family: IPFamily) async throws {
    let readings = try await withPrivateNetworkNamespace { _ in
      for name in ["ct_state_invalid_dropped_pkts", "localhost_nps_accepted_pkts"] {
        try shell("nfacct add \(name)")
      }
      let file = family == .v4 ? "iptables-legacy-save.txt" : "ip6tables-legacy-save.txt"
      let restore = command("-restore -c", family)
      try shell("\(restore) '\(Capture(capture).path(file))'")
      return try Self.readings(family)
    }
    #expect(Set(readings.map(\.table)).isSuperset(of: ["nat", "filter", "mangle"]))
    #expect(readings.contains { $0.saved.count > (family == .v4 ? 40 : 9) })
    Self.expectAgreement(readings)
    #expect(readings.flatMap(\.unknown) == [])
  }

  @Test("Every option of every extension is read as iptables-save prints it", arguments: IPFamily.allCases)
  func everyOption(family: IPFamily) async throws {
    let readings = try await withPrivateNetworkNamespace { _ in
      try Self.loadEveryOption(family)
      return try Self.readings(family)
    }
    #expect(Set(readings.map(\.table)) == ["raw", "mangle", "nat", "filter", "security"])
    for reading in readings {
      for (direct, saved) in zip(reading.direct, reading.saved) where !direct.contains("[revision") {
        #expect(direct == saved)
      }
      #expect(reading.direct.count == reading.saved.count)
      #expect(reading.verification.differences.map(\.description) == [])
    }
    // The one extension of the file that kpx does not know.
    let name = family == .v4 ? "ttl" : "hl"
    #expect(readings.flatMap(\.unknown).count == 1)
    #expect(readings.flatMap(\.unknown).allSatisfy { $0.hasPrefix("-A INPUT -m \(name) [revision 0: 0003") })
  }

  @Sendable static func loadEveryOption(_ family: IPFamily) throws {
    try shell("nfacct add ct_state_invalid_dropped_pkts && nfacct add 'kpx count'")
    let folder = Capture.folder + "/../xtables/"
    try shell("ipset restore < '\(folder)sets.ipset'")
    let file = folder + (family == .v4 ? "ip.rules" : "ip6.rules")
    try shell(command("-restore -c", family) + " '\(file)'")
  }

  @Test("A table that nobody made is not made", arguments: IPFamily.allCases)
  func makesNoTable(family: IPFamily) async throws {
    let (found, errors, names) = try await withPrivateNetworkNamespace { _ in
      let filter = LegacyPacketFilter()
      var found = try Hook.allCases.flatMap { try filter.baseChains(at: $0, family: family) }.map(\.chain.name)
      var errors: [String] = []
      for name in ["raw", "mangle", "nat", "filter", "security"] {
        if try LegacyTable.read(family: family, name: name) != nil { found.append(name) }
        do {
          try LegacyLibrary.forEachChain(family: family, table: name, setNames: { _ in nil }) { found.append($0.name) }
        } catch {
          errors.append("\(error)")
        }
      }
      return (found, errors, try LegacyTable.instantiated(family))
    }
    #expect(found == [])
    #expect(errors.count == 5 && errors.allSatisfy { $0.hasSuffix("does not exist here") })
    #expect(names == [])
  }

  @Test("Base chains come in the kernel's order, from the tables that exist")
  func baseChainOrder() async throws {
    let chains = try await withPrivateNetworkNamespace { _ in
      try Self.loadEveryOption(.v4)
      let filter = LegacyPacketFilter()
      return try Hook.allCases.filter { !$0.isAtInterface }.map { hook in
        try filter.baseChains(at: hook, family: .v4).map { "\($0.chain.table.name) \($0.chain.name) \($0.policy)" }
      }
    }
    #expect(
      chains == [
        ["raw PREROUTING accept", "mangle PREROUTING accept", "nat PREROUTING accept"],
        ["mangle INPUT accept", "filter INPUT accept", "security INPUT accept", "nat INPUT accept"],
        ["mangle FORWARD accept", "filter FORWARD drop", "security FORWARD accept"],
        [
          "raw OUTPUT accept", "mangle OUTPUT accept", "nat OUTPUT accept", "filter OUTPUT accept",
          "security OUTPUT accept",
        ],
        ["mangle POSTROUTING accept", "nat POSTROUTING accept"],
      ])
  }

  @Test("A node's own addresses are those of its routing table local")
  func localAddresses() async throws {
    let addresses = try await withPrivateNetworkNamespace { _ in
      try shell("ip link set lo up && ip link add kpx0 type veth peer name kpx1")
      try shell("ip link set kpx0 up && ip link set kpx1 up")
      try shell("ip addr add 192.0.2.7/24 dev kpx0 && ip addr add 2001:db8::7/64 dev kpx0 nodad")
      try shell("ip route add local 198.51.100.0/24 dev lo && ip route add blackhole 203.0.113.0/24")
      return try LocalAddresses.read().map(\.description)
    }
    #expect(
      Set(addresses).isSuperset(of: ["127.0.0.0/8", "127.0.0.1", "192.0.2.7", "198.51.100.0/24", "::1", "2001:db8::7"]))
    #expect(
      !addresses.contains { $0.hasPrefix("203.") || $0.hasSuffix(".255") || $0.hasPrefix("ff") || $0 == "2001:db8::" })
  }

  @Test("While a table is being changed, every reading is whole")
  func consistentWhileChanging() async throws {
    let (readings, lengths) = try await withPrivateNetworkNamespace { _ in
      let file = Capture("yaobank-iptables-legacy-v1.34").path("iptables-legacy-save.txt")
      for name in ["ct_state_invalid_dropped_pkts", "localhost_nps_accepted_pkts"] {
        try shell("nfacct add \(name)")
      }
      try shell("iptables-legacy-restore '\(file)'")
      let change = "iptables-legacy -t nat -I PREROUTING -j KUBE-MARK-MASQ; iptables-legacy -t nat -D PREROUTING 1"
      try shell("(for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do \(change); done) >/dev/null 2>&1 &")
      var readings = 0
      var lengths = Set<Int>()
      while readings < 400 || (lengths.count < 2 && readings < 20000) {
        guard let table = try LegacyTable.read(family: .v4, name: "nat") else { break }
        var lines = 0
        try table.forEachLine { _ in lines += 1 }
        readings += 1
        lengths.insert(lines)
      }
      return (readings, lengths)
    }
    #expect(readings >= 400)
    // With the rule and without it.
    #expect(lengths.count == 2 && lengths.contains((lengths.min() ?? 0) + 1))
  }

  @Test("Without capabilities, what is missing is a permission", arguments: IPFamily.allCases)
  func withoutCapabilities(family: IPFamily) async throws {
    let problem = try await withPrivateNetworkNamespace { _ in
      try shell(command(" -t nat -N KPX", family))
      try dropCapabilities()
      do {
        _ = try LegacyTable.read(family: family, name: "nat")
        return "none"
      } catch KernelError.permission(let reading) {
        return reading
      }
    }
    #expect(problem == "\(family.rawValue) tables" || problem.hasPrefix("the list of \(family.rawValue) tables"))
  }
}

/// `iptables-legacy` or its twin for IPv6, with what follows.
private func command(_ rest: String, _ family: IPFamily) -> String {
  (family == .v4 ? "iptables-legacy" : "ip6tables-legacy") + rest
}

/// What iptables-legacy-save prints of every table of a family.
private func saved(_ family: IPFamily) throws -> [String: [String]] {
  var tables: [String: [String]] = [:]
  var table = ""
  for line in try shell(command("-save -c", family)).split(separator: "\n") {
    switch line.first {
    case "*": table = String(line.dropFirst())
    case ":", "[": tables[table, default: []].append(String(line))
    default: break
    }
  }
  return tables
}

extension Rule {
  fileprivate var isPartlyUnknown: Bool {
    matches.contains { if case .unknown = $0 { true } else { false } }
      || actions.contains { if case .unknown = $0 { true } else { false } }
  }
}

import Inspect
import Testing

/// One table of what `nft list ruleset` prints, as far as these tests need it.
private struct NftTable {
  var chains: [String: [String]] = [:]
  var maps: [String: [(key: [String], verdict: String)]] = [:]

  /// The tables named kube-proxy, by their family.
  static func read(_ text: String) -> [IPFamily: NftTable] {
    var tables: [IPFamily: NftTable] = [:]
    var family: IPFamily?
    var block: (kind: Substring, name: String)?
    var lines: [String] = []
    for line in text.split(separator: "\n") {
      let words = line.split { " \t".contains($0) }
      if words.first == "table" {
        family = words[2] != "kube-proxy" ? nil : words[1] == "ip" ? .v4 : words[1] == "ip6" ? .v6 : nil
      } else if let family, words.count == 3, words[2] == "{", ["chain", "map", "set"].contains(words[0]) {
        block = (words[0], String(words[1]))
        lines = []
        tables[family, default: NftTable()].chains[String(words[1])] = words[0] == "chain" ? [] : nil
      } else if let family, let (kind, name) = block, words == ["}"] {
        if kind == "chain" { tables[family]?.chains[name] = lines }
        if kind == "map" { tables[family]?.maps[name] = elements(lines) }
        block = nil
      } else {
        lines.append(words.joined(separator: " "))
      }
    }
    return tables
  }

  private static func elements(_ lines: [String]) -> [(key: [String], verdict: String)] {
    let text = lines.joined(separator: " ")
    guard let start = text.firstRange(of: "elements = {"), let end = text.lastIndex(of: "}") else { return [] }
    return text[start.upperBound..<end].split(separator: ",").compactMap { element in
      guard let colon = element.firstRange(of: " : ") else { return nil }
      let key = element[..<colon.lowerBound].split(separator: " ").prefix { $0 != "comment" }.filter { $0 != "." }
      return (key.map(String.init), String(element[colon.upperBound...]).trimmingBlanks)
    }
  }

  /// The endpoints that a chain leads to, for clients outside and for those inside.
  func ends(_ chain: String, inside: Bool = false) -> (outside: Set<String>, inside: Set<String>) {
    var found: (outside: Set<String>, inside: Set<String>) = ([], [])
    for line in chains[chain] ?? [] {
      let isInside =
        inside || line.hasPrefix("ip saddr 10.") || line.hasPrefix("ip6 saddr fd") || line.hasPrefix("fib ")
      var here = Set(Self.mapped(line))
      for name in line.split(whereSeparator: { " ,".contains($0) }) {
        if let name = NftablesName(name), name.kind == .endpoint, let endpoint = name.endpoint {
          here.insert(endpoint.description)
        }
      }
      if isInside { found.inside.formUnion(here) } else { found.outside.formUnion(here) }
      guard let target = line.firstRange(of: "goto ").map({ line[$0.upperBound...].prefix { $0 != " " } }) else {
        continue
      }
      guard !target.hasPrefix("endpoint-") else { continue }
      let next = ends(String(target), inside: isInside)
      found.outside.formUnion(next.outside)
      found.inside.formUnion(next.inside)
    }
    return found
  }

  /// `numgen random mod 2 map { 0 : 10.244.16.19 . 8080, 1 : … }`
  private static func mapped(_ line: String) -> [String] {
    guard let start = line.firstRange(of: " map { "), let end = line.lastIndex(of: "}") else { return [] }
    return line[start.upperBound..<end].split(separator: ",").compactMap { element in
      let words = element.split(separator: " ")
      guard words.count == 5, let address = IPAddress(String(words[2])), let port = UInt16(words[4]) else { return nil }
      return SocketAddress(address, port: port).description
    }
  }
}

extension String {
  fileprivate var trimmingBlanks: String { split(separator: " ").joined(separator: " ") }
}

@Suite("Expected forwarding in nftables mode")
struct ExpectedNftablesTests {
  private static let captures = [
    "lab-nftables-v1.30", "lab-nftables-v1.34", "lab-nftables-v1.36", "yaobank-nftables-v1.34",
  ]

  private func tables(_ capture: KubeProxyCapture) throws -> [IPFamily: NftTable] {
    NftTable.read(try Fixtures.text("captures/\(capture.name)/nft-ruleset.nft"))
  }

  private func differences(_ frontend: ExpectedFrontend, _ table: inout NftTable) -> [String] {
    var key = [frontend.transport.name, "\(frontend.port)"]
    if let address = frontend.address { key.insert("\(address)", at: 0) }
    let isNodePort = frontend.kind == .nodePort
    func take(_ map: String) -> String? {
      guard let index = table.maps[map]?.firstIndex(where: { $0.key == key }) else { return nil }
      return table.maps[map]?.remove(at: index).verdict
    }
    let target = take(isNodePort ? "service-nodeports" : "service-ips")
    let refusal = take(isNodePort ? "no-endpoint-nodeports" : "no-endpoint-services")
    let ends = target.map { table.ends(String($0.dropFirst("goto ".count))) } ?? (outside: [], inside: [])
    var found: [String] = []
    func compare(_ what: String, _ wanted: String, _ got: String) {
      if wanted != got { found.append("\(frontend.name) \(key) \(what): expected \(wanted), saved \(got)") }
    }
    func list(_ endpoints: Set<String>) -> String { endpoints.sorted().joined(separator: " ") }
    compare("endpoints", list(Set(frontend.endpoints.map(\.address.description))), list(ends.outside))
    if frontend.kind.isExternal && frontend.policy == .local && frontend.verdict != .reject {
      compare("inside", list(Set(frontend.endpointsInside.map(\.address.description))), list(ends.inside))
    }
    let verdict = [ExpectedVerdict.reject: "goto reject-chain", .drop: "drop"][frontend.verdict] ?? "none"
    compare("refusal", verdict, refusal ?? "none")
    let isFirewalled = frontend.address != nil && take("firewall-ips") != nil
    if isFirewalled == frontend.sourceRanges.isEmpty { found.append("\(frontend.name) \(key): source ranges") }
    return found
  }

  @Test("Every element of the maps is what the API implies, and leads where it should", arguments: captures)
  func agreesWithCapture(name: String) throws {
    let capture = try KubeProxyCapture(name)
    var tables = try tables(capture)
    #expect(Set(tables.keys) == [.v4, .v6])
    var found: [String] = []
    for service in capture.cluster.services {
      for frontend in capture.expected.frontends(of: service) {
        if case .unhandled = frontend.verdict { continue }
        found += differences(frontend, &tables[frontend.family, default: NftTable()])
      }
    }
    for table in tables.values {
      found += table.maps.flatMap { map in map.value.map { "\(map.key) \($0.key): for nothing" } }
    }
    #expect(found.sorted() == [])
  }

  @Test("Every chain of a service or endpoint is read by its name", arguments: captures)
  func names(name: String) throws {
    let chains = try tables(try KubeProxyCapture(name)).values.flatMap(\.chains.keys).filter { $0.contains("/") }
    #expect(chains.count > 5)
    #expect(chains.filter { NftablesName($0)?.description != $0 } == [])
  }
}

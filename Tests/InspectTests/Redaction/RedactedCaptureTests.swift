import FoundationEssentials
import TestSupport
import Testing

@testable import Inspect

/// What must not be in a redacted snapshot: names and addresses of a cluster's objects, in any form.
private struct Secrets {
  private var words: Set<String> = []
  private var short: Set<UInt32> = []
  private var long: [UInt64: Set<UInt64>] = [:]
  /// Words of Kubernetes' own that some objects have as their names, too.
  private static let common: Set = [
    "default", "kube-system", "kube-public", "kube-node-lease", "kubernetes", "kube-dns", "coredns", "http", "https",
    "dns", "dns-tcp", "metrics", "grpc", "local", "",
  ]

  init(_ cluster: ClusterSnapshot) {
    let metas =
      cluster.services.map(\.metadata) + cluster.pods.map(\.metadata) + cluster.nodes.map(\.metadata)
      + cluster.slices.map(\.metadata)
    for meta in metas { words.formUnion([meta.namespace, meta.name, meta.uid]) }
    words.subtract(Self.common)
    var texts: [String] = []
    for service in cluster.services {
      texts += service.clusterIPs + service.externalIPs + service.ingress.compactMap(\.ip)
    }
    texts += cluster.slices.flatMap(\.endpoints).flatMap(\.addresses) + cluster.pods.flatMap(\.podIPs)
    texts += cluster.nodes.flatMap(\.addresses).map(\.address)
    for address in texts.compactMap({ IPAddress($0) }) where !address.isLoopback { add(address) }
  }

  private mutating func add(_ address: IPAddress) {
    let hex = address.bytes.map { $0.hexDigits(2) }.joined()
    words.formUnion(["\(address)", hex, hex.uppercased()])
    switch address {
    case .v4(let bits): short.formUnion([bits, bits.byteSwapped])
    case .v6(let high, let low): long[high, default: []].insert(low)
    }
  }

  /// The first few that are in some bytes.
  func found(in bytes: [UInt8]) -> [String] {
    Array((inNumbers(bytes) + inWords(bytes)).prefix(3))
  }

  private func inNumbers(_ bytes: [UInt8]) -> [String] {
    var found: [String] = []
    var window: UInt128 = 0
    for byte in bytes {
      window = window << 8 | UInt128(byte)
      if short.contains(UInt32(truncatingIfNeeded: window)) {
        found.append("\(IPAddress.v4(UInt32(truncatingIfNeeded: window))), as a number")
      }
      if let lows = long[UInt64(truncatingIfNeeded: window >> 64)], lows.contains(UInt64(truncatingIfNeeded: window)) {
        found.append("an IPv6 address")
      }
    }
    return found
  }

  private func inWords(_ bytes: [UInt8]) -> [String] {
    let runs = bytes.split { byte in
      !((0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
        || "-.:".utf8.contains(byte))
    }
    var found: [String] = []
    for run in runs {
      let word = String(decoding: run, as: UTF8.self)
      // `service-HASH-NAMESPACE`, `ADDRESS:PORT`, `NAME:PORT`
      let behind = word.split(separator: "-", maxSplits: 2).last.map(String.init) ?? ""
      let before = word.split(separator: ":").first.map(String.init) ?? ""
      found += [word, behind, before].filter(words.contains)
    }
    return found
  }
}

@Suite("A redacted snapshot has no name and no address of its cluster")
struct RedactedCaptureTests {
  private static let captures =
    (Capture.legacy + Capture.nft + Capture.ipvs).filter { !$0.name.hasPrefix("scale") }
  private static let key = RedactionKey(hexDigits: String(repeating: "0123456789abcdef", count: 4)) ?? RedactionKey()

  private struct Scenario: Decodable { let catalogue: String }

  private func snapshot(_ capture: Capture) throws -> NodeSnapshot {
    let scenario = try JSONDecoder().decode(Scenario.self, from: Data(try capture.content("scenario.json")))
    let own = "\(Capture.folder)/\(capture.name)/api"
    let hasOwn = try runTool(["test", "-d", own]).status == 0
    let cluster = try ClusterSnapshot.load(path: hasOwn ? own : "\(Capture.folder)/api/\(scenario.catalogue)")
    let manifest = SnapshotManifest(
      created: 1_700_000_000, program: "test", node: SnapshotManifest.Node(name: "node1", host: "node1"),
      hasConnections: false, gaps: ["nf_tables: the file /home/somebody is not there"], members: [])
    return NodeSnapshot(
      manifest: manifest, members: SavedMembers(try capture.members()), cluster: cluster, pods: nil)
  }

  private func redacted(
    _ snapshot: NodeSnapshot, _ key: RedactionKey
  ) throws -> (SnapshotManifest, members: [String: [UInt8]]) {
    var members: [String: [UInt8]] = [:]
    let manifest = try Redactor(key).snapshot(snapshot) { members[$0] = $1 }
    return (manifest, members)
  }

  @Test("Whatever wrote the rules: not as text, not in the kernel's bytes", arguments: captures)
  func nothingLeft(_ capture: Capture) throws {
    let original = try snapshot(capture)
    let secrets = Secrets(try #require(original.cluster))
    let (manifest, members) = try redacted(original, Self.key)
    for (name, bytes) in members { #expect(secrets.found(in: bytes) == [], "\(name)") }
    #expect(secrets.found(in: Array(try JSONEncoder().encode(manifest))) == [])
    #expect(manifest.redacted == true)
    #expect(manifest.gaps.allSatisfy { $0.hasPrefix("nf_tables: text ") && !$0.contains("somebody") })
    // Captures have some that kpx reads nothing of.
    let unknown = manifest.leftOut?["members of unknown names"] ?? 0
    #expect(members.count + unknown == original.members.names.count + 1 && unknown <= 3)
    let kernel = members.filter { $0.key.hasPrefix("kernel/") }.map { (String($0.key.dropFirst(7)), $0.value) }
    _ = try SavedNode(SavedMembers(Dictionary(uniqueKeysWithValues: kernel)))
    // The search finds them where they are.
    #expect(!secrets.found(in: try #require(original.cluster).encoded()).isEmpty)
    let rules = original.members.names.filter {
      $0.contains("entries") || $0.hasPrefix("nft-") || $0.hasPrefix("ipset")
    }
    #expect(try rules.contains { !secrets.found(in: try original.members.required($0)).isEmpty })
  }

  @Test("The same key gives the same, another key other names")
  func keys() throws {
    let original = try snapshot(Capture("yaobank-iptables-legacy-v1.34"))
    func bytes(_ key: RedactionKey) throws -> [UInt8] {
      try #require(try redacted(original, key).members["api/objects.json"])
    }
    #expect(try bytes(Self.key) == bytes(Self.key))
    #expect(try bytes(Self.key) != bytes(RedactionKey()))
  }

  @Test("A snapshot of no time is redacted, too", arguments: [.infinity, .nan, -1, 1e300])
  func time(_ created: Double) throws {
    var original = try snapshot(Capture("yaobank-iptables-legacy-v1.34"))
    original = NodeSnapshot(
      manifest: SnapshotManifest(
        created: created, program: "test", node: original.manifest.node, hasConnections: false, gaps: [], members: []),
      members: SavedMembers([:]), cluster: nil, pods: nil)
    let path = "/tmp/kpx-time-\(UInt64.random(in: 0 ... .max)).kpx"
    defer { _ = try? runTool(["rm", "-f", path, path + ".key"]) }
    if created.isFinite {
      #expect(try Session.redact(original, RedactionQuery(path: path, key: nil)).redacted == true)
    } else {
      // JSON has no such number.
      #expect(throws: SessionError.self) { try Session.redact(original, RedactionQuery(path: path, key: nil)) }
    }
  }

  @Test("A name that takes all bytes of its field is no interface's")
  func unterminated() {
    let name = Array("cali567890123456".utf8)
    let redactor = Redactor(Self.key)
    #expect(redactor.interface(name, mask: [UInt8](repeating: 0xff, count: 16)) == nil)
    #expect(redactor.interface(name, mask: [UInt8](repeating: 0xff, count: 15) + [0]) != nil)
  }

  @Test(
    "Damaged members are errors, or no name and no address is in them",
    arguments: ["yaobank-iptables-legacy-v1.34", "yaobank-nftables-v1.34", "yaobank-ipvs-v1.23"].map(Capture.init))
  func damaged(_ capture: Capture) throws {
    let original = try snapshot(capture)
    let secrets = Secrets(try #require(original.cluster))
    var generator = SeededGenerator(seed: 11)
    for name in original.members.names {
      var bytes = try original.members.required(name)
      for _ in 0..<8 where !bytes.isEmpty {
        bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(in: 0 ... .max, using: &generator)
      }
      var all = try capture.members()
      all[name] = Array(bytes.prefix(bytes.count - Int.random(in: 0...min(40, bytes.count), using: &generator)))
      let broken = NodeSnapshot(
        manifest: original.manifest, members: SavedMembers(all), cluster: original.cluster, pods: nil)
      guard let image = try? redacted(broken, Self.key).members else { continue }
      if let bytes = image["kernel/\(name)"] { #expect(secrets.found(in: bytes) == [], "\(name)") }
    }
  }
}

import FoundationEssentials
import TestSupport
import Testing

@testable import Inspect

/// A capture as a saved node, and the API that its rules were written for.
private struct SavedCapture {
  let node: SavedNode
  let cluster: ClusterSnapshot
  let name: String
  let version: KubeProxyVersion
  let mode: ProxyMode

  private struct Scenario: Decodable {
    let catalogue: String
    let node: String
    let proxyMode: String
    let kubeProxyVersion: String
  }

  init(_ capture: Capture, withAddresses: Bool = true) throws {
    let scenario = try JSONDecoder().decode(Scenario.self, from: Data(capture.content("scenario.json")))
    node = try SavedNode(
      SavedMembers(capture.members()), localAddresses: withAddresses ? capturedAddresses(capture.name) : nil)
    cluster = try ClusterSnapshot.load(path: Capture("api/\(scenario.catalogue)").path(""))
    name = scenario.node
    version = try #require(KubeProxyVersion(scenario.kubeProxyVersion))
    mode = try #require(ProxyMode(rawValue: scenario.proxyMode))
  }

  func trace(_ service: Service) throws -> ServiceTrace {
    let name = service.metadata.namespacedName
    var request = TraceRequest(target: .service(namespace: name.namespace, name: name.name, port: nil))
    request.context.cluster = cluster
    request.context.node = self.name
    request.context.release = Release(version, source: "the capture")
    return try ServiceTracer.trace(request, node)
  }
}

/// The addresses of a captured node, as `ip addr` printed them.
func capturedAddresses(_ name: String) throws -> [IPPrefix] {
  let text = try #require(try Capture(name).text("ip-addr.txt"))
  let words = text.split { $0 == " " || $0 == "\n" }
  return zip(words, words.dropFirst()).compactMap { word, next -> IPPrefix? in
    guard word == "inet" || word == "inet6" else { return nil }
    let address = next.prefix { $0 != "/" }
    return IPPrefix(address == "127.0.0.1" ? "127.0.0.0/8" : String(address))
  }
}

@Suite("Saved nodes")
struct SavedNodeTests {
  @Test(
    "In IPVS mode every service is traced through sets and virtual services to the endpoints that the API implies",
    arguments: Capture.ipvs)
  func ipvs(capture: Capture) throws {
    let saved = try SavedCapture(capture)
    var endpoints = 0
    for service in saved.cluster.services {
      let trace = try saved.trace(service)
      #expect(trace.proxy.mode == .ipvs)
      for answer in trace.frontends {
        let expected = try #require(answer.expected)
        #expect(
          answer.referenceEndpoints.sorted() == expected.endpoints.map(\.address).sorted(),
          "\(service.metadata.namespacedName) \(answer.trace.frontend.text): \(answer.trace.reason?.text ?? "")")
        endpoints += answer.trace.endpoints.count
      }
    }
    #expect(endpoints > 8)
  }

  @Test("How many connections there were, and may be, is known of a node that was saved without them")
  func countOfUnsavedConnections() throws {
    var facts = SavedFacts()
    facts.sysctls = ["net/netfilter/nf_conntrack_count": "262000", "net/netfilter/nf_conntrack_max": "262144"]
    let connections = try SavedNode(SavedMembers([SavedMembers.facts: Array(JSONEncoder().encode(facts))])).connections
    #expect(connections.fullness?.contains("262000 of 262144") == true)
    #expect(throws: KernelError.self) { try connections.forEach(ConnectionFilter(.v4)) { _ in } }
  }

  @Test("A kernel that has IPVS and no switch for tracking its connections does not track them")
  func trackingOfIPVS() throws {
    func tracks(_ sysctls: [String: String]) throws -> Bool? {
      var facts = SavedFacts()
      facts.sysctls = sysctls
      var members = try Capture("yaobank-ipvs-v1.23").members()
      members[SavedMembers.facts] = Array(try JSONEncoder().encode(facts))
      return try SavedNode(SavedMembers(members)).ipvs.tracksConnections
    }
    #expect(try tracks(["net/ipv4/vs/conntrack": "1"]) == true)
    #expect(try tracks(["net/ipv4/ip_forward": "1"]) == false)
    #expect(try tracks([:]) == nil)
  }

  @Test(
    "Nothing is certain where the node's addresses are not known, and the API is not held against it",
    arguments: ["yaobank-ipvs-v1.23", "yaobank-nftables-v1.34", "yaobank-iptables-legacy-v1.34"])
  func withoutAddresses(name: String) throws {
    let saved = try SavedCapture(Capture(name), withAddresses: false)
    for service in saved.cluster.services {
      let trace = try saved.trace(service)
      #expect(trace.findings.filter { $0.severity != .info }.map(\.id) == [], "\(service.metadata.namespacedName)")
      for frontend in trace.frontends.map(\.trace) {
        #expect(frontend.verdict == .uncertain)
        #expect(frontend.reason?.text == "which addresses are the node's own is not known")
      }
    }
  }

  @Test("What a saved node does not hold is not known")
  func unknown() throws {
    let node = try SavedCapture(Capture("lab-nftables-v1.36"), withAddresses: false).node
    #expect(node.localAddresses == nil && node.kernel == nil)
    #expect(try node.ipvs.isPresent == nil && !node.ipsets.isAvailable)
    #expect(try node.routing.route(.to("192.0.2.1:80", from: "192.0.2.2", by: "eth0")) == nil)
    #expect(node.interfaces(among: ["lo"]) == nil)
    #expect(node.sysctl("net/ipv4/ip_forward") == nil)
    #expect(KubeProxyStatus.ask(node) == KubeProxyStatus())
  }

  @Test("Members of a folder are read; one that cannot be is named, and one that others need is missed")
  func folder() throws {
    let folder = "/tmp/kpx-saved-\(UInt64.random(in: 0 ... .max))"
    _ = try runTool(["mkdir", folder])
    defer { _ = try? runTool(["rm", "-r", folder]) }
    let members = try Capture("yaobank-nftables-v1.34").members()
    for (name, bytes) in members { _ = try runTool(["tee", "\(folder)/\(name)"], input: bytes) }
    let tables = try SavedNode(SavedMembers(folder: folder)).filter.baseChains(at: .prerouting, family: .v4)
    #expect(tables.map(\.chain.name).contains("nat-prerouting"))
    _ = try runTool(["rm", "\(folder)/nft-rules.bin"])
    #expect(throws: KernelError.unavailable("the saved node has no nft-rules.bin")) {
      try SavedNode(SavedMembers(folder: folder))
    }
    _ = try runTool(["mkdir", "\(folder)/nft-rules.bin"])
    #expect(throws: KernelError.unavailable("\(folder)/nft-rules.bin is not a regular file")) {
      try SavedMembers(folder: folder)
    }
    #expect(throws: KernelError.unavailable("\(folder)/none is no folder that can be read")) {
      try SavedMembers(folder: "\(folder)/none")
    }
  }

  /// Reads all that a node has.
  private func readAll(_ members: [String: [UInt8]]) throws {
    let node = try SavedNode(SavedMembers(members), localAddresses: [])
    for item in try ServiceTracer.list(namespace: nil, ServiceContext(), node).items {
      #expect(!item.frontends.isEmpty)
    }
  }

  @Test(
    "A member that is cut off is named, wherever it is cut",
    arguments: ["yaobank-iptables-legacy-v1.34", "yaobank-nftables-v1.34", "yaobank-ipvs-strictarp-v1.34"])
  func cutOff(name: String) throws {
    let members = try Capture(name).members()
    try readAll(members)
    let unread = ["nfacct.bin", "nft-objects.bin", "ipvs-info.bin"]
    for (member, bytes) in members where !unread.contains(member) {
      for length in [0, bytes.count / 3, bytes.count - 20, bytes.count - 1] {
        var damaged = members
        damaged[member] = Array(bytes.prefix(length))
        do {
          try readAll(damaged)
          Issue.record("\(member) of \(length) bytes is taken")
        } catch let error as KernelError {
          #expect("\(error)".contains(member), "\(error)")
        }
      }
    }
  }

  @Test("A rule that is damaged is named with its member when it is read")
  func damagedRule() throws {
    var members = try Capture("yaobank-nftables-v1.34").members()
    var bytes = try #require(members["nft-rules.bin"])
    // An expression's name is called longer than its attribute.
    let name = try #require(bytes.firstRange(of: Array("payload\0".utf8)))
    bytes[name.lowerBound - 4] = 0xff
    members["nft-rules.bin"] = bytes
    do {
      try readAll(members)
      Issue.record("a damaged rule is taken")
    } catch let error as KernelError {
      #expect("\(error)".hasPrefix("nft-rules.bin: "), "\(error)")
    }
  }

  @Test("A member of another table, or one that rules changed under while it was saved, is not taken")
  func notTaken() throws {
    var members = try Capture("yaobank-iptables-legacy-v1.34").members()
    members["xt-ip-nat.info.bin"] = members["xt-ip-filter.info.bin"]
    members["xt-ip-nat.entries.bin"] = members["xt-ip-filter.entries.bin"]
    #expect(throws: KernelError.unavailable("xt-ip-nat.info.bin is of table filter")) {
      try SavedNode(SavedMembers(members))
    }
    var nft = try Capture("yaobank-nftables-v1.34").members()
    // NLM_F_DUMP_INTR in nlmsg_flags of the first message
    nft["nft-chains.bin"]?[6] |= 0x10
    #expect(
      throws: KernelError.malformed(reading: "nft-chains.bin", offset: 16, problem: "rules changed while it was saved")
    ) {
      try SavedNode(SavedMembers(nft))
    }
  }

  @Test("Of networks and their exceptions the longest decides")
  func exceptions() throws {
    func entry(_ text: String, isException: Bool = false) throws -> IPSetEntry {
      let prefix = try #require(IPPrefix(text))
      var entry = IPSetEntry()
      entry.network = .init(address: prefix.address, prefixLength: UInt8(prefix.length))
      entry.isException = isException
      return entry
    }
    let header = IPSetHeader(name: "nets", type: "hash:net", revision: 7, family: .v4)
    let entries = try [entry("10.0.0.0/8"), entry("10.1.0.0/16", isException: true), entry("10.1.2.0/24")]
    let set = IPSetMembership(of: header, entries)
    for (address, holds, excepted) in [
      ("10.9.0.1", true, false), ("10.1.9.9", false, true), ("10.1.2.3", true, false), ("192.0.2.1", false, false),
    ] {
      let element = try #require(IPSetTestElement(address, in: header))
      #expect(set.holds(element, findsExceptions: false) == holds, "\(address)")
      #expect(set.holds(element, findsExceptions: true) == excepted, "\(address)")
    }
    var masked = header
    masked.parameters.netmask = 24
    let element = try #require(IPSetTestElement("10.1.2.3", in: header))
    #expect(IPSetMembership(of: masked, entries).holds(element, findsExceptions: false) == nil)
  }
}

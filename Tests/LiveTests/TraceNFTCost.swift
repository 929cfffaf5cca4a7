import FoundationEssentials
import TestSupport
import Testing

@testable import Inspect

#if canImport(Glibc)
  import Glibc
#endif

/// A request to nf_tables, as strace shows it.
private struct Request: Hashable, Comparable, CustomStringConvertible {
  /// `GETRULE`
  var type: String
  var isDump: Bool
  /// The types of its attributes and their bytes.
  var attributes: [Attribute]

  /// nil for a line that is no such request.
  init?(_ line: Substring) {
    guard line.contains("sendto("), let start = line.firstRange(of: "NFT_MSG_") else { return nil }
    type = String(line[start.upperBound...].prefix { $0.isLetter })
    let flags = line.firstRange(of: "nlmsg_flags=").map { line[$0.upperBound...].prefix { $0 != "," } }
    isDump = flags?.contains("NLM_F_DUMP") == true
    attributes = []
    var rest = line
    while let found = rest.firstRange(of: "nla_type=") {
      rest = rest[found.upperBound...]
      let number = rest.prefix { $0 != "}" }.drop { $0 != "x" }.dropFirst()
      let quoted = rest.split(separator: "\"", maxSplits: 2, omittingEmptySubsequences: false)
      guard let number = Int(number, radix: 16), quoted.count > 1 else { continue }
      attributes.append(Attribute(number: number, value: Self.text(quoted[1])))
    }
  }

  struct Attribute: Hashable {
    var number: Int
    var value: String
  }

  /// Names as they are; the numbers of what rules made for themselves are left out. Other bytes stay as strace wrote them.
  private static func text(_ escaped: Substring) -> String {
    let bytes = escaped.split(separator: "\\x").compactMap { UInt8($0, radix: 16) }
    guard bytes.last == 0, bytes.dropLast().allSatisfy({ (0x20...0x7e).contains($0) }) else { return String(escaped) }
    let text = String(decoding: bytes.dropLast(), as: UTF8.self)
    return text.hasPrefix("__") ? String(text.prefix { !$0.isNumber }) : text
  }

  /// Whether it has an attribute, by its number.
  func has(_ number: Int) -> Bool { attributes.contains { $0.number == number } }

  var description: String { "\(type)\(isDump ? " dump" : "") \(attributes.map(\.value).joined(separator: " "))" }

  static func < (left: Request, right: Request) -> Bool { left.description < right.description }
}

/// A generated cluster: `Benchmarks/gen_rules.py`.
private struct GeneratedCluster {
  static let folder = Capture.folder.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }

  /// The rules of a backend.
  static func rules(_ kind: String, services: Int) throws -> [UInt8] {
    try generate(kind, services)
  }

  private static func generate(_ kind: String, _ services: Int) throws -> [UInt8] {
    let result = try runTool([
      "python3", "\(folder)/Benchmarks/gen_rules.py", "--services", "\(services)", "--endpoints", "10", "--only", kind,
      "--out", "-",
    ])
    guard result.status == 0 else { throw SetupError(result.errorText) }
    return result.output
  }

  private struct Model: Decodable {
    struct Endpoint: Decodable {
      let ip: String
      let port: Int
    }
    struct Service: Decodable {
      let name: String
      let endpoints: [Endpoint]
    }
    let services: [Service]
  }

  /// What an API would say of its service default/kubernetes, which every one has, with ten endpoints.
  static func api() throws -> [UInt8] {
    let model = try JSONDecoder().decode(Model.self, from: Data(try generate("model", 100)))
    let service = try #require(model.services.first { $0.name == "default/kubernetes:https" })
    let port = try #require(service.endpoints.first?.port)
    let endpoints = service.endpoints.map { #"{"addresses":["\#($0.ip)"],"conditions":{"ready":true}}"# }
    let text = """
      {"kind":"List","apiVersion":"v1","items":[
      {"kind":"Service","metadata":{"namespace":"default","name":"kubernetes"},"spec":{"type":"ClusterIP",
       "clusterIP":"10.96.0.1","clusterIPs":["10.96.0.1"],"ports":[{"name":"https","port":443,"protocol":"TCP"}]}},
      {"kind":"EndpointSlice","metadata":{"namespace":"default","name":"kubernetes",
       "labels":{"kubernetes.io/service-name":"kubernetes"}},"addressType":"IPv4",
       "ports":[{"name":"https","port":\(port),"protocol":"TCP"}],
       "endpoints":[\(endpoints.joined(separator: ","))]}]}
      """
    return Array(text.utf8)
  }
}

@Suite(
  "What a trace asks of nf_tables",
  .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own"))
struct TraceNFTCost {
  /// The requests of a trace by address and of one by name with the API.
  private func requests(_ kind: String, services: Int) async throws -> (byAddress: [Request], byName: [Request]) {
    let rules = try GeneratedCluster.rules(kind, services: services)
    let api = try GeneratedCluster.api()
    return try await withPrivateNetworkNamespace { namespace in
      if kind == "nft" {
        try namespace.must("nft", "-f", "-", input: rules)
      } else {
        try namespace.must("iptables-nft-restore", input: rules)
      }
      let common = ["--proxy-version", "1.34", "-o", "json"]
      let dump = "/tmp/kpx-test-api-\(kind)-\(services)-\(getpid()).json"
      try namespace.must("dd", "status=none", "of=\(dump)", input: api)
      defer { unlink(dump) }
      return (
        try traced(["trace", "10.96.0.1:443/TCP", "--no-api"] + common),
        try traced(["trace", "default/kubernetes", "--api-dump", dump] + common)
      )
    }
  }

  private func traced(_ arguments: [String]) throws -> [Request] {
    let result = try runTool(["strace", "-s", "4096", "-e", "trace=sendto,sendmsg", Kpx.path] + arguments)
    try #require(result.status == 0, "\(result.errorText.suffix(500))")
    // The answer itself, so that requests are of a trace that found all.
    #expect(result.text.split(separator: "\"hairpinMasquerade\"").count == 11)
    return result.errorText.split(separator: "\n").compactMap(Request.init)
  }

  @Test(
    "Rules are dumped chain by chain, maps are asked by key, and more services are no more requests",
    arguments: ["nft", "iptables"])
  func requestsOfOneService(kind: String) async throws {
    let few = try await requests(kind, services: 100)
    let many = try await requests(kind, services: 1000)
    for (small, large) in [(few.byAddress, many.byAddress), (few.byName, many.byName)] {
      // The very same ones: names of chains and keys of maps are those of the one service.
      #expect(Set(large).subtracting(small).sorted() == [])
      // Whether a chain without rules is there at all is one more question, and with few services some have none.
      let whetherThere = Set(small).subtracting(large)
      #expect(whetherThere.allSatisfy { $0.type == "GETCHAIN" }, "\(whetherThere)")
      #expect(large.count <= small.count)
      #expect(large.count > 20 && large.count < 120, "\(large.count)")
      for request in large {
        switch request.type {
        // NFTA_RULE_TABLE 1, NFTA_RULE_CHAIN 2.
        case "GETRULE": #expect(request.isDump && request.has(1) && request.has(2), "\(request)")
        // By name: NFTA_CHAIN_TABLE 1, NFTA_CHAIN_NAME 3.
        case "GETCHAIN": #expect(!request.isDump && request.has(1) && request.has(3), "\(request)")
        case "GETSET": #expect(!request.isDump && request.has(2), "\(request)")
        // NFTA_SET_ELEM_LIST_ELEMENTS 3; only what a rule made for itself, `__map0`, is read whole.
        case "GETSETELEM":
          let isAnonymous = request.attributes.contains { $0.value.hasPrefix("__") }
          #expect(request.isDump ? isAnonymous : request.has(3), "\(request)")
        case "GETTABLE": #expect(request.isDump)
        case "GETGEN": break
        default: Issue.record("\(request)")
        }
      }
      // Few things are asked twice: how a chain begins, and then for the packet and for its answer.
      let repeated = Dictionary(grouping: large.filter { $0.type != "GETGEN" }, by: \.self).filter {
        $0.value.count > 1
      }
      #expect(repeated.count <= 8, "\(repeated.keys.sorted())")
    }
    #expect(many.byAddress.contains { $0.type == "GETRULE" })
    #expect(many.byAddress.contains { $0.type == "GETSETELEM" && !$0.isDump } == (kind == "nft"))
  }
}

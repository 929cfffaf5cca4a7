import TestSupport

@testable import Inspect

/// A node's nf_tables, as the kernel told them, message by message.
struct NFTCapture: Sendable, CustomStringConvertible {
  let name: String
  var description: String { name }

  /// Written by iptables-nft.
  static let iptables = [
    "lab-iptables-nft-bridge-v1.36", "lab-iptables-nft-nodeport-addresses-v1.34", "lab-iptables-nft-noise-v1.34",
    "lab-two-backends-v1.34", "scale-iptables-nft-v1.34", "yaobank-damaged-iptables-nft-v1.34",
    "yaobank-iptables-nft-v1.23", "lab-ipvs-v1.34",
  ].map(NFTCapture.init)

  /// Written by kube-proxy in nftables mode.
  static let nftables = [
    "lab-nftables-v1.30", "lab-nftables-v1.34", "lab-nftables-v1.36", "yaobank-nftables-v1.34",
  ].map(NFTCapture.init)

  func raw(_ kind: String) throws -> [UInt8] {
    try Capture(name).content("raw/nft-\(kind).bin")
  }

  func text(_ file: String) throws -> String {
    String(decoding: try Capture(name).content(file), as: UTF8.self)
  }

  /// The messages of a kind.
  func forEachMessage(_ kind: String, _ body: (NetlinkMessage) throws -> Void) throws {
    let bytes = try raw(kind)
    var messages = NetlinkMessages(bytes.span.bytes, reading: "a capture")
    while let message = try messages.next() {
      if message.type >= 16 { try body(message) }
    }
  }

  /// The sets of all tables, anonymous ones with their elements.
  func sets() throws -> [Table: [String: NFTSet]] {
    var elements: [Table: [String: [NFTRawElement]]] = [:]
    try forEachMessage("setelems") { message in
      let attributes = try message.netfilterAttributes(of: "object")
      let table = Table(
        backend: .nft, family: IPFamily(number: attributes.protocolFamily), name: try attributes.first(1)?.string ?? "")
      elements[table, default: [:]][try attributes.first(2)?.string ?? "", default: []] += try NFTRawElement.list(
        message)
    }
    var sets: [Table: [String: NFTSet]] = [:]
    try forEachMessage("sets") { message in
      var set = try NFTSet(message)
      set.elements = set.joined(elements[set.table]?[set.name] ?? [])
      sets[set.table, default: [:]][set.name] = set
    }
    return sets
  }

  /// The rules of all chains, in order.
  func rules() throws -> [ChainReference: [Rule]] {
    let sets = try sets().mapValues {
      $0.mapValues { set in
        var set = set
        if !set.isAnonymous { set.elements = nil }
        return set
      }
    }
    var rules: [ChainReference: [Rule]] = [:]
    let names = try setNames()
    try forEachMessage("rules") { message in
      let attributes = try message.netfilterAttributes(of: "object")
      let table = Table(
        backend: .nft, family: IPFamily(number: attributes.protocolFamily), name: try attributes.first(1)?.string ?? "")
      let chain = ChainReference(table: table, name: try attributes.first(2)?.string ?? "")
      let decoder = NFTRuleDecoder(table: table, setNames: { names[$0] }) { sets[table]?[$0] }
      rules[chain, default: []].append(try decoder.rule(attributes))
    }
    return rules
  }

  /// The ipsets' names: their indices are in the order in which they were made.
  private func setNames() throws -> [UInt16: String] {
    guard let saved = try Capture(name).text("ipset-save.txt") else { return [:] }
    let names = saved.split(separator: "\n").filter { $0.hasPrefix("create ") }
      .map { String($0.split(separator: " ")[1]) }
    return Dictionary(uniqueKeysWithValues: names.enumerated().map { (UInt16($0), $1) })
  }
}

/// Rules of a text as `iptables-nft-save -c` prints it, by family, table and chain.
func savedRules(_ text: String, family: IPFamily) -> [ChainReference: [String]] {
  var rules: [ChainReference: [String]] = [:]
  var table = Table(backend: .nft, family: family, name: "")
  for line in text.split(separator: "\n") {
    if line.hasPrefix("*") { table.name = String(line.dropFirst()) }
    guard line.hasPrefix("["), let start = line.firstRange(of: "-A ") else { continue }
    let chain = line[start.upperBound...].prefix { $0 != " " }
    rules[ChainReference(table: table, name: String(chain)), default: []].append(String(line))
  }
  return rules
}

/// Rules of a text as `nft list ruleset` prints it, by family, table and chain.
func listedRules(_ text: String) -> [ChainReference: [String]] {
  var rules: [ChainReference: [String]] = [:]
  var table: Table?
  var chain: ChainReference?
  for line in text.split(separator: "\n") {
    let words = line.split(separator: " ").map { $0.trimmed }
    if line.hasPrefix("table ") {
      table = Table(
        backend: .nft, family: words[1] == "ip" ? .v4 : words[1] == "ip6" ? .v6 : nil, name: words[2])
    } else if line.hasPrefix("\tchain "), let table {
      chain = ChainReference(table: table, name: words[1])
    } else if line.hasPrefix("\t}") {
      chain = nil
    } else if let chain, line.hasPrefix("\t\t"), words[0] != "type", words[0] != "comment" {
      rules[chain, default: []].append(String(line.dropFirst(2)))
    }
  }
  return rules
}

extension Substring {
  fileprivate var trimmed: String { String(drop { $0 == "\t" }) }
}

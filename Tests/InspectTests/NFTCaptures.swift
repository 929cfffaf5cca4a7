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

  /// What it had of nf_tables.
  func tables() throws -> SavedNFTables {
    let members = SavedMembers(try Capture(name).members())
    let sets = members["ipset.bin"] == nil ? nil : try SavedIPSets(members)
    return try SavedNFTables(members) { sets?.name(of: $0) }
  }

  /// The rules of all chains that have some, in order.
  func rules() throws -> [ChainReference: [Rule]] {
    let tables = try tables()
    var rules: [ChainReference: [Rule]] = [:]
    for chain in tables.chainNames {
      _ = try tables.forEachRule(in: chain, hint: .none) { _, rule in
        rules[chain, default: []].append(rule)
        return true
      }
    }
    return rules
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

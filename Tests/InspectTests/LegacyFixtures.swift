import TestSupport

@testable import Inspect

/// What real kube-proxies wrote, as it was saved from a node's kernel.
struct LegacyCapture: Sendable, CustomStringConvertible {
  let name: String
  let family: IPFamily
  let table: String

  var description: String { "\(name) \(family.rawValue) \(table)" }

  static let names = [
    "lab-iptables-legacy-node2-masqall-v1.34", "lab-iptables-legacy-v1.18", "lab-iptables-legacy-v1.23",
    "lab-iptables-legacy-v1.25", "lab-iptables-legacy-v1.34", "lab-two-backends-v1.34",
    "yaobank-drift-iptables-legacy-v1.34", "yaobank-iptables-legacy-v1.34",
  ]

  /// Every table of every capture.
  static let all = names.flatMap { name in
    IPFamily.allCases.flatMap { family in
      ["nat", "filter", "mangle"].map { LegacyCapture(name: name, family: family, table: $0) }
    }
  }

  private func raw(_ kind: String) throws -> [UInt8] {
    let address = family == .v4 ? "ip" : "ip6"
    return try Capture(name).content("raw/xt-\(address)-\(table).\(kind).bin")
  }

  func info() throws -> [UInt8] { try raw("info") }

  func entries() throws -> [UInt8] { try raw("entries") }

  func read() throws -> LegacyTable { try LegacyTable(info: info(), entries: entries(), family: family) }

  /// The table's lines as iptables-save printed them: chains and rules, without comments.
  func savedLines() throws -> [String] {
    let file = family == .v4 ? "iptables-legacy-save.txt" : "ip6tables-legacy-save.txt"
    let text = String(decoding: try Capture(name).content(file), as: UTF8.self)
    let lines = text.split(separator: "\n").map(String.init)
    guard let start = lines.firstIndex(of: "*\(table)") else { return [] }
    return Array(lines[(start + 1)...].prefix { $0 != "COMMIT" })
  }
}

import Inspect
import Testing

/// A rule as iptables-save prints it, as far as these tests need it.
struct SavedRule {
  var chain = ""
  var words: [String] = []

  /// What follows an option, unless the option is negated.
  func value(_ option: String) -> String? {
    guard let index = words.firstIndex(of: option), index + 1 < words.count else { return nil }
    return index > 0 && words[index - 1] == "!" ? nil : words[index + 1]
  }

  var target: String? { value("-j") ?? value("-g") }
  var comment: String? { value("--comment") }

  /// Whether it holds only for what comes from pods or from the node itself.
  var isForInside: Bool {
    value("--src-type") == "LOCAL" || value("-i") != nil
      || comment?.hasPrefix("pod traffic for") == true || comment?.hasPrefix("Redirect pods trying") == true
  }
}

/// The chains of one file of iptables-save.
struct SaveFile {
  var tables: [String: [String: [SavedRule]]] = [:]

  init(_ text: String) {
    var table = ""
    for line in text.split(separator: "\n") {
      if line.hasPrefix("*") { table = String(line.dropFirst()) }
      if line.hasPrefix(":") { tables[table, default: [:]][String(line.dropFirst().prefix { $0 != " " })] = [] }
      let words = Self.words(line)
      guard let index = words.firstIndex(of: "-A"), index <= 1 else { continue }
      let rule = SavedRule(chain: words[index + 1], words: Array(words[(index + 2)...]))
      tables[table, default: [:]][rule.chain, default: []].append(rule)
    }
  }

  func rules(_ table: String, _ chain: String) -> [SavedRule] { tables[table]?[chain] ?? [] }

  /// Words, with quotes around those that have blanks.
  private static func words(_ line: some StringProtocol) -> [String] {
    var words: [String] = []
    var word = ""
    var quoted = false
    var escaped = false
    var started = false
    for character in line {
      if escaped {
        word.append(character)
        escaped = false
      } else if character == "\\" {
        escaped = true
      } else if character == "\"" {
        quoted.toggle()
        started = true
      } else if character == " " && !quoted {
        if started || !word.isEmpty { words.append(word) }
        word = ""
        started = false
      } else {
        word.append(character)
      }
    }
    if started || !word.isEmpty { words.append(word) }
    return words
  }
}

/// Where a client's traffic ends, read from a file of iptables-save by following its jumps.
struct SavedFrontend: Equatable {
  var outside: Set<String> = []
  var inside: Set<String> = []
  var sources: Set<String> = []
  var affinitySeconds: Int?
  var isRejected = false
  var isDropped = false
}

struct FrontendKey: Hashable, CustomStringConvertible {
  /// nil for node ports.
  var address: String?
  var port: String
  var transport: String

  var description: String { "\(address ?? "*"):\(port)/\(transport)" }
}

extension SaveFile {
  /// Every frontend that the file has rules for.
  func frontends() -> [FrontendKey: SavedFrontend] {
    var found: [FrontendKey: SavedFrontend] = [:]
    for rule in rules("nat", "KUBE-SERVICES") + rules("nat", "KUBE-NODEPORTS") {
      guard let key = Self.key(rule), let target = rule.target, target != "KUBE-MARK-MASQ" else { continue }
      follow(target, inside: false, into: &found[key, default: SavedFrontend()])
    }
    for rule in rules("filter", "KUBE-SERVICES") + rules("filter", "KUBE-EXTERNAL-SERVICES") {
      guard let key = Self.key(rule) else { continue }
      if rule.target == "REJECT" { found[key, default: SavedFrontend()].isRejected = true }
      if rule.target == "DROP" { found[key, default: SavedFrontend()].isDropped = true }
    }
    return found
  }

  private static func key(_ rule: SavedRule) -> FrontendKey? {
    guard let port = rule.value("--dport"), let transport = rule.value("-p") else { return nil }
    let isNodePort = rule.chain == "KUBE-NODEPORTS" || rule.value("-d") == nil
    let address = rule.value("-d")?.split(separator: "/").first.map(String.init)
    return FrontendKey(address: isNodePort ? nil : address, port: port, transport: transport)
  }

  private func follow(_ chain: String, inside: Bool, into frontend: inout SavedFrontend) {
    for rule in rules("nat", chain) {
      guard let target = rule.target, target != "KUBE-MARK-MASQ" else { continue }
      if chain.hasPrefix("KUBE-FW-"), let source = rule.value("-s") { frontend.sources.insert(source) }
      if target == "DNAT", let end = rule.value("--to-destination") {
        if inside { frontend.inside.insert(end) } else { frontend.outside.insert(end) }
      } else if target == "KUBE-MARK-DROP" {
        if !inside && chain.hasPrefix("KUBE-XLB-") { frontend.isDropped = true }
      } else {
        if let seconds = rule.value("--seconds") { frontend.affinitySeconds = Int(seconds) }
        follow(target, inside: inside || rule.isForInside, into: &frontend)
      }
    }
  }
}

/// A capture of a real kube-proxy.
struct KubeProxyCapture {
  var name: String
  var version: KubeProxyVersion
  var node: NodeIdentity
  var mode: ProxyMode
  var cluster: ClusterSnapshot
  var files: [IPFamily: SaveFile]

  init(_ name: String) throws {
    self.name = name
    let scenario = try Fixtures.text("captures/\(name)/scenario.json")
    func field(_ key: String) throws -> String {
      let parts = scenario.split(separator: "\"", omittingEmptySubsequences: false)
      let index = try #require(parts.firstIndex { $0 == key })
      return String(parts[index + 2])
    }
    version = try #require(KubeProxyVersion(try field("kubeProxyVersion")))
    mode = try #require(ProxyMode(rawValue: try field("proxyMode")))
    let api = try field("api")
    let path = api.hasPrefix("../") ? "captures/\(api.dropFirst(3))" : "captures/\(name)/\(api)"
    cluster = try ClusterSnapshot.load(path: Fixtures.path(path))
    node = NodeIdentity(try #require(cluster.node(try field("node"))))
    files = [:]
    guard mode == .iptables else { return }
    let backend = try field("iptablesBackend")
    files[.v4] = SaveFile(try Fixtures.text("captures/\(name)/iptables-\(backend)-save.txt"))
    files[.v6] = SaveFile(try Fixtures.text("captures/\(name)/ip6tables-\(backend)-save.txt"))
  }

  var expected: ExpectedForwarding {
    ExpectedForwarding(cluster: cluster, node: node, version: version, mode: mode)
  }

  static let iptables = [
    "lab-iptables-legacy-v1.18", "lab-iptables-legacy-v1.23", "lab-iptables-legacy-v1.25", "lab-iptables-legacy-v1.34",
    "lab-iptables-legacy-node2-masqall-v1.34", "lab-two-backends-v1.34", "lab-iptables-nft-bridge-v1.36",
    "lab-iptables-nft-nodeport-addresses-v1.34", "yaobank-iptables-legacy-v1.34", "yaobank-iptables-nft-v1.23",
  ]
}

import TestSupport
import Testing

/// What `kpx chain` prints, held against what the tools print of the same kernel.
@Suite(
  "kpx chain prints rule by rule what iptables-save and nft print",
  .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own"))
struct ChainDumpTests {
  private static let captures =
    Capture.legacy + Capture.nft
    + ["lab-ipvs-v1.34", "lab-ipvs-v1.36", "yaobank-ipvs-v1.23", "yaobank-ipvs-strictarp-v1.34"].map(Capture.init)

  @Test("Of every capture, whatever wrote it", arguments: captures)
  func everyCapture(capture: Capture) async throws {
    try await withPrivateNetworkNamespace { namespace in
      // Without interfaces the kernel sends nothing that rules would count.
      if try capture.bytes("iptables-legacy-save.txt") != nil {
        try namespace.loadLegacyCapture(capture, withAddresses: false)
      }
      try namespace.loadNftCapture(capture, withAddresses: false)
      let count = try compareWithTools()
      #expect(count > 30)
    }
  }

  private static let networks = [
    "calico", "calico-nft", "k3s", "kube-router", "flannel", "flannel-nft", "kindnet", "kind", "aws", "azure", "antrea",
    "weave", "cilium", "bridge",
  ]

  @Test(
    "Of a whole node of every network, with policies and other agents, in both kinds of tables", arguments: networks)
  func everyNetwork(network: String) async throws {
    for backend in ["legacy", "nft"] {
      try await withPrivateNetworkNamespace { namespace in
        try Self.load(network, backend, in: namespace)
        let count = try compareWithTools()
        #expect(count > 30)
      }
    }
  }

  private static func load(_ network: String, _ backend: String, in namespace: PrivateNetworkNamespace) throws {
    let folder = "/tmp/\(namespace.name)"
    defer { _ = try? runTool(["rm", "-r", folder]) }
    // What kindnet writes for policies asks nf_tables' queue, which few kernels of test machines have.
    let policy = network == "kindnet" ? "none" : "deny"
    let agents = ["docker", "portmap", "node-local-dns", "ip-masq-agent"].flatMap { ["--agent", $0] }
    try succeed(
      [
        "python3", "\(Capture.folder)/../../Support/nodes/node_rules.py", "--cni", network, "--kube-proxy",
        backend == "nft" ? "nftables" : "iptables", "--pods", "8", "--policies", "2", "--policy", policy, "--dual",
        "--protocol", "udp", "--balancer", "--out", folder,
      ] + agents)
    try shell("test ! -s \(folder)/ipset.rules || ipset restore <\(folder)/ipset.rules")
    try shell("iptables-\(backend)-restore -c <\(folder)/iptables.rules")
    try shell("test ! -s \(folder)/ip6tables.rules || ip6tables-\(backend)-restore -c <\(folder)/ip6tables.rules")
    try shell("test ! -s \(folder)/nft.rules || nft -f \(folder)/nft.rules")
  }

  @Test("A rule that nft has other words for is not decoded, and says so")
  func otherWords() async throws {
    try await withPrivateNetworkNamespace { _ in
      let others = KernelFeature.elementForAllOthers ? "" : "s/, [*] : continue//;"
      let ways = KernelFeature.outputInterfaceAtInput ? "" : "/ oif missing/d;"
      try shell("sed '\(others)\(ways)' '\(Capture.folder)/../native.nft' | nft -f -")
      let printed = Dump(try shell("nft -a list ruleset"))
      let shown = Dump(try Kpx.run("chain", "-t", "all", "--no-api", "--color", "always").text)
      #expect(shown.chains == printed.chains)
      for chain in printed.chains {
        let pairs = zip(shown.rules[chain] ?? [], printed.rules[chain] ?? [])
        for (ours, theirs) in pairs where ours != theirs && !ours.hasRemark("not decoded: ") {
          #expect(sameInOtherWords.contains { theirs.text.hasPrefix("\($0) # handle ") }, "\(ours.text)")
        }
      }
      #expect(shown.rules.values.joined().count { $0.hasRemark("not decoded: ") } == 2)
    }
  }

  @Test("Every option of every extension is as iptables-save prints it, or is said not to be decoded")
  func everyOption() async throws {
    try await withPrivateNetworkNamespace { _ in
      let folder = Capture.folder + "/../xtables"
      try shell("nfacct add ct_state_invalid_dropped_pkts && nfacct add 'kpx count'")
      try shell("ipset restore <\(folder)/sets.ipset")
      for (tool, file) in [("iptables", "ip"), ("ip6tables", "ip6")] {
        try shell("\(tool)-legacy-restore -c <\(folder)/\(file).rules")
        let printed = Dump(try shell("\(tool)-legacy-save -c"), tool: "\(tool)-legacy")
        let family = file == "ip" ? "-4" : "-6"
        let shown = Dump(try Kpx.run("chain", "-t", "all", "--no-api", family, "--color", "always").text)
        #expect(shown.chains.sorted() == printed.chains.sorted())
        for (chain, rules) in printed.rules {
          let ours = shown.rules[chain] ?? []
          #expect(ours.count == rules.count)
          for (ours, theirs) in zip(ours, rules) where !ours.hasRemark("not decoded: ") { #expect(ours == theirs) }
        }
        #expect(shown.rules.values.joined().count { $0.hasRemark("not decoded: ") } == 1)
      }
    }
  }
}

/// Rules that kpx prints by their offsets and numbers, which nft reads alike.
private let sameInOtherWords: Set<String> = [
  "ip ttl 5 drop", "ether saddr 02:00:00:00:00:01 drop", "iif \"lo\" accept",
  "icmpv6 type { nd-router-advert, nd-neighbor-solicit } accept",
]

/// Expects the program's dump of the calling thread's namespace to be that of the tools.
/// - Returns: how many rules were compared.
private func compareWithTools() throws -> Int {
  let result = try Kpx.run("chain", "-t", "all", "--no-api", "--color", "always")
  #expect(result.status == 0)
  let shown = Dump(result.text)
  var count = 0
  for tool in ["iptables-legacy", "ip6tables-legacy", "iptables-nft", "ip6tables-nft"] {
    count += expectSame(shown, Dump(try shell("\(tool)-save -c"), tool: tool), of: { $0.hasPrefix("\(tool) ") })
  }
  return count + expectSame(shown, Dump(try shell("nft -a list ruleset")), of: isNative)
}

/// Whether a chain is one that nft prints, of a table that no iptables keeps.
private func isNative(_ chain: String) -> Bool {
  let words = chain.split(separator: " ")
  let isOfIPTables = words[0].contains("tables-") || ["filter", "nat", "mangle", "raw", "security"].contains(words[1])
  return !isOfIPTables || words[0] == "inet" || words[0] == "netdev"
}

/// Tables come in the kernel's order, and in one of its own from iptables-nft-save.
private func byTable(_ chains: [String]) -> [[Substring]: [String]] {
  Dictionary(grouping: chains) { Array($0.split(separator: " ").prefix(2)) }
}

private func expectSame(_ shown: Dump, _ printed: Dump, of isMeant: (String) -> Bool) -> Int {
  let wanted = printed.chains.filter(isMeant)
  // iptables-nft-save also prints base chains that there are not.
  let chains = shown.chains.filter(isMeant)
  let made = wanted.filter { printed.rules[$0]?.isEmpty == false || chains.contains($0) }
  #expect(byTable(chains) == byTable(made))
  for chain in wanted {
    if let head = shown.heads[chain] { #expect(head == printed.heads[chain] ?? "") }
    let (ours, theirs) = (shown.rules[chain] ?? [], printed.rules[chain] ?? [])
    #expect(ours.count == theirs.count, "\(chain)")
    let different = zip(ours, theirs).first { $0 != $1 }
    #expect(different == nil, "\(chain)")
  }
  return wanted.reduce(0) { $0 + (printed.rules[$1]?.count ?? 0) }
}

/// Chains and rules of a text as the tools write it: those of nft by `FAMILY TABLE CHAIN`, others by `TOOL TABLE CHAIN`.
private struct Dump {
  struct Line: Equatable {
    var text: String
    /// What kpx adds; of the tools' lines none.
    var remark = ""

    func hasRemark(_ text: String) -> Bool { remark.contains(text) }

    static func == (left: Line, right: Line) -> Bool { left.text == right.text }
  }

  /// As they are listed.
  private(set) var chains: [String] = []
  /// The line of a chain in iptables-save, and what stands between an nft's chain and its rules.
  private(set) var heads: [String: String] = [:]
  private(set) var rules: [String: [Line]] = [:]
  private var table = ""
  private var tool = ""
  private var chain: String?

  init(_ text: String, tool: String = "") {
    self.tool = tool
    for line in text.split(separator: "\n") { read(Self.split(line)) }
  }

  /// kpx colours what it adds.
  private static func split(_ line: Substring) -> Line {
    guard let start = line.firstRange(of: "\u{1b}[2m") else { return Line(text: String(line)) }
    let remark = String(line[start.upperBound...])
    return Line(text: String(line[..<start.lowerBound]), remark: remark)
  }

  private mutating func read(_ line: Line) {
    let words = line.text.split { $0 == " " || $0 == "\t" }.map(String.init)
    if line.text.isEmpty, line.remark.hasPrefix("# ip") {
      tool = String(line.remark.dropFirst(2).prefix { $0 != "\u{1b}" })
    } else if line.text.hasPrefix("*") {
      table = tool.isEmpty ? String(line.text.dropFirst()) : "\(tool) \(line.text.dropFirst())"
    } else if line.text.hasPrefix(":") {
      begin("\(table) \(words[0].dropFirst())", head: line.text)
    } else if line.text.hasPrefix("["), words.count > 2, words[1] == "-A" {
      rules["\(table) \(words[2])", default: []].append(line)
    } else if line.text.hasPrefix("table ") {
      table = "\(words[1]) \(words[2])"
    } else if line.text.hasPrefix("\tchain ") {
      begin("\(table) \(words[1])", head: line.text.drop { $0 != "#" }.description)
    } else if line.text.hasPrefix("\t}") {
      chain = nil
    } else if let chain, line.text.hasPrefix("\t\t") {
      if words[0] == "comment" || (words[0] == "type" && words.contains("hook")) {
        heads[chain, default: ""] += line.text
      } else {
        // nft 1.0.6 leaves out what a map's data are; its language wants it.
        let text = String(line.text.dropFirst(2)).replacing(" addr . port to ", with: " to ")
        rules[chain, default: []].append(Line(text: text, remark: line.remark))
      }
    }
  }

  private mutating func begin(_ name: String, head: String) {
    chain = name
    chains.append(name)
    heads[name] = head
    rules[name] = []
  }
}

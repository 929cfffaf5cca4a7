extension PrivateNetworkNamespace {
  /// Loads all of a capture's tables, of both kinds, and the node's addresses and routes.
  public func loadEverything(_ capture: Capture) throws(SetupError) {
    let hasLegacy = try capture.bytes("iptables-legacy-save.txt") != nil
    if hasLegacy { try loadLegacyCapture(capture) }
    try loadNftCapture(capture, withAddresses: !hasLegacy)
  }

  /// Loads a capture's legacy tables of both families, or IPv4's alone, and the node's addresses and routes.
  public func loadLegacyCapture(
    _ capture: Capture, withAddresses: Bool = true, onlyIPv4: Bool = false
  ) throws(SetupError) {
    if withAddresses { try addAddresses(of: capture) }
    try addObjects(of: capture, savedAs: ["iptables-legacy-save.txt", "ip6tables-legacy-save.txt"])
    try restore(capture, "iptables-legacy-save.txt", with: "iptables-legacy-restore")
    if !onlyIPv4 { try restore(capture, "ip6tables-legacy-save.txt", with: "ip6tables-legacy-restore") }
  }

  /// What a kube-proxy has written that knows no service.
  public func addProxyWithoutServices() throws(SetupError) {
    let rules = "*nat\n:KUBE-SERVICES - [0:0]\n-A PREROUTING -j KUBE-SERVICES\n-A OUTPUT -j KUBE-SERVICES\nCOMMIT\n"
    for restore in ["iptables-legacy-restore", "ip6tables-legacy-restore"] {
      try must(restore, input: Array(rules.utf8))
    }
  }

  /// Loads what a capture holds in nf_tables (the tables of iptables-nft, those named kube-proxy), and the node's
  /// addresses and routes.
  public func loadNftCapture(_ capture: Capture, withAddresses: Bool = true) throws(SetupError) {
    if withAddresses { try addAddresses(of: capture) }
    try addObjects(of: capture, savedAs: ["iptables-nft-save.txt", "ip6tables-nft-save.txt"])
    try restore(capture, "iptables-nft-save.txt", with: "iptables-nft-restore")
    try restore(capture, "ip6tables-nft-save.txt", with: "ip6tables-nft-restore")
    // What nft prints of iptables-nft's tables is not meant to be read back.
    let ruleset = try capture.text("nft-ruleset.nft") ?? ""
    let tables = nftTables(of: ruleset, named: "kube-proxy")
    if !tables.isEmpty { try must("nft", "-f", "-", input: Array(tables.utf8)) }
  }

  /// Gives the namespace a captured node's interfaces (veths all, whatever they were), addresses and routes.
  ///
  /// The interfaces do no ARP and no neighbour discovery, so that the kernel sends nothing by itself and rule
  /// counters stand still.
  public func addAddresses(of capture: Capture) throws(SetupError) {
    let interfaces = CapturedInterface.parse(try capture.text("ip-addr.txt") ?? "")
    guard !interfaces.isEmpty else { throw SetupError("\(capture): no interfaces in ip-addr.txt") }
    var commands = ""
    // kube-ipvs0 is made by who wants it, and is a dummy.
    let skipped = ["lo"] + (try namesOfInterfaces().filter { $0 == "kube-ipvs0" })
    for (number, interface) in interfaces.enumerated() where !skipped.contains(interface.name) {
      let peer = "kpx-peer\(number)"
      commands += "link add \(interface.name) type veth peer name \(peer)\n"
      for end in [interface.name, peer] {
        commands += "link set \(end) addrgenmode none arp off\n"
        commands += "link set \(end) up\n"
      }
    }
    for interface in interfaces {
      for address in interface.addresses {
        commands += "address replace \(address) dev \(interface.name)\(address.contains(":") ? " nodad" : "")\n"
      }
    }
    commands += routes(try capture.text("ip-route.txt"))
    try must("ip", "-batch", "-", input: Array(commands.utf8))
    let routes6 = routes(try capture.text("ip6-route.txt"))
    if !routes6.isEmpty { try must("ip", "-6", "-batch", "-", input: Array(routes6.utf8)) }
    // A new namespace does not, and every node does.
    try must("sh", "-c", "cd /proc/sys/net && echo 1 >ipv4/ip_forward && echo 1 >ipv6/conf/all/forwarding")
  }

  private func namesOfInterfaces() throws(SetupError) -> [String] {
    try must("ip", "-brief", "link").split(separator: "\n").map { String($0.prefix { $0 != " " && $0 != "@" }) }
  }

  /// The commands that add a captured node's routes; those of the kernel's own come with the addresses.
  private func routes(_ text: String?) -> String {
    (text ?? "").split(separator: "\n").filter { !$0.contains("proto kernel") }
      .map { "route replace \($0.replacing(" pref medium", with: ""))\n" }.joined()
  }

  /// Makes the ipsets and nfacct objects that the rules refer to.
  private func addObjects(of capture: Capture, savedAs files: [String]) throws(SetupError) {
    if let sets = try capture.bytes("ipset-save.txt") { try restoreSets(sets) }
    var names: Set<Substring> = []
    for file in files {
      let words = (try capture.text(file) ?? "").split { $0 == " " || $0 == "\n" }
      for (word, next) in zip(words, words.dropFirst()) where word == "--nfacct-name" { names.insert(next) }
    }
    for name in names.sorted() where try run("nfacct", "get", String(name)).status != 0 {
      try must("nfacct", "add", String(name))
    }
  }

  private func restore(_ capture: Capture, _ file: String, with tool: String) throws(SetupError) {
    guard let saved = try capture.bytes(file) else { return }
    // Namespaces share the xtables lock; other tests may hold it.
    if tool.contains("legacy") {
      try must(tool, "-w", "60", "-c", input: saved)
    } else {
      try must(tool, "-c", input: saved)
    }
  }
}

/// The text of the tables of one name in what `nft list ruleset` printed.
func nftTables(of ruleset: String, named name: String) -> String {
  var tables = ""
  var inside = false
  for line in ruleset.split(separator: "\n", omittingEmptySubsequences: false) {
    if line.hasPrefix("table ") { inside = line.hasSuffix(" \(name) {") }
    if inside { tables += line + "\n" }
    if line == "}" { inside = false }
  }
  return tables
}

/// An interface as `ip addr` printed it.
struct CapturedInterface {
  let name: String
  /// With their prefix lengths; no link-local ones, which come from the MAC address.
  var addresses: [String] = []

  static func parse(_ text: String) -> [CapturedInterface] {
    var interfaces: [CapturedInterface] = []
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count >= 2 else { continue }
      if line.first != " " {
        interfaces.append(CapturedInterface(name: String(words[1].prefix { $0 != ":" && $0 != "@" })))
      } else if words[0] == "inet" || words[0] == "inet6", !words[1].hasPrefix("fe80:"), !interfaces.isEmpty {
        interfaces[interfaces.count - 1].addresses.append(String(words[1]))
      }
    }
    return interfaces
  }
}

// A whole snapshot with pseudonyms.
extension Redactor {
  /// A snapshot in which nothing but pseudonyms, and what kpx knows of every node, is left.
  /// - Throws: `KernelError` where a member is damaged, and what an encoder throws.
  func snapshot(_ snapshot: NodeSnapshot) throws -> NodeSnapshot {
    if let cluster = snapshot.cluster { learn(cluster) }
    let cluster = snapshot.cluster.map { self.cluster($0) }
    var images = try nfTables(snapshot.members)
    for name in snapshot.members.names where images[name] == nil {
      images[name] = try member(name, snapshot.members)
    }
    let pods = snapshot.pods.map { self.pods($0) }
    let manifest = manifest(snapshot.manifest)
    return NodeSnapshot(manifest: manifest, members: SavedMembers(images), cluster: cluster, pods: pods)
  }

  /// nil for one that kpx does not know.
  private func member(_ name: String, _ members: SavedMembers) throws -> [UInt8]? {
    let bytes = try members.required(name)
    switch name {
    case SavedMembers.facts: return try facts(bytes)
    case SavedMembers.links: return try links(name, bytes)
    case SavedMembers.addresses, SavedMembers.peerAddresses: return try interfaceAddresses(name, bytes)
    case SavedMembers.routes: return try routes(name, bytes)
    case SavedMembers.routingRules: return try routingRules(name, bytes)
    case SavedMembers.neighbours, SavedMembers.bridgePorts: return try neighbours(name, bytes)
    case SavedMembers.connections: return try connections(name, bytes)
    case SavedMembers.virtualServerConnections: return virtualServerConnections(bytes)
    case "ipset.bin": return try ipsets(name, bytes)
    case "ipvs-services.bin": return try virtualServices(name, bytes)
    case "ipvs-dests.bin":
      return try realServers(name, bytes, ofServices: try members.required("ipvs-services.bin"))
    default: return try legacyTable(name, members)
    }
  }

  /// `xt-ip-nat.info.bin`, `xt-ip6-nat.entries.bin`
  private func legacyTable(_ name: String, _ members: SavedMembers) throws -> [UInt8]? {
    for (beginning, family) in [("xt-ip-", IPFamily.v4), ("xt-ip6-", .v6)] where name.hasPrefix(beginning) {
      let table = name.prefix { $0 != "." }
      guard WellKnownNames.of(.table).contains(String(table.dropFirst(beginning.count))) else { break }
      let redacted = try RedactedLegacyTable(
        info: try members.required("\(table).info.bin"), entries: try members.required("\(table).entries.bin"),
        family: family, self)
      return name.hasSuffix(".info.bin") ? redacted.info : redacted.entries
    }
    leaveOut("members of unknown names")
    return nil
  }

  private func nfTables(_ members: SavedMembers) throws -> [String: [UInt8]] {
    guard members[RedactedNFTables.tablesMember] != nil else { return [:] }
    let sets = try members.required(RedactedNFTables.setsMember)
    let rules = try members.required(RedactedNFTables.rulesMember)
    let tables = try RedactedNFTables(sets: sets, self)
    // Rules tell what elements are, and these, which rules kpx cannot understand.
    try tables.learnLookups(rules)
    var images: [String: [UInt8]] = [:]
    images[RedactedNFTables.tablesMember] = try tables.tables(try members.required(RedactedNFTables.tablesMember))
    images[RedactedNFTables.chainsMember] = try tables.chains(try members.required(RedactedNFTables.chainsMember))
    images[RedactedNFTables.setsMember] = try tables.declarations(sets)
    images[RedactedNFTables.elementsMember] = try tables.elements(
      try members.required(RedactedNFTables.elementsMember))
    images[RedactedNFTables.rulesMember] = try tables.rules(rules)
    return images
  }

  private func manifest(_ manifest: SnapshotManifest) -> SnapshotManifest {
    var image = manifest
    image.node = SnapshotManifest.Node(
      name: manifest.node.name.map { names.pseudonym($0, .node) },
      given: manifest.node.given.map { names.pseudonym($0, .node) },
      certificate: manifest.node.certificate.map { names.pseudonym($0, .node) },
      host: names.pseudonym(manifest.node.host, .node), kernel: manifest.node.kernel)
    image.proxyVersion = manifest.proxyVersion.flatMap {
      KubeProxyVersion($0) != nil && Self.isKernelName($0) ? $0 : nil
    }
    if let api = manifest.api {
      image.api?.origin = api.origin.map {
        APIOrigin(
          source: text($0.source), context: $0.context.map { text($0) }, server: $0.server.map { text($0) },
          credential: $0.credential.map { text($0) })
      }
      image.api?.namespace = api.namespace.map { names.pseudonym($0, .namespace) }
      image.api?.only = api.only?.map { name in
        NamespacedName(names.pseudonym(name.namespace, .namespace), names.pseudonym(name.name, .service))
      }
      image.api?.serverVersion = api.serverVersion.flatMap {
        Self.isKernelName($0.replacing("+", with: "")) ? $0 : nil
      }
      image.api?.notes = api.notes.map { text($0) }
    }
    // `WHAT: WHY`
    image.gaps = manifest.gaps.map { gap in
      guard let colon = gap.firstRange(of: ": "), Self.parts.contains(String(gap[..<colon.lowerBound])) else {
        return text(gap)
      }
      return gap[..<colon.upperBound] + text(String(gap[colon.upperBound...]))
    }
    (image.redacted, image.leftOut) = (true, leftOut)
    image.members = []
    return image
  }

  /// What may be missing of a snapshot, in kpx's own words.
  private static let parts: Set = [
    "the iptables tables", "nf_tables", "the ipsets", "IPVS", "interfaces and routes", "the connections",
    "nfacct's counters", "the pods",
  ]
}

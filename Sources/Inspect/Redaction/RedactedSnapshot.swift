// A whole snapshot with pseudonyms.
extension Redactor {
  /// Gives `keep` the members of a snapshot, in which nothing but pseudonyms, and what kpx knows of every node, is left: one
  /// after the other, since the largest clusters' are large.
  /// - Returns: what it says of itself, without its members.
  /// - Throws: `KernelError` where a member is damaged, and what an encoder or `keep` throws.
  func snapshot(
    _ snapshot: NodeSnapshot, _ keep: (_ path: String, [UInt8]) throws -> Void
  ) throws -> SnapshotManifest {
    if let cluster = snapshot.cluster { learn(cluster) }
    let tables = try nfTables(snapshot.members)
    for name in snapshot.members.names {
      for (name, image) in try tables[name].map({ [(name, $0)] }) ?? members(name, snapshot.members) {
        try keep(NodeSnapshot.kernelFolder + name, image)
      }
    }
    if let cluster = snapshot.cluster { try keep(NodeSnapshot.cluster, self.cluster(cluster).encoded()) }
    if let pods = snapshot.pods { try keep(NodeSnapshot.podsMember, self.pods(pods).encoded()) }
    return manifest(snapshot.manifest)
  }

  /// What a member becomes: with the entries of a legacy table its description, too, and nothing of one that kpx does not
  /// know.
  private func members(_ name: String, _ members: SavedMembers) throws -> [(String, [UInt8])] {
    if name.hasPrefix("xt-") { return try legacyTable(name, members) }
    guard let image = try member(name, members) else {
      leaveOut("members of unknown names")
      return []
    }
    return [(name, image)]
  }

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
    default: return nil
    }
  }

  /// `xt-ip-nat.info.bin`, `xt-ip6-nat.entries.bin`: both at the second.
  private func legacyTable(_ name: String, _ members: SavedMembers) throws -> [(String, [UInt8])] {
    let member = String(name.prefix { $0 != "." })
    let (info, entries) = ("\(member).info.bin", "\(member).entries.bin")
    for (beginning, family) in [("xt-ip-", IPFamily.v4), ("xt-ip6-", .v6)] where member.hasPrefix(beginning) {
      guard WellKnownNames.of(.table).contains(String(member.dropFirst(beginning.count))) else { break }
      if name == info, members[entries] != nil { return [] }
      guard name == entries else { break }
      let redacted = try RedactedLegacyTable(
        info: try members.required(info), entries: try members.required(entries), family: family, self)
      return [(info, redacted.info), (entries, redacted.entries)]
    }
    leaveOut("members of unknown names")
    return []
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

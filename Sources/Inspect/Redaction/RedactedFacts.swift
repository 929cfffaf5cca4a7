// What a node told beside its tables, with pseudonyms.
extension Redactor {
  /// - Throws: `KernelError` where the member is damaged, and what the encoder throws.
  func facts(_ bytes: [UInt8]) throws -> [UInt8] {
    let facts = try SavedFacts(SavedMembers([SavedMembers.facts: bytes]))
    var image = SavedFacts()
    image.kernel = facts.kernel
    image.isOfProcess1 = facts.isOfProcess1
    image.parts = facts.parts
    image.legacyTables = facts.legacyTables?.filter { IPFamily(rawValue: $0.key) != nil }.mapValues {
      $0.filter { WellKnownNames.of(.table).contains($0) }
    }
    image.sysctls = sysctls(facts.sysctls)
    image.listeners = facts.listeners?.enumerated().compactMap { listener($1, number: $0) }
    image.answers = facts.answers?.filter { Self.paths.contains($0.path) }.map { answer($0) }
    image.canAskPrograms = facts.canAskPrograms
    image.recentLists = facts.recentLists.map { lists in
      Dictionary(lists.map { (recentList($0), $1) }) { first, _ in first }
    }
    image.matches = facts.matches?.filter { Self.isKernelName($0.key) }
    image.counters = facts.counters?.map { names.pseudonym($0, .counter) }
    image.setNames = facts.setNames?.mapValues { ipset($0) }
    return try encodedJSON(image)
  }

  /// Numbers alone, and none that is a secret; paths of an interface have its name.
  private func sysctls(_ values: [String: String]) -> [String: String] {
    var images: [String: String] = [:]
    for (path, value) in values {
      guard value.utf8.allSatisfy({ (0x30...0x39).contains($0) || " \t,-".utf8.contains($0) }), !path.contains("seed")
      else {
        leaveOut("sysctls that are no numbers, or secret")
        continue
      }
      if let path = sysctl(path) { images[path] = value } else { leaveOut("sysctls of unknown names") }
    }
    return images
  }

  /// `net/ipv4/tcp_syncookies`, `net/ipv4/conf/eth0/rp_filter`: an interface may have dots in its name, and no slash.
  private func sysctl(_ path: String) -> String? {
    var parts = path.split(separator: "/").map(String.init)
    let isOfInterface = parts.count == 5 && parts[2] == "conf"
    guard isOfInterface || parts.count <= 4,
      parts.enumerated().allSatisfy({ isOfInterface && $0 == 3 || Self.isSysctlName($1) })
    else { return nil }
    if isOfInterface { parts[3] = interfaces.pseudonym(parts[3]) }
    return parts.joined(separator: "/")
  }

  private static func isSysctlName(_ text: String) -> Bool {
    text.utf8.allSatisfy { (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || "_-".utf8.contains($0) }
  }

  private func listener(_ listener: SavedFacts.Listener, number: Int) -> SavedFacts.Listener? {
    guard let address = address(in: listener.address) else {
      leaveOut("sockets")
      return nil
    }
    return SavedFacts.Listener(
      transport: listener.transport == "UDP" ? "UDP" : "TCP", address: address, port: listener.port,
      inode: UInt64(number),
      program: listener.program.map { program($0) })
  }

  /// `kubelet (pid 123)`
  private func program(_ text: String) -> String {
    let mark = " (pid "
    guard let end = text.ranges(of: mark).last?.lowerBound,
      let pid = Int32(text[end...].dropFirst(mark.count).dropLast())
    else { return names.pseudonym(text, .program) }
    return "\(names.pseudonym(String(text[..<end]), .program))\(mark)\(pid))"
  }

  private static let paths: Set = ["/proxyMode", "/metrics", "/healthz"]

  /// What kube-proxy answers, as far as kpx reads it.
  private func answer(_ answer: SavedFacts.Answer) -> SavedFacts.Answer {
    SavedFacts.Answer(
      address: address(in: answer.address) ?? "", path: answer.path,
      text: answer.text.flatMap { text(ofAnswer: $0, to: answer.path) })
  }

  private func text(ofAnswer text: String, to path: String) -> String? {
    switch path {
    case "/proxyMode": return ["iptables", "ipvs", "nftables"].first { text.hasPrefix($0) }
    case "/metrics":
      // Of the build and of times: NodeRecorder keeps no others.
      let wanted = text.split(separator: "\n").filter {
        $0.hasPrefix("kubernetes_build_info{") || $0.hasPrefix("kubeproxy_sync_proxy_rules_last")
      }
      return wanted.joined(separator: "\n")
    // That there was an answer is all that kpx asks for.
    case "/healthz": return "{}"
    default: return nil
    }
  }
}

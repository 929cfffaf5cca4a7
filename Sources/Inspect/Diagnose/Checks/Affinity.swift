extension Check {
  /// Rule: in iptables mode a list of clients (`-m recent`) is full, and the one that goes for the next has not been away for the
  /// time of the affinity; or a chain sends remembered clients to an endpoint that it sends no others to, and its list has such
  /// clients (kubernetes#110302: rules for endpoints that are not ready, which each connection renews). Likely, and a warning:
  /// what was noted is known, and not who comes again.
  static let affinity = Check(.affinity, mode: .iptables) { examination in
    guard examination.list != nil else { return .skipped(examination.unwalked ?? "no service was walked") }
    let ports = StickyPort.all(examination.frontends)
    guard !ports.isEmpty else { return .ok(because: "no rule keeps clients at their endpoint") }
    var findings: [Finding] = []
    var unread: String?
    for port in ports {
      var full: [StickyEndpoint] = []
      for (chain, place) in port.endpoints {
        guard let list = examination.node.recentList(chain) else {
          unread = unread ?? "/proc/net/xt_recent/\(chain) cannot be read"
          continue
        }
        if list.limit == nil { unread = unread ?? "how many clients xt_recent remembers (ip_list_tot) cannot be read" }
        if list.forgets(within: port.seconds) { full.append(StickyEndpoint(chain: chain, place: place, list: list)) }
      }
      var left: [StickyEndpoint] = []
      for (chain, place) in try port.leftBehind(examination) {
        guard let list = examination.node.recentList(chain), list.count(within: port.seconds) > 0 else { continue }
        left.append(StickyEndpoint(chain: chain, place: place, list: list))
      }
      if !full.isEmpty { findings.append(forgetful(port, full)) }
      if !left.isEmpty { findings.append(stuck(port, left)) }
    }
    if findings.isEmpty, let unread { return .skipped(unread) }
    return findings.isEmpty ? .ok() : .found(findings)
  }

  /// So many endpoints are told of.
  private static let most = 5

  private static func forgetful(_ port: StickyPort, _ full: [StickyEndpoint]) -> Finding {
    let limit = full[0].list.limit ?? 0
    return Finding(
      .affinity, .warning, .likely, subject: port.subject,
      message:
        "clients lose their endpoint before the \(port.seconds) s of session affinity are over: the kernel remembers \(limit) "
        + "clients of an endpoint, and \(full.count) of \(port.endpoints.count) endpoints have had as many",
      evidence: full.prefix(most).map { endpoint in
        Finding.Evidence(
          .proc,
          "/proc/net/xt_recent/\(endpoint.chain): \(endpoint.list.ages.count) clients of "
            + "\(endpoint.place.map { "\($0)" } ?? "an endpoint"), the first to go was there "
            + "\(endpoint.list.ages.max() ?? 0) s ago", endpoint: endpoint.place)
      } + [Finding.Evidence(.proc, "/sys/module/xt_recent/parameters/ip_list_tot = \(limit)")],
      advice: [
        Finding.Advice(
          "have xt_recent remember more, from the node's next start on (where it is built in, as xt_recent.ip_list_tot on the "
            + "kernel's command line)",
          command: "echo 'options xt_recent ip_list_tot=\(max(1000, limit * 10))' > /etc/modprobe.d/xt_recent.conf")
      ])
  }

  private static func stuck(_ port: StickyPort, _ left: [StickyEndpoint]) -> Finding {
    let count = left.reduce(0) { $0 + $1.list.count(within: port.seconds) }
    return Finding(
      .affinity, .warning, .likely, subject: port.subject,
      message:
        "\(count == 1 ? "a client is" : "\(count) clients are") kept by session affinity at "
        + "\(left.count == 1 ? "an endpoint" : "\(left.count) endpoints") that no new client is sent to",
      evidence: left.prefix(most).flatMap { endpoint in
        let place = endpoint.place.map { "\($0)" } ?? "an endpoint"
        return [
          Finding.Evidence(
            .netfilter, "-m recent --rcheck --name \(endpoint.chain) alone leads to \(place)", endpoint: endpoint.place),
          Finding.Evidence(
            .proc,
            "/proc/net/xt_recent/\(endpoint.chain): \(endpoint.list.count(within: port.seconds)) clients within "
              + "\(port.seconds) s"),
        ]
      },
      advice: [
        Finding.Advice(
          "have the kernel forget them, and they get another endpoint",
          command: "echo / > /proc/net/xt_recent/\(left[0].chain)")
      ])
  }
}

/// An endpoint, and who is remembered to have been there.
private struct StickyEndpoint {
  /// The chain's name is the list's, too.
  let chain: String
  let place: SocketAddress?
  let list: RecentList
}

/// A service's port that keeps clients at their endpoint.
private struct StickyPort {
  let name: ServicePortName
  let transport: TransportProtocol
  let family: IPFamily
  let seconds: Int
  /// Where new clients are sent to, by the chain.
  var endpoints: [(chain: String, place: SocketAddress)] = []

  var subject: Subject {
    var subject = Subject(kind: .service, name.service)
    if !name.port.isEmpty { subject.port = name.port }
    subject.family = family
    return subject
  }

  /// Once each, be it that it has several frontends.
  static func all(_ frontends: [(service: NamespacedName?, frontend: FrontendReport)]) -> [StickyPort] {
    var ports: [StickyPort] = []
    for (service, frontend) in frontends {
      guard let service, let seconds = frontend.affinitySeconds else { continue }
      let name = ServicePortName(service.namespace, service.name, port: frontend.portName ?? "")
      let known = ports.firstIndex {
        $0.name == name && $0.transport == frontend.transport && $0.family == frontend.family
      }
      var port =
        known.map { ports[$0] }
        ?? StickyPort(name: name, transport: frontend.transport, family: frontend.family, seconds: Int(seconds))
      for endpoint in frontend.endpoints {
        guard let chain = endpoint.chain, chain.hasPrefix(ChainName.Kind.endpoint.rawValue),
          !port.endpoints.contains(where: { $0.chain == chain })
        else { continue }
        port.endpoints.append((chain, endpoint.place))
      }
      if let known { ports[known] = port } else { ports.append(port) }
    }
    return ports
  }

  /// Endpoints that a chain of this port sends remembered clients to, and no others.
  func leftBehind(_ examination: Examination) throws -> [(chain: String, place: SocketAddress?)] {
    let filter = examination.node.filter
    let tables = Set(try filter.baseChains(at: .prerouting, family: family).map(\.chain.table)).filter {
      $0.name == "nat"
    }
    let names = [ChainName.Kind.service, .local, .externalLocal].flatMap {
      ChainName.names($0, of: name, transport: transport)
    }
    var found: [(chain: String, place: SocketAddress?)] = []
    for table in tables {
      for name in names {
        var remembered: [String] = []
        var others: Set<String> = []
        _ = try filter.forEachRule(in: ChainReference(table: table, name: "\(name)"), hint: .none) { _, rule in
          guard let chain = rule.chain, chain.hasPrefix(ChainName.Kind.endpoint.rawValue) else { return true }
          if rule.isForRemembered { remembered.append(chain) } else { others.insert(chain) }
          return true
        }
        for chain in remembered where !others.contains(chain) && !found.contains(where: { $0.chain == chain }) {
          found.append((chain, try place(ChainReference(table: table, name: chain), filter)))
        }
      }
    }
    return found
  }

  /// Where an endpoint's chain sends to.
  private func place(_ chain: ChainReference, _ filter: any PacketFilter) throws -> SocketAddress? {
    var place: SocketAddress?
    _ = try filter.forEachRule(in: chain, hint: .none) { _, rule in
      for case .dnat(let translation) in rule.actions {
        guard let address = translation.addresses?.lowerBound, let port = translation.ports?.lowerBound else {
          continue
        }
        place = SocketAddress(address, port: port)
      }
      return place == nil
    }
    return place
  }
}

extension Rule {
  /// Whether it asks if a list has the client.
  fileprivate var isForRemembered: Bool {
    matches.contains { match in
      if case .recent(let match) = match { match.operation == .check || match.operation == .update } else { false }
    }
  }
}

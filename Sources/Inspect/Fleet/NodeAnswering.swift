import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// What a node does with a question that goes to many.
extension Session {
  /// Answers what another kpx asks this machine. It asks no API and changes nothing.
  /// - Parameters:
  ///   - bytes: a `NodeQuestion` as it was sent.
  ///   - sources: where this node's pods are looked for.
  public func answer(_ bytes: [UInt8], sources: PodSources, program: String) -> NodeAnswer {
    do {
      let (question, objects) = try NodeQuestion.decoded(bytes)
      var session = self
      session.nodeName = question.node ?? nodeName
      if let version = question.proxyVersion.flatMap({ KubeProxyVersion($0) }) {
        session.release = Release(version, source: "--proxy-version")
      }
      session.cluster = question.api.map { .saved($0, objects) } ?? .noAPI
      return session.answer(question, sources: sources, program: program)
    } catch {
      var answer = NodeAnswer(program: program, node: answeringNode)
      answer.fail(error.description)
      return answer
    }
  }

  /// The answer by what this session has of the API.
  func answer(_ question: NodeQuestion, sources: PodSources, program: String) -> NodeAnswer {
    var answer = NodeAnswer(program: program, node: answeringNode)
    do {
      switch question.command {
      case .trace(let target, let namespace):
        var query = TraceQuery(try TraceTarget(target))
        query.namespace = namespace
        (query.families, query.timeLimit) = (question.families, question.timeLimit)
        answer.tell(try trace(query))
      case .services(let namespace):
        var query = ServicesQuery()
        (query.areAllNamespaces, query.namespace) = (namespace == nil, namespace)
        (query.families, query.timeLimit) = (question.families, question.timeLimit)
        answer.tell(try services(query))
      case .check(let ids, let namespace):
        var query = CheckQuery()
        (query.ids, query.namespace, query.sources) = (ids, namespace, sources)
        (query.families, query.timeLimit) = (question.families, question.timeLimit)
        answer.tell(try check(query))
      case .version:
        let report = try version(
          VersionQuery(VersionReport.Program(version: program, commit: nil, missingCapabilities: [])))
        (answer.node, answer.proxy) = (report.node, report.proxy)
      case .veth(let targets, let namespace):
        var query = PodQuery()
        query.targets = try targets.map { try PodTarget($0, namespace: namespace) }
        (query.namespace, query.sources) = (namespace, sources)
        answer.tell(try podsHere(query), areNamed: !targets.isEmpty)
      case .connections(let target, let namespace, let selection):
        var query = ConnectionsQuery()
        query.target = try target.map { try ConnectionTarget($0) }
        (query.namespace, query.selection, query.pods) = (namespace, selection, sources)
        (query.selection.families, query.timeLimit) = (question.families, question.timeLimit)
        answer.tell(try connections(query), isJudged: selection.onlyStray)
      case .snapshot(let services, let withConnections):
        var query = SnapshotQuery(path: nil, program: program)
        (query.services, query.withConnections, query.sources) = (services, withConnections, sources)
        try record(query, into: &answer)
      }
    } catch SessionError.noKubeProxy(let missing) {
      answer.proxy = Proxy(mode: .none)
      answer.fail(missing.description)
    } catch {
      answer.fail(SessionError(error).description)
    }
    return answer
  }

  /// A pod that is meant may be on another node.
  private func podsHere(_ query: PodQuery) throws(SessionError) -> PodInterfaces {
    do {
      return try pods(query)
    } catch {
      guard case .pod(.notFound) = error else { throw error }
      return PodInterfaces()
    }
  }

  private func record(_ query: SnapshotQuery, into answer: inout NodeAnswer) throws {
    let file = csys_memory_file()
    guard file >= 0 else { throw KernelError.unavailable("memory for the snapshot: \(systemMessage(errno))") }
    defer { close(file) }
    var query = query
    query.descriptor = file
    let manifest = try record(query)
    let content = try NodeFile.content("/proc/self/fd/\(file)", limit: FleetQuestion.largestSnapshot)
    answer.snapshot = encodedBase64(content.bytes)
    answer.unknown = manifest.gaps.map { NodeAnswer.Unknown(what: "the snapshot", why: $0) }
    if !manifest.gaps.isEmpty { answer.status = 2 }
  }
}

extension NodeAnswer {
  fileprivate mutating func fail(_ why: String) { (status, failure) = (2, why) }

  fileprivate mutating func tell(_ trace: Trace) {
    (node, proxy, status, forwarding) = (trace.node, trace.proxy, trace.exitStatus, trace.forwarding)
    services = Services([trace.forwarding])
    tell(trace.findings, trace.notes)
    unknown = Self.unknown(trace.service.map { "\($0.namespace)/\($0.name)" } ?? "it", trace.frontends)
  }

  fileprivate mutating func tell(_ list: ServiceList) {
    (node, proxy, status) = (list.node, list.proxy, list.exitStatus)
    services = Services(list.items.map(\.forwarding))
    tell(list.findings + list.items.flatMap(\.findings), list.notes)
    let unknown = list.items.flatMap { item in
      Self.unknown(item.service.map { "\($0.namespace)/\($0.name)" } ?? "frontends of no known service", item.frontends)
    }
    self.unknown = Array(unknown.prefix(Self.most))
  }

  fileprivate mutating func tell(_ report: CheckReport) {
    (node, proxy, status) = (report.node, report.proxy, report.exitStatus(failOn: .warning))
    tell(report.findings, report.notes)
    unknown = report.checks.filter { $0.result == .skipped || $0.result == .uncertain }.map {
      Unknown(what: $0.id.rawValue, why: $0.reason ?? "")
    }
  }

  fileprivate mutating func tell(_ pods: PodInterfaces, areNamed: Bool) {
    interfaces = PodInterfaceList(node: node, pods)
    status = areNamed && pods.pods.isEmpty && pods.orphans.isEmpty ? 0 : pods.exitStatus(areNamed: areNamed)
    if pods.isIncomplete { unknown = [Unknown(what: "all pods", why: "a container runtime gave no answer")] }
  }

  fileprivate mutating func tell(_ list: ConnectionList, isJudged: Bool) {
    (node, connections, status) = (list.node, list, list.exitStatus(isJudged: isJudged))
    tell(list.findings, list.notes)
    guard isJudged, let unjudged = list.unjudged else { return }
    unknown = [Unknown(what: "connections to \(unjudged) addresses", why: "where new ones would go is not known")]
  }

  private mutating func tell(_ all: [Finding], _ notes: [Note]) {
    let wrong = all.filter { $0.severity != .info }.sorted { $0.severity > $1.severity }
    findings = wrong.prefix(Self.most).map { finding in
      var finding = finding
      finding.evidence = Array(finding.evidence.prefix(Self.mostEvidence))
      return finding
    }
    omitted = wrong.count - findings.count
    self.notes = Array(notes.filter { $0.subject.service == nil }.prefix(Self.most))
  }

  /// What of a service's frontends cannot be told, once.
  private static func unknown(_ service: String, _ frontends: [FrontendReport]) -> [Unknown] {
    let uncertain = frontends.first { $0.verdict == .uncertain }.map { $0.reason?.text ?? "it cannot be decided" }
    let why = uncertain ?? frontends.lazy.compactMap(\.uncompared).first.map { "not compared with the API: \($0)" }
    return why.map { [Unknown(what: service, why: $0)] } ?? []
  }
}

extension NodeAnswer.Services {
  fileprivate init(_ digests: [ForwardingDigest]) {
    for digest in digests {
      guard let seen = digest.digest, let expected = digest.expected else {
        unknown += 1
        continue
      }
      if seen == expected { asExpected += 1 } else { different += 1 }
    }
  }
}

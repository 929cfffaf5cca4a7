/// What `kpx check` is asked.
public struct CheckQuery: Sendable {
  /// A finding that is left out of account, everywhere or for one service.
  public struct Ignored: Sendable, Hashable {
    /// Which finding.
    public var id: FindingID
    /// The service; nil for all, and for the node.
    public var service: NamespacedName?

    /// Reads `ID` or `ID@NAMESPACE/SERVICE`; nil where that is neither.
    public init?(_ text: String) {
      let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
      guard let id = FindingID(rawValue: String(parts[0])) else { return nil }
      self.id = id
      guard parts.count == 2 else { return }
      let names = parts[1].split(separator: "/", omittingEmptySubsequences: false)
      guard names.count == 2, names.allSatisfy({ !$0.isEmpty }) else { return nil }
      service = NamespacedName(String(names[0]), String(names[1]))
    }

    func includes(_ finding: Finding) -> Bool {
      id == finding.id && (service == nil || service == finding.subject.service)
    }
  }

  /// Which checks are asked for; all where it is empty.
  public var ids: [FindingID] = []
  /// The namespace whose services are told of, beside the node; nil for all. All are walked.
  public var namespace: String?
  /// What is left out of account.
  public var ignored: [Ignored] = []
  /// The families that are asked for.
  public var families = IPFamily.allCases
  /// Where this node's pods are looked for.
  public var sources = PodSources()
  /// How long walks may take, in seconds of the processor.
  public var timeLimit = 60.0
  /// All checks, of all services.
  public init() {}

  /// What can be asked for, in the order in which it is told.
  public static let ids = Check.all.map(\.id)
  /// Those of them that read the table of connections, which may be large.
  public static let idsOfConnections = Check.all.filter { $0.services == .connections }.map(\.id)
}

extension Session {
  /// What is wrong on this node.
  public func check(_ query: CheckQuery) throws(SessionError) -> CheckReport {
    let checks = query.ids.isEmpty ? Check.all : Check.all.filter { query.ids.contains($0.id) }
    let checkup = try looked { () throws(SessionError) in try walk(query, checks) }
    var report = CheckReport(
      node: checkup.list?.node ?? answering(name: checkup.nodeName), proxy: checkup.list?.proxy ?? Proxy(mode: .none))
    report.api = checkup.api
    report.services = checkup.list?.items.count
    report.checks = checkup.results
    report.notes = checkup.notes
    for finding in checkup.toldOnce where query.namespace == nil || finding.isAbout(namespace: query.namespace) {
      let isIgnored = query.ignored.contains { $0.includes(finding) }
      if isIgnored { report.ignored.append(finding) } else { report.findings.append(finding) }
    }
    let (told, ignored) = (Set(report.findings.map(\.id)), Set(report.ignored.map(\.id)))
    for index in report.checks.indices {
      report.checks[index].tell(isFound: told.contains(report.checks[index].id)) {
        ignored.contains($0) ? "what was found is ignored" : "nothing in namespace \(query.namespace ?? "")"
      }
    }
    return report
  }

  /// So many namespaces' pods are asked for, where services select none.
  private static let mostNamespaces = 5

  /// So many nodes are asked for: what is wrong with the ranges and addresses of one is mostly wrong with those of others.
  static let mostNodes = 50

  private func walk(_ query: CheckQuery, _ checks: [Check]) throws(SessionError) -> WalkedNode {
    var view = try readCluster { _ in .all(namespace: nil) }
    let thisNode = thisNode(view.snapshot)
    if let name = thisNode.name,
      checks.contains(where: { [.hostPortLost, .masqueradeGap, .ipvsSysctl].contains($0.id) })
    {
      view.readPods(onNode: name)
    }
    let asksNodes = checks.contains { [.overlayBlocked, .cidrOverlap].contains($0.id) }
    let nodes = asksNodes ? view.nodes(atMost: Self.mostNodes) : nil
    let context = context(
      view.snapshot, thisNode, families: query.families, timeLimit: query.timeLimit, tellsForwarding: false)
    let readsConnections = checks.contains { $0.services == .connections }
    let release = release
    let now = now()
    let (looksForPods, cluster) = (checks.contains { $0.id == .orphanVeth }, view.snapshot)
    var walked = try askNode { node in
      var walked = WalkedNode()
      var unwalked: String?
      var unread: String?
      do {
        let found = try ServiceTracer.listWithConnections(context, readsConnections: readsConnections, node)
        (walked.list, unread) = (found.list, found.unread)
      } catch let missing as MissingKubeProxy {
        unwalked = missing.description
      }
      let port = KubeProxyPort(of: node, named: release)
      var examination = Examination(
        node: node, context: context, list: walked.list, unwalked: unwalked, unreadConnections: unread, port: port,
        now: now, nodes: nodes)
      if looksForPods { examination.pods = podEnds(query.sources, cluster) }
      (walked.results, walked.findings) = Checkup(examination: examination, checks: checks).run()
      walked.notes = walked.list?.notes ?? []
      if let note = port.note.map({ Note(.node, $0) }), !walked.notes.contains(note) { walked.notes.append(note) }
      return walked
    }
    walked.nodeName = thisNode.name
    walked.api = view.origin
    walked.notes.insert(contentsOf: view.notes.map { Note(.api, $0) }, at: 0)
    if let note = thisNode.note { walked.notes.append(Note(.node, note)) }
    let namespaces = Set(
      walked.findings.filter { $0.id == .noEndpoints }.compactMap { $0.subject.service?.namespace })
    for namespace in namespaces.sorted().prefix(Self.mostNamespaces) { _ = view.readPods(in: namespace) }
    if let cluster = view.snapshot {
      let holders = AddressHolders(cluster, knowsAllPods: knowsAllPods(cluster))
      for index in walked.findings.indices {
        let finding = Check.weighed(walked.findings[index], cluster).naming(holders)
        walked.findings[index] = finding
        walked.findings[index].evidence.insert(contentsOf: Check.nearMisses(finding, cluster), at: 0)
      }
      walked.findings.sort { $0.severity > $1.severity }
    }
    return walked
  }
}

extension CheckReport.Check {
  /// What is left out of account is no news, and neither what is of other namespaces; what a second look found is.
  fileprivate mutating func tell(isFound: Bool, orWhyNot: (FindingID) -> String) {
    if isFound {
      (result, reason) = (.found, nil)
    } else if result == .found {
      (result, reason) = (.ok, orWhyNot(id))
    }
  }
}

/// What one look at a node's services and at itself has told.
private struct WalkedNode: DriftAnswer {
  /// nil where no service was walked.
  var list: ServiceList?
  var nodeName: String?
  var api: APIOrigin?
  var results: [CheckReport.Check] = []
  var findings: [Finding] = []
  var notes: [Note] = []

  var allFindings: [Finding] { findings }

  /// How kube-proxy is, both the check and a second look tell.
  var toldOnce: [Finding] {
    var isTold = false
    return findings.filter { finding in
      guard finding.id == .proxyStalled else { return true }
      defer { isTold = true }
      return !isTold
    }
  }

  mutating func changeFindings(_ change: (inout Finding) -> Void) {
    for index in findings.indices { change(&findings[index]) }
    findings.sort { $0.severity > $1.severity }
  }
}

extension Finding {
  /// Whether it is about the node, or a service of a namespace.
  fileprivate func isAbout(namespace: String?) -> Bool { subject.service.map { $0.namespace == namespace } ?? true }
}

/// What `kpx veth` and `kpx exec` are asked.
public struct PodQuery: Sendable {
  /// Which pods; none for all of this node.
  public var targets: [PodTarget] = []
  /// The namespace of the pods, where all are asked for; nil for any.
  public var namespace: String?
  /// Where this node's pods are looked for.
  public var sources = PodSources()
  /// Whether counters, and what else only a wide answer shows, are wanted.
  public var withDetails = false

  /// All pods of this node.
  public init() {}
}

extension Session {
  /// Pods of this node and their interfaces.
  public func pods(_ query: PodQuery) throws(SessionError) -> PodInterfaces {
    var sources = query.sources
    sources.cluster = try readCluster { _ in .all(namespace: nil) }.snapshot
    observer.tell(.lookingForPods)
    guard let findPods else { throw .kernel(.unavailable("the pods: the snapshot does not have them")) }
    let (found, findPod, withDetails) = (sources, findPod, query.withDetails)
    var answer = try inNode { () throws -> PodInterfaces in
      if let first = query.targets.first {
        var answer = try findPod(first, found, withDetails)
        for target in query.targets.dropFirst() { answer.add(try findPod(target, found, withDetails)) }
        return answer
      }
      var all = try findPods(found, withDetails)
      if let namespace = query.namespace { try all.keep(namespace: namespace) }
      return all
    }
    answer.notes = answer.readings.map { Note(.node, $0) } + answer.notes
    return answer
  }

  /// The one pod that is meant.
  public func pod(_ target: PodTarget, _ sources: PodSources) throws(SessionError) -> ChosenPod {
    var query = PodQuery()
    query.targets = [target]
    query.sources = sources
    return try pods(query).only(target)
  }
}

/// The pod that a program is to run in.
public struct ChosenPod: Sendable {
  /// What holds its containers together.
  public var sandbox: PodSandbox
  /// What the user is to know of it before the program runs, in sentences.
  public var remarks: [String] = []
}

extension PodInterfaces {
  /// Adds what was found of another target. A pod may be meant by both.
  fileprivate mutating func add(_ other: PodInterfaces) {
    pods += other.pods.filter { pod in !pods.contains { $0.sandbox == pod.sandbox } }
    orphans += other.orphans.filter { orphan in !orphans.contains { $0.link.index == orphan.link.index } }
    notes += other.notes.filter { !notes.contains($0) }
    readings += other.readings.filter { !readings.contains($0) }
    isIncomplete = isIncomplete || other.isIncomplete
  }

  /// Leaves those of one namespace. What leads to no pod is of no namespace.
  mutating func keep(namespace: String) throws(PodError) {
    let names = Set(pods.compactMap { $0.sandbox.name?.value.namespace })
    // What is not known may be in it.
    guard names.contains(namespace) || isIncomplete else {
      let close = nearest(to: namespace, in: names.sorted())
      throw .notFound(
        "in the namespace \(namespace)", hint: didYouMean(close))
    }
    pods.removeAll { $0.sandbox.name?.value.namespace != namespace }
    orphans = []
  }

  /// The one pod that `target` means. Of several of one name, as where a node was lost and came back, the living one that is
  /// the latest is meant.
  func only(_ target: PodTarget) throws(SessionError) -> ChosenPod {
    guard let first = pods.first else {
      throw .leadsToNoPod(target, reason: orphans.first?.reason ?? "nothing is known of it")
    }
    guard pods.count > 1 else { return ChosenPod(sandbox: first.sandbox, remarks: readings + remarks(first)) }
    let isOneName = first.sandbox.name != nil && Set(pods.map { $0.sandbox.name?.value }).count == 1
    let latest = pods.map(\.sandbox.age).max()
    let best = pods.filter { $0.sandbox.age == latest }
    guard isOneName, best.count == 1 else {
      throw .ambiguousPod(target, pods: pods.map { isOneName ? $0.sandbox.longTitle : $0.sandbox.spokenName })
    }
    let others = pods.filter { $0.sandbox != best[0].sandbox }.map(\.sandbox.longTitle).joined(separator: ", ")
    return ChosenPod(
      sandbox: best[0].sandbox,
      remarks: ["the latest of \(pods.count) pods of that name, \(best[0].sandbox.longTitle); not \(others)"]
        + remarks(best[0]))
  }

  private func remarks(_ pod: PodNetwork) -> [String] {
    if pod.sandbox.isHostNetwork?.value == true {
      return ["\(pod.sandbox.spokenName) is on the node's own network: so is the program"]
    }
    return pod.sandbox.state == .dead ? ["\(pod.sandbox.spokenName) is dead; its network namespace is still there"] : []
  }
}

extension PodSandbox {
  /// What to call it.
  fileprivate var spokenName: String { (name?.value).map { "\($0)" } ?? "one without a known name" }

  /// With what tells pods of one name apart.
  fileprivate var longTitle: String {
    let facts = [
      uid.map { "uid \($0.value)" }, pid.map { "pid \($0.value)" }, state == .ready ? nil : state.rawValue,
    ].compactMap(\.self)
    return facts.isEmpty ? spokenName : "\(spokenName) (\(facts.joined(separator: ", ")))"
  }

  /// Greater for one that lives, that a runtime has, and that began later.
  fileprivate var age: PodAge {
    PodAge(
      isReady: state == .ready, isListed: runtime != nil, start: pid.flatMap { ProcessScan.startTime($0.value) } ?? 0)
  }
}

/// What tells the pod of today from one of the same name before.
private struct PodAge: Comparable {
  var isReady: Bool
  var isListed: Bool
  /// In ticks since the start of the machine.
  var start: UInt64

  static func < (left: PodAge, right: PodAge) -> Bool {
    func number(_ value: Bool) -> Int { value ? 1 : 0 }
    return (number(left.isReady), number(left.isListed), left.start)
      < (number(right.isReady), number(right.isListed), right.start)
  }
}

#if canImport(Glibc)
  import Glibc
#endif

/// A folder of snapshots of nodes.
enum SnapshotFolder {
  /// The file of a node.
  static func path(_ folder: String, of node: String) -> String { "\(folder)/\(node).kpx" }

  /// Makes the file of a node.
  /// - Parameter sent: the snapshot, in base64.
  static func save(_ sent: String, of node: String, in folder: String) throws(SnapshotError) {
    let path = path(folder, of: node)
    guard !node.contains("/"), let bytes = base64(sent), bytes.starts(with: [0x1f, 0x8b]) else {
      throw .damaged(path: path, problem: "what was sent is none")
    }
    try NewFile.write(bytes, to: path)
  }

  /// The `*.kpx` of a folder, by name.
  static func files(_ path: String) throws(SessionError) -> [String] {
    guard let names = NodeFile.names(in: path) else { throw .snapshot(.file(path: path, .system(errno: errno))) }
    let files = names.filter { $0.hasSuffix(".kpx") && !$0.hasPrefix(".") }.sorted()
    if files.isEmpty { throw .other("\(path): no snapshot (*.kpx) is there") }
    return files
  }
}

extension NodeOutcome {
  /// The same, with the snapshot in a file.
  func savingSnapshot(of node: String, in folder: String) -> NodeOutcome {
    guard case .answered(var answer) = self else { return self }
    guard let sent = answer.snapshot.take() else { return .unanswered(.parse, message: "it sent no snapshot") }
    do {
      try SnapshotFolder.save(sent, of: node, in: folder)
    } catch {
      return .unanswered(.parse, message: "its snapshot was not kept: \(error)")
    }
    return .answered(answer)
  }
}

extension Session {
  /// Asks the snapshots in a folder, each with what the API said when it was made.
  public func ask(_ query: FleetQuery, snapshotsIn folder: String) throws(SessionError) -> FleetAnswer {
    let files = try SnapshotFolder.files(folder)
    let session = self
    var query = query
    // All of them are asked the same, whatever contexts there were.
    query.command = query.command.inNamespace(query.namespace(of: nil))
    let (question, program) = (NodeQuestion(query, api: nil), query.program)
    // They are walked here: more at a time than there are processors are no faster.
    let width = min(query.parallel, max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    let round = NodeRound(width: width, deadline: .now + query.deadline, observer: observer)
    let outcomes = round.ask(files.count) { index, _ in
      session.outcome(of: "\(folder)/\(files[index])", question, program)
    }
    let names = zip(files, outcomes).map { file, outcome in
      if case .answered(let answer) = outcome, let name = answer.node.name { name } else { String(file.dropLast(4)) }
    }
    if let missing = query.selection.names?.first(where: { !names.contains($0) }) {
      throw .other("\(folder): no snapshot of node \(missing) is there")
    }
    // Of snapshots of one node each is told by its file.
    let isOnlyOne = Dictionary(grouping: names) { $0 }.mapValues { $0.count == 1 }
    var named: [(node: String, outcome: NodeOutcome)] = []
    for (index, name) in names.enumerated() where query.selection.names?.contains(name) ?? true {
      named.append((isOnlyOne[name] == true ? name : files[index], outcomes[index]))
    }
    var fleet = FleetAnswer(query.command, via: .files, api: nil)
    FleetMerger(outcomes: named).merge(into: &fleet)
    return fleet
  }

  private func outcome(of path: String, _ question: NodeQuestion, _ program: String) -> NodeOutcome {
    do {
      var session = Session(try NodeSnapshot(path: path))
      if case .contextAlone = cluster { session.cluster = .noAPI }
      if release.version != nil { session.release = release }
      let answer = session.answer(question, sources: PodSources(), program: program)
      return answer.isOne ? .answered(answer) : .unanswered(.run, message: answer.failure ?? "")
    } catch {
      return .unanswered(.parse, message: error.description)
    }
  }
}

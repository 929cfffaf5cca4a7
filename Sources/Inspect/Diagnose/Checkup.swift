/// Runs checks on what is known of a node.
struct Checkup {
  let examination: Examination
  /// Those that were asked for.
  let checks: [Check]

  /// What became of each, and what was found, worst first.
  func run() -> (checks: [CheckReport.Check], findings: [Finding]) {
    let walked = (examination.list?.everyFinding ?? []).unique
    let ofWalk = Dictionary(grouping: walked, by: \.id)
    var results: [CheckReport.Check] = []
    var findings: [Finding] = []
    for check in checks {
      let (result, found) = run(check, ofWalk[check.id] ?? [])
      results.append(result)
      findings += found
    }
    // What only a walk without the API tells is no check, and not kept back.
    let asked = Set(checks.map(\.id))
    let others = asked.count == Check.all.count ? walked.filter { !asked.contains($0.id) } : []
    for id in Set(others.map(\.id)).sorted(by: { $0.rawValue < $1.rawValue }) {
      results.append(CheckReport.Check(id: id, result: .found))
    }
    findings += others
    // Checks are in the order in which they matter.
    let ordered = findings.enumerated().sorted { left, right in
      left.element.severity == right.element.severity
        ? left.offset < right.offset : left.element.severity > right.element.severity
    }
    return (results, ordered.map(\.element))
  }

  private func run(_ check: Check, _ ofWalk: [Finding]) -> (CheckReport.Check, [Finding]) {
    var found = ofWalk
    var outcomes: [Check.Outcome] = []
    if let mode = check.mode, examination.list != nil, examination.mode != mode {
      if found.isEmpty { outcomes = [.ok(because: "kube-proxy is not in \(mode.rawValue) mode")] }
    } else {
      if let basis = check.services { outcomes.append(outcome(basis)) }
      if let look = check.look { outcomes.append(outcome(look)) }
    }
    for case .found(let more) in outcomes {
      // The walk may have told it, with another time or count. What concerns the whole node comes first: it is the cause.
      found.insert(
        contentsOf: more.filter { finding in !ofWalk.contains { $0.subject == finding.subject } }, at: 0)
    }
    var result = CheckReport.Check(id: check.id, result: .ok)
    if !found.isEmpty {
      result.result = .found
    } else if let worst = outcomes.max(by: { $0.rank < $1.rank }) {
      (result.result, result.reason) = worst.told
    }
    return (result, found)
  }

  private func outcome(_ look: (Examination) throws -> Check.Outcome) -> Check.Outcome {
    do {
      return try look(examination)
    } catch {
      return .skipped("\(error)")
    }
  }

  /// What it means that a walk of all services has found nothing.
  private func outcome(_ basis: Check.Basis) -> Check.Outcome {
    guard examination.list != nil else { return .skipped(examination.unwalked ?? "no service was walked") }
    if basis != .rules, examination.cluster == nil {
      return .skipped("without the API it is not known what should be there")
    }
    if basis == .connections, let reason = examination.unreadConnections { return .skipped(reason) }
    let frontends = examination.frontends.map(\.frontend)
    let untold = frontends.filter { $0.verdict == .uncertain || basis == .api && $0.uncompared != nil }
    guard let first = untold.first else { return .ok(because: frontends.isEmpty ? "there is no service" : nil) }
    let reason = (first.verdict == .uncertain ? first.reason?.text : first.uncompared) ?? "it cannot be told"
    return .uncertain(
      "\(untold.count) of \(frontends.count) frontends cannot be told, as \(first.place.text): \(reason)")
  }
}

extension Check.Outcome {
  /// Which of several outcomes is told.
  fileprivate var rank: Int {
    switch self {
    case .ok(nil): 0
    case .ok: 1
    case .found: 2
    case .uncertain: 3
    case .skipped: 4
    }
  }

  fileprivate var told: (CheckReport.Check.Result, String?) {
    switch self {
    case .ok(let reason): (.ok, reason)
    case .found: (.ok, nil)
    case .uncertain(let reason): (.uncertain, reason)
    case .skipped(let reason): (.skipped, reason)
    }
  }
}

extension ServiceList {
  /// Of the node and of all services.
  var everyFinding: [Finding] { findings + items.flatMap(\.findings) }
}

extension [Finding] {
  /// Each once, in their order.
  fileprivate var unique: [Finding] {
    var known: Set<Finding> = []
    return filter { known.insert($0).inserted }
  }
}

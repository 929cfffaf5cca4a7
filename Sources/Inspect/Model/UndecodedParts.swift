extension Rule {
  /// The parts whose meaning kpx does not know, each with the reason: its text has their bytes, or `<NAME: REASON>`.
  public var undecoded: [String] {
    matches.compactMap(\.undecoded) + actions.compactMap(\.undecoded)
  }

  /// Whether parts of it have no words in iptables-save: an iptables-nft's table may have rules of others.
  public var hasNativeParts: Bool {
    matches.contains { if case .native = $0 { true } else { false } }
      || actions.contains { if case .native = $0 { true } else { false } }
  }
}

extension Match {
  fileprivate var undecoded: String? {
    switch self {
    case .unknown(let unknown): unknown.problem
    case .native(let test): problem(in: NFTMatchText.text(.native(test)))
    default: nil
    }
  }
}

extension Action {
  fileprivate var undecoded: String? {
    switch self {
    case .unknown(let unknown): unknown.problem
    case .native(.passive(let name)): problem(in: name) ?? "\(name): its options are not read"
    case .native: problem(in: NFTActionText.text(self))
    default: nil
    }
  }
}

extension UnknownExtension {
  fileprivate var problem: String { "\(name): \(reason)" }
}

/// What nft's words have in angle brackets, which its language does not use.
private func problem(in text: String) -> String? {
  guard let start = text.firstRange(of: "<"), let end = text[start.upperBound...].firstIndex(of: ">") else {
    return nil
  }
  let problem = text[start.upperBound..<end]
  return problem.contains(": ") ? String(problem) : nil
}

/// What became of looking for an API to ask.
public enum APIUnavailable: Error, Sendable, Equatable {
  /// No kubeconfig and no service account was found.
  case noCredential(looked: [String])
  /// What was found cannot be used, or the server could not be reached or did not allow it: each attempt's sentence.
  case failed([String])
}

extension APIUnavailable: CustomStringConvertible {
  /// The sentence for a person.
  public var description: String {
    switch self {
    case .noCredential(let looked):
      "the API was not asked: no kubeconfig was found (--kubeconfig names one); looked at "
        + looked.prefix(3).joined(separator: ", ") + (looked.count > 3 ? " and \(looked.count - 3) more" : "")
    case .failed(let attempts): "the API told nothing: " + attempts.joined(separator: "; ")
    }
  }
}

extension ClusterReader {
  /// Looks for a credential that can answer a question, and answers it.
  ///
  /// Where the user named a credential, only that is tried, and what is wrong with its files is thrown as it is.
  /// - Parameters:
  ///   - question: made for the access that is tried: its context may name the namespace.
  ///   - node: the node that is read, too; nil for all nodes.
  public static func read(
    _ question: (ClusterAccess) -> ClusterQuestion, node: NodeGuess?, by search: CredentialSearch, limits: APILimits,
    observer: ActivityObserver = .none
  ) throws -> ClusterReader {
    var attempts = CredentialAttempts(search, deadline: limits.time.map { ContinuousClock.now + $0 })
    while let access = try attempts.next() {
      do {
        let question = question(access)
        let deadline = attempts.deadline(of: access)
        var reader = try ClusterReader(access, limits: limits, deadline: deadline, observer)
        try reader.read(question, node: node)
        reader.setDeadline(attempts.deadline)
        reader.search = search
        if let note = attempts.note { reader.notes.insert(note, at: 0) }
        return reader
      } catch {
        attempts.add(error, access)
        if error == .noLibrary { break }
      }
    }
    throw attempts.failures.isEmpty ? APIUnavailable.noCredential(looked: search.places) : .failed(attempts.failures)
  }
}

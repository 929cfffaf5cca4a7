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
  /// - Parameter question: made for the access that is tried: its context may name the namespace.
  public static func read(
    _ question: (ClusterAccess) -> ClusterQuestion, node: NodeGuess, by search: CredentialSearch, limits: APILimits
  ) throws -> ClusterReader {
    var attempts = Attempts(search, deadline: limits.time.map { ContinuousClock.now + $0 })
    while let access = try attempts.next() {
      do {
        var reader = try ClusterReader(access, limits: limits, deadline: attempts.deadline(of: access))
        try reader.read(question(access), node: node)
        reader.setDeadline(attempts.deadline)
        if let note = attempts.note { reader.notes.insert(note, at: 0) }
        return reader
      } catch {
        attempts.add(error, access)
        if error == .noLibrary { break }
      }
    }
    throw attempts.failures.isEmpty ? APIUnavailable.noCredential(looked: search.places) : .failed(attempts.failures)
  }

  /// The candidates of a search, one after the other.
  private struct Attempts {
    private let search: CredentialSearch
    /// Until when all of them may take; nil: as long as it takes.
    let deadline: ContinuousClock.Instant?
    private(set) var failures: [String] = []
    private var candidate = 0
    /// Servers that cannot be reached: another credential for one of them is of no use.
    private var silent: Set<ServerAddress> = []

    init(_ search: CredentialSearch, deadline: ContinuousClock.Instant?) {
      self.search = search
      self.deadline = deadline
    }

    /// The next access to try; nil at the end, or when the time is over.
    mutating func next() throws -> ClusterAccess? {
      while let (place, found) = search.first(from: candidate, deadline: deadline) {
        candidate = place + 1
        switch found {
        case .unusable(let error) where search.isExplicit: throw error
        case .unusable(let error): failures.append("\(error)")
        case .access(let access):
          if let deadline, ContinuousClock.now >= deadline { return nil }
          if !silent.contains(access.server) { return access }
        }
      }
      return nil
    }

    /// Until when the access in turn may take: half of the time that is left, if there is another server to ask after it.
    func deadline(of access: ClusterAccess) -> ContinuousClock.Instant? {
      guard let deadline, hasOther(than: access.server) else { return deadline }
      let now = ContinuousClock.now
      return now + now.duration(to: deadline) / 2
    }

    private func hasOther(than server: ServerAddress) -> Bool {
      var place = candidate
      while let (next, found) = search.first(from: place, deadline: deadline) {
        if case .access(let access) = found, access.server != server, !silent.contains(access.server) { return true }
        place = next + 1
      }
      return false
    }

    mutating func add(_ error: APIError, _ access: ClusterAccess) {
      if !error.isAboutCredential { silent.insert(access.server) }
      failures.append("\(error) (\(access.source))")
    }

    /// What was tried in vain before.
    var note: String? {
      failures.isEmpty
        ? nil
        : "before \(failures.count == 1 ? "another credential" : "other credentials") worked: "
          + failures.joined(separator: "; ")
    }
  }
}

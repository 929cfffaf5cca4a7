/// The candidates of a search, one after the other.
struct CredentialAttempts {
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

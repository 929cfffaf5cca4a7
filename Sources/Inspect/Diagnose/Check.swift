/// A check of the catalogue: what it looks for, and what it rests on.
struct Check: Sendable {
  /// What the walk of services must have had for its findings to be all that there are.
  enum Basis: Sendable {
    /// Rules alone.
    case rules
    /// The API, too: what should be there.
    case api
    /// The table of connections, too.
    case connections
  }

  /// What becomes of a look at the node.
  enum Outcome: Sendable {
    /// Nothing is wrong; with the reason where there is nothing to look at.
    case ok(because: String? = nil)
    case found([Finding])
    /// It could not be looked at.
    case skipped(String)
    /// It was looked at, and cannot be told.
    case uncertain(String)
  }

  /// The finding that it looks for.
  let id: FindingID
  /// Where each service's walk tells it; nil where none does.
  var services: Basis?
  /// The mode of kube-proxy that it is about; nil for all.
  var mode: Proxy.Mode?
  /// Where the node tells it besides; nil where it does not.
  var look: (@Sendable (Examination) throws -> Outcome)?

  init(
    _ id: FindingID, services: Basis? = nil, mode: Proxy.Mode? = nil,
    look: (@Sendable (Examination) throws -> Outcome)? = nil
  ) {
    self.id = id
    self.services = services
    self.mode = mode
    self.look = look
  }
}

extension Check.Outcome {
  /// What was found, or that there is nothing.
  static func found(_ finding: Finding?) -> Check.Outcome { finding.map { .found([$0]) } ?? .ok() }
}

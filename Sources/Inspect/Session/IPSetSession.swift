/// What `kpx ipset` is asked.
public struct IPSetQuery: Sendable {
  /// One set; nil for all.
  public var name: String?
  /// Whether members are not wanted.
  public var headersOnly = false
  /// Whether the sets are to be read a second time, through libipset, and compared.
  public var verifies = false

  /// All sets with their members.
  public init() {}
}

/// The kernel's ipsets while they are read, with what names their members. Good for the thread that is given it.
public struct IPSetListing {
  /// The node that has the sets, and who members are for.
  public let addresses: NamedAddresses
  fileprivate let query: IPSetQuery
  fileprivate let reader: any IPSetSource

  /// Gives each set, and behind it each of its members, as the kernel sends them: nothing is kept.
  public func forEach(set: (IPSetHeader) throws -> Void, entry: (IPSetEntry) throws -> Void) throws {
    let exists = try reader.list(query.name, headersOnly: query.headersOnly, set: set, entry: entry)
    if !exists { throw try reader.noSuchSet(query.name ?? "") }
  }
}

extension Session {
  /// Has `body` list the kernel's ipsets, with the service or pod behind each member.
  ///
  /// - Returns: what names members, and how a second reading compares; nil where that was not asked for.
  /// - Throws: `SessionError`, or what `body` throws.
  public func ipsets(
    _ query: IPSetQuery, _ body: @Sendable @escaping (IPSetListing) throws -> Void
  ) throws -> (addresses: NamedAddresses, verification: IPSetVerification?) {
    let addresses = try readNames()
    let members = members
    observer.tell(.answering)
    do {
      let verification = try runInNode { () -> IPSetVerification? in
        let reader = try Self.sets(of: members)
        try body(IPSetListing(addresses: addresses, query: query, reader: reader))
        // Of what was saved there is nobody else who could read it.
        guard query.verifies, let reader = reader as? IPSetReader else { return nil }
        return try reader.verify(query.name.map { [$0] })
      }
      return (addresses, verification)
    } catch {
      throw SessionError(known: error) ?? error
    }
  }

  /// Whether a set has a member, as `ipset test` says; the API is not asked.
  public func ipset(_ name: String, holds member: String) throws(SessionError) -> IPSetTest {
    let members = members
    let holds = try inNode {
      let reader = try Self.sets(of: members)
      guard let holds = try reader.holds(member, in: name) else { throw try reader.noSuchSet(name) }
      return holds
    }
    return IPSetTest(node: answeringNode, name: name, member: member, holds: holds)
  }
}

extension Session {
  fileprivate static func sets(of members: SavedMembers?) throws -> any IPSetSource {
    guard let members else { return try IPSetReader() }
    guard let saved = try SavedNode(members).savedIPSets else {
      throw KernelError.unavailable("the snapshot has no ipsets: the kernel had none")
    }
    return saved
  }
}

extension IPSetSource {
  fileprivate func noSuchSet(_ name: String) throws -> SessionError {
    var names: [String] = []
    _ = try list(nil, headersOnly: true) {
      names.append($0.name)
    } entry: { _ in
    }
    return .noSuchSet(name, nearest: nearest(to: name, in: names))
  }
}

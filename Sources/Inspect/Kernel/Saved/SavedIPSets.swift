import CSys

/// ipsets as a node's kernel listed them.
final class SavedIPSets: IPSets, IPSetSource {
  private struct Saved {
    var header: IPSetHeader
    var entries: [IPSetEntry] = []
  }
  private var sets: [String: Saved] = [:]
  private var names: [UInt16: String] = [:]

  let isAvailable = true

  init(_ members: SavedMembers) throws(KernelError) {
    var current: String?
    var number: UInt16 = 0
    try members.forEachMessage(of: "ipset.bin") { message, _ throws(KernelError) in
      if let header = try IPSetDecoder.header(message) {
        current = header.name
        sets[header.name] = Saved(header: header)
        // By protocol 6 the kernel does not tell a set's index. It lists sets by index, and those that nobody destroyed
        // one of have the numbers from 0 on.
        names[try IPSetDecoder.index(message) ?? number] = header.name
        number += 1
      }
      guard let current else { return }
      sets[current]?.entries += try IPSetDecoder.entries(message)
    }
  }

  /// The name of a set that a rule has the index of; nil if there is none.
  func name(of index: UInt16) -> String? { names[index] }

  func holds(_ match: SetMatch, family: IPFamily, element: SetElement) throws -> Bool? {
    try matches(match, family: family, packet: element)
  }

  func header(_ name: String) -> IPSetHeader? { sets[name]?.header }

  func read(_ name: String, set: (IPSetHeader) throws -> Void, entry: (IPSetEntry) throws -> Void) throws {
    guard let saved = sets[name] else { return }
    try set(saved.header)
    for member in saved.entries { try entry(member) }
  }

  func test(_ name: String, _ element: IPSetTestElement, findsExceptions: Bool) -> Bool? {
    guard let set = sets[name] else { return nil }
    return IPSetMembership(of: set.header, set.entries).holds(element, findsExceptions: findsExceptions)
  }
}

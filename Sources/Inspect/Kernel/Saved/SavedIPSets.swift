import CSys

/// ipsets as a node's kernel listed them.
final class SavedIPSets: IPSets, IPSetSource {
  private struct Saved {
    var header: IPSetHeader
    var entries: [IPSetEntry] = []
  }
  private var sets: [String: Saved] = [:]
  private var names: [UInt16: String] = [:]
  /// As the kernel listed them.
  private var order: [String] = []

  let isAvailable = true

  /// - Parameter known: names by index, where something else told them.
  init(_ members: SavedMembers, names known: [String: String]? = nil) throws(KernelError) {
    var current: String?
    var number: UInt16 = 0
    try members.forEachMessage(of: "ipset.bin") { message, _ throws(KernelError) in
      if let header = try IPSetDecoder.header(message) {
        current = header.name
        order.append(header.name)
        sets[header.name] = Saved(header: header)
        // By protocol 6 the kernel does not tell a set's index. Where nothing else did: it lists sets by index, and those that nobody destroyed
        // one of have the numbers from 0 on.
        names[try IPSetDecoder.index(message) ?? number] = header.name
        number += 1
      }
      guard let current else { return }
      sets[current]?.entries += try IPSetDecoder.entries(message)
    }
    guard let known else { return }
    names = Dictionary(known.compactMap { index, name in UInt16(index).map { ($0, name) } }) { first, _ in first }
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

  func list(
    _ name: String?, headersOnly: Bool, set: (IPSetHeader) throws -> Void, entry: (IPSetEntry) throws -> Void
  ) throws -> Bool {
    if let name, sets[name] == nil { return false }
    for wanted in name.map({ [$0] }) ?? order { try read(wanted, set: set) { if !headersOnly { try entry($0) } } }
    return true
  }

  func test(_ name: String, _ element: IPSetTestElement, findsExceptions: Bool) -> Bool? {
    guard let set = sets[name] else { return nil }
    return IPSetMembership(of: set.header, set.entries).holds(element, findsExceptions: findsExceptions)
  }
}

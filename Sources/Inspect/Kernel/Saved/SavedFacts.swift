import FoundationEssentials

/// What a node told beside its tables when it was saved.
struct SavedFacts: Codable, Sendable {
  /// As `uname -r` prints it; nil where it was not told.
  var kernel: String?
  /// Whether it was the network namespace of process 1.
  var isOfProcess1: Bool?
  /// The parts of the kernel that were there.
  var parts: Set<Part> = []
  /// The legacy tables of each family, `IPv4` and `IPv6`, in the kernel's order; nil where that was not told.
  var legacyTables: [String: [String]]?
  /// Values below /proc/sys, by their paths there.
  var sysctls: [String: String] = [:]
  /// Sockets that listened; nil where they could not be told.
  var listeners: [Listener]?
  /// What programs of the node answered; nil where none was to be asked.
  var answers: [Answer]?
  /// Whether programs could be asked at all.
  var canAskPrograms = false
  /// What kube-proxy's session affinity remembers of its clients, by the lists' names; nil where it was not told.
  var recentLists: [String: RecentList]?
  /// Matches of xtables, and whether rules could ask for them; nil where that was not told.
  var matches: [String: Bool]?
  /// The names of counters for `-m nfacct`; nil where they were not told.
  var counters: [String]?
  /// Names of ipsets by their index, where the list does not tell it.
  var setNames: [String: String]?

  /// A part of the kernel that not every node has.
  enum Part: String, Codable, Sendable {
    case nfTables = "nf_tables"
    case ipset
    case ipvs
    case conntrack
  }

  struct Listener: Codable, Sendable {
    /// `TCP` or `UDP`.
    var transport: String
    var address: String
    var port: UInt16
    var inode: UInt64
    /// What had it open, for people to read.
    var program: String?
  }

  struct Answer: Codable, Sendable {
    var address: String
    var path: String
    /// nil where there was none in time.
    var text: String?
  }

  init() {}

  /// - Throws: `KernelError` where the member is damaged.
  init(_ members: SavedMembers) throws(KernelError) {
    guard let bytes = members[SavedMembers.facts] else {
      self.init()
      return
    }
    do {
      self = try JSONDecoder().decode(SavedFacts.self, from: Data(bytes))
    } catch {
      throw .malformed(reading: SavedMembers.facts, offset: 0, problem: "not as kpx writes it: \(error)")
    }
  }
}

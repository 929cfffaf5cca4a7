/// How rules that kpx read compare with the same rules read by a path that is not its own: through libip4tc or libip6tc,
/// or by the programs that people use.
public struct Verification: Sendable, Hashable {
  /// A chain or rule that the two readings do not agree on.
  public struct Difference: Sendable, Hashable, CustomStringConvertible {
    /// The chain's name.
    public var chain: String
    /// From 1; nil for the chain itself.
    public var rule: Int?
    /// What kpx read; nil for nothing.
    public var direct: String?
    /// What the other way gave; nil for nothing.
    public var other: String?

    /// In words, for people.
    public var description: String {
      "\(chain)\(rule.map { " rule \($0)" } ?? ""): \(direct ?? "nothing"), and by the other way \(other ?? "nothing")"
    }
  }

  /// How many differences are kept.
  static let limit = 100
  /// How often what changes is compared.
  static let attempts = 5

  /// What was compared.
  public var table: Table
  /// What read it the second time: a library or a program.
  public var peer: String
  /// How many chains were compared.
  public var chainCount = 0
  /// How many rules were compared.
  public var ruleCount = 0
  /// How many differences there are.
  public var differenceCount = 0
  /// The first hundred of them.
  public var differences: [Difference] = []
  /// How many chains changed each time that they were compared: whether the readings agree is not known.
  public var changingCount = 0
  /// How many rules the other way could not show as they are.
  var unprintableCount = 0
  /// What could not be compared, and why; nil where all was.
  public var note: String?

  init(table: Table, peer: String) {
    self.table = table
    self.peer = peer
  }

  /// Whether it cannot be told that both readings agree.
  public var isDoubtful: Bool { differenceCount > 0 || changingCount > 0 }

  mutating func add(_ difference: Difference) {
    differenceCount += 1
    if differences.count < Self.limit { differences.append(difference) }
  }
}

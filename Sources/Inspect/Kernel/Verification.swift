/// How rules that kpx read compare with the same rules read by a path that is not its own: through libip4tc or libip6tc,
/// or by the programs that people use.
public struct Verification: Sendable, Hashable {
  /// A chain or rule that the two readings do not agree on.
  public struct Difference: Sendable, Hashable, CustomStringConvertible {
    public var chain: String
    /// From 1; nil for the chain itself.
    public var rule: Int?
    /// What kpx read; nil for nothing.
    public var direct: String?
    /// What the other way gave; nil for nothing.
    public var other: String?

    public var description: String {
      "\(chain)\(rule.map { " rule \($0)" } ?? ""): \(direct ?? "nothing"), and by the other way \(other ?? "nothing")"
    }
  }

  /// How many differences are kept.
  static let limit = 100

  /// What was compared.
  public var table: Table
  /// What read it the second time: a library or a program.
  public var peer: String
  public var chainCount = 0
  public var ruleCount = 0
  /// How many differences there are.
  public var differenceCount = 0
  /// The first hundred of them.
  public var differences: [Difference] = []
  /// What could not be compared, and why; nil where all was.
  public var note: String?

  init(table: Table, peer: String) {
    self.table = table
    self.peer = peer
  }

  mutating func add(_ difference: Difference) {
    differenceCount += 1
    if differences.count < Self.limit { differences.append(difference) }
  }
}

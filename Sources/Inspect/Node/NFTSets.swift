/// The sets and maps of a node's nf_tables.
public protocol NFTSets {
  /// What a key finds in a set or map; nil if it does not hold the key.
  func element(for key: [UInt8], in set: NFTSet) throws -> NFTSetElement?

  /// All elements of a set or map. For one that a rule made for itself; others may be large.
  func elements(of set: NFTSet) throws -> [NFTSetElement]

  /// In order, the elements of a set or map that keys with some known bytes may find; some that they do not find may be among
  /// them.
  func elements(of set: NFTSet, having parts: [NFTKeyPart]) throws -> [NFTSetElement]

  /// A set or map by its name; nil if there is none.
  func namedSet(_ name: String, in table: Table) throws -> NFTSet?

  /// How many rules a chain has, and jumps and elements of maps lead to it; nil if there is no such chain, or if that is not
  /// known.
  func uses(of chain: ChainReference) throws -> UInt32?
}

extension NFTSets {
  /// Not known.
  public func uses(of chain: ChainReference) throws -> UInt32? { nil }

  /// All elements.
  public func elements(of set: NFTSet, having parts: [NFTKeyPart]) throws -> [NFTSetElement] { try elements(of: set) }

  /// Looks through all elements.
  public func element(for key: [UInt8], in set: NFTSet) throws -> NFTSetElement? {
    set.element(for: key, in: try elements(of: set))
  }
}

/// A node without nf_tables.
public struct NoNFTSets: NFTSets {
  /// Holds nothing.
  public init() {}

  /// Those of an anonymous set, which its declaration has.
  public func elements(of set: NFTSet) throws -> [NFTSetElement] {
    guard let elements = set.elements else { throw KernelError.unavailable("set \(set.name) is not of this node") }
    return elements
  }

  /// There is none.
  public func namedSet(_ name: String, in table: Table) -> NFTSet? { nil }
}

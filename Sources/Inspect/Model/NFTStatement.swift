/// What only a rule of nf_tables can do.
public enum NFTStatement: Sendable, Hashable {
  /// A test behind a statement: what follows is done only if it holds.
  case require(Match)
  /// `vmap`: does what the map has for the key; a key that it does not hold ends the rule.
  case verdictMap(NFTLookup)
  /// A translation to what is computed for each packet.
  case translation(NFTTranslation)
  /// `meta mark set`, `ct mark set`, … to what is computed for each packet.
  case set(NFTField, NFTValue)
  case dynamicSet(NFTDynamicSet)
  /// A counter, helper, timeout, … that has a name; it ends no rule.
  case object(NFTObjectReference)
  /// On with the next rule, which is what every rule without a verdict does.
  case `continue`
  /// `limit` and other state without effect on where the packet goes: `flow add`, `dup`, `last`; its name in nft.
  case passive(String)
}

/// dnat, snat, masquerade or redirect with registers that are not constants.
public struct NFTTranslation: Sendable, Hashable {
  /// What is translated, and who chooses to what.
  public enum Kind: Sendable, Hashable {
    case source
    case destination
    case masquerade
    case redirect
  }
  /// Which of nft's four statements it is.
  public var kind: Kind
  /// Of the addresses (NFTA_NAT_FAMILY).
  public var family: IPFamily
  /// nil: the address stays or the kernel chooses.
  public var address: NFTValue?
  /// The end of a range of addresses, where it is one.
  public var upperAddress: NFTValue?
  /// nil: the port stays if it is free.
  public var port: NFTValue?
  /// The end of a range of ports, where it is one.
  public var upperPort: NFTValue?
  /// NF_NAT_RANGE_*.
  public var flags: UInt32 = 0

  /// The map that gives the address, or the port where the address stays.
  public var lookup: NFTLookup? { address?.lookup ?? port?.lookup }

  /// Where an element of `lookup`'s map leads to; nil if that is not all in the element.
  public func target(_ element: NFTSetElement) -> Translation? {
    guard case .data(let data) = element.value else { return nil }
    let own = lookup
    func bytes(_ value: NFTValue?) -> [UInt8]?? {
      guard let value else { return .some(nil) }
      switch value {
      case .constant(let bytes): return bytes
      case .mapped(let lookup) where lookup == own: return data
      case .slice(.mapped(let lookup), let offset, let length) where lookup == own:
        guard offset >= 0, length >= 0, data.count - length >= offset else { return nil }
        return Array(data[offset..<offset + length])
      default: return nil
      }
    }
    guard let low = bytes(address), let high = bytes(upperAddress), let port = bytes(port),
      let lastPort = bytes(upperPort)
    else { return nil }
    return Translation(
      family: family, address: low, upperAddress: high, port: port, upperPort: lastPort, flags: flags)
  }
}

extension Translation {
  /// A translation of the bytes in registers; nil if they are too short or in no order.
  init?(
    family: IPFamily, address: [UInt8]?, upperAddress: [UInt8]?, port: [UInt8]?, upperPort: [UInt8]?, flags: UInt32
  ) {
    // NF_NAT_RANGE_PROTO_RANDOM 4, PERSISTENT 8, PROTO_RANDOM_FULLY 16.
    self.init(random: flags & 4 != 0, randomFully: flags & 16 != 0, persistent: flags & 8 != 0)
    if let address {
      guard let low = address.withUnsafeBytes({ IPAddress(bytes: $0, family: family) }),
        let high = (upperAddress ?? address).withUnsafeBytes({ IPAddress(bytes: $0, family: family) }), low <= high
      else { return nil }
      addresses = low...high
    }
    if let port {
      let last = upperPort ?? port
      guard port.count >= 2, last.count >= 2 else { return nil }
      let range = (UInt16(port[0]) << 8 | UInt16(port[1]), UInt16(last[0]) << 8 | UInt16(last[1]))
      guard range.0 <= range.1 else { return nil }
      ports = range.0...range.1
    }
  }
}

/// `add`, `update` or `delete @set { key }`.
public struct NFTDynamicSet: Sendable, Hashable {
  /// NFT_DYNSET_OP_*.
  public enum Operation: UInt32, Sendable, Hashable {
    case add = 0
    case update = 1
    case delete = 2
  }
  /// What is done with the element.
  public var operation: Operation
  /// The set or map that is changed.
  public var set: NFTSet
  /// The element's key.
  public var key: NFTValue
  /// What a map is to give for the key; nil for a set.
  public var data: NFTValue?
  /// Milliseconds; 0: the set's own.
  public var timeout: UInt64 = 0
  /// Whether the rule goes on only where the element could not be added.
  public var inverted = false
  /// Names of the element's own expressions, such as `limit`, which may end the rule.
  public var expressions: [String] = []
}

import Testing

@testable import Inspect

@Suite("Values of nf_tables")
struct NFTModelTests {
  @Test("A service's key is put together of known fields, and unknown if one is")
  func key() throws {
    let capture = NFTCapture(name: "lab-nftables-v1.34")
    let chain = ChainReference(table: Table(backend: .nft, family: .v4, name: "kube-proxy"), name: "services")
    let rules = try #require(try capture.rules()[chain])
    let lookups: [NFTLookup] = rules.flatMap(\.actions).compactMap { action in
      if case .native(.verdictMap(let lookup)) = action { lookup } else { nil }
    }
    #expect(lookups.map(\.set.name) == ["service-ips", "service-nodeports"])
    let lookup = try #require(lookups.first)
    #expect(lookup.key.fields == [.destinationAddress(.v4), .transportProtocol, .destinationPort])
    func bytes(port: [UInt8]?) -> [UInt8]? {
      lookup.key.bytes { field in
        switch field {
        case .destinationAddress: [10, 96, 0, 1]
        case .transportProtocol: [6]
        case .destinationPort: port
        default: nil
        }
      }
    }
    #expect(bytes(port: nil) == nil)
    let key = try #require(bytes(port: [0x01, 0xbb]))
    #expect(key == [10, 96, 0, 1, 6, 0, 0, 0, 0x01, 0xbb, 0, 0])
    let tables = try capture.tables()
    let set = try #require(tables.namedSet("service-ips", in: chain.table))
    #expect(
      try tables.element(for: key, in: set)?.value
        == .verdict(.goto("service-2QRHZV4L-default/kubernetes/tcp/https")))
  }

  @Test("Endpoints of a service in both layouts have equal shares that add up to 1")
  func shares() throws {
    for (name, endpoints) in [("lab-nftables-v1.34", 300), ("lab-nftables-v1.36", 300)] {
      let rules = try NFTCapture(name: name).rules()
      let chain = try #require(rules.keys.first { $0.name.hasPrefix("service-WIWTSOKJ-scale/big/") })
      let rule = try #require(rules[chain]?.last)
      let lookup: NFTLookup? =
        switch rule.actions.last {
        case .native(.verdictMap(let lookup)): lookup
        case .native(.translation(let translation)): translation.lookup
        default: nil
        }
      let shares = try #require(lookup?.shares)
      #expect(shares.count == endpoints)
      #expect(shares.allSatisfy { abs($0.share - 1 / Double(endpoints)) < 1e-12 })
      if case .native(.translation(let translation)) = rule.actions.last {
        let targets = shares.compactMap { translation.target($0.element) }
        #expect(Set(targets.compactMap(\.addresses?.lowerBound)).count == endpoints)
        #expect(targets.allSatisfy { $0.ports == 8080...8080 })
      }
    }
  }

  @Test("A range of numbers has the share of those that the generator makes")
  func rangeOfNumbers() {
    let generator = NFTNumberGenerator(isRandom: true, modulus: 10, offset: 5)
    #expect(generator.count(in: 0...4) == 0)
    #expect(generator.count(in: 0...5) == 1)
    #expect(generator.count(in: 6...100) == 9)
    #expect(NFTNumberGenerator(isRandom: true, modulus: .max, offset: .max).count(in: 0 ... .max) == 1)
  }

  @Test("Ends of intervals are joined with their beginnings, the last one open")
  func intervals() {
    let set = NFTSet(
      table: Table(backend: .nft, family: .v4, name: "t"), name: "s", flags: .interval, keyLength: 2)
    func raw(_ key: [UInt8], end: Bool) -> NFTRawElement {
      NFTRawElement(element: NFTSetElement(key: key), isIntervalEnd: end)
    }
    let joined = set.joined([
      raw([0xff, 0], end: false), raw([0, 10], end: true), raw([0, 5], end: false), raw([0, 0], end: true),
      raw([0, 10], end: false), raw([0, 11], end: true),
    ])
    #expect(joined.map(\.key) == [[0, 5], [0, 10], [0xff, 0]])
    #expect(joined.map(\.upperKey) == [[0, 9], nil, [0xff, 0xff]])
  }

  @Test("Bits are masked, shifted and swapped as the kernel does it")
  func arithmetic() {
    let field = { (_: NFTField) -> [UInt8]? in [0x00, 0x40, 0x00, 0x01] }
    let mark = NFTValue.field(.mark)
    #expect(
      NFTValue.bitwise(mark, mask: [0, 0x40, 0, 0], xor: [1, 0, 0, 0]).bytes(field) == [1, 0x40, 0, 0])
    #expect(NFTValue.byteSwap(mark, size: 4).bytes(field) == [0x01, 0x00, 0x40, 0x00])
    #expect(NFTValue.shift(mark, left: false, bits: 8).bytes(field) == UInt32(0x0001_0040).hostBytes)
    #expect(NFTValue.slice(mark, offset: 1, length: 4).bytes(field) == nil)
    #expect(NFTValue.combination(.or, mark, .constant([1, 1, 1, 1])).bytes(field) == [1, 0x41, 1, 1])
  }
}

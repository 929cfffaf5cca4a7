import TestSupport
import Testing

@testable import Inspect

@Suite("Addresses get addresses by a key, and networks stay networks")
struct AddressMapTests {
  private static let key = RedactionKey(hexDigits: String(repeating: "0123456789abcdef", count: 4)) ?? RedactionKey()

  private static func randomAddresses(_ count: Int) -> [IPAddress] {
    var generator = SeededGenerator(seed: 7)
    return (0..<count).flatMap { _ -> [IPAddress] in
      let (high, low) = (
        UInt64.random(in: 0 ... .max, using: &generator), UInt64.random(in: 0 ... .max, using: &generator)
      )
      return [
        .v4(UInt32(truncatingIfNeeded: low)), .v6(high: high, low: low),
        .v4(0x0af4_0000 | UInt32(truncatingIfNeeded: low & 0xffff)), .v6(high: 0xfd00_0010_0244_0000, low: low),
      ]
    }
  }

  private static func commonBits(_ left: IPAddress, _ right: IPAddress) -> Int {
    let bits = zip(left.bytes, right.bytes).map { $0 ^ $1 }
    let whole = bits.prefix { $0 == 0 }.count
    return whole * 8 + (whole < bits.count ? bits[whole].leadingZeroBitCount : 0)
  }

  @Test("Two of them have as many first bits in common as the two that they stand for")
  func prefixes() {
    let map = AddressMap(Self.key)
    for family in IPFamily.allCases {
      let all = Self.randomAddresses(60).filter { $0.family == family }
      for left in all {
        for right in all where left != right {
          let images = (map.pseudonym(left), map.pseudonym(right))
          #expect(Self.commonBits(left, right) == Self.commonBits(images.0, images.1))
        }
      }
    }
  }

  @Test("Each leads back to the one that it stands for, and hardly one stands for itself")
  func inverse() {
    let map = AddressMap(Self.key)
    let all = Self.randomAddresses(500)
    for address in all { #expect(map.original(map.pseudonym(address)) == address) }
    #expect(all.count { map.pseudonym($0) == $0 } < all.count / 10)
  }

  @Test(
    "What an address is for by its range stays",
    arguments: [
      "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4",
      "240.0.0.0/4", "0.0.0.0/8", "fd00::/8", "fc00::/8", "fe80::/64", "ff00::/8", "::ffff:0:0/96",
    ])
  func ranges(_ text: String) throws {
    let map = AddressMap(Self.key)
    let range = try #require(IPPrefix(text))
    for address in Self.randomAddresses(300) where address.family == range.family {
      #expect(range.contains(map.pseudonym(address)) == range.contains(address), "\(address)")
    }
    #expect(map.pseudonym(range) == range)
  }

  @Test(
    "Some addresses stand for themselves, and no other for them",
    arguments: ["0.0.0.0", "127.0.0.1", "169.254.20.10", "224.0.0.1", "255.255.255.255", "::", "::1"])
  func kept(_ text: String) throws {
    let address = try #require(IPAddress(text))
    #expect(AddressMap(Self.key).pseudonym(address) == address)
  }

  @Test("An IPv4 address within an IPv6 one stays the same one")
  func mapped() throws {
    let map = AddressMap(Self.key)
    let (plain, mapped) = (try #require(IPAddress("10.1.2.3")), try #require(IPAddress("::ffff:10.1.2.3")))
    #expect("\(map.pseudonym(mapped))" == "::ffff:\(map.pseudonym(plain))")
  }

  @Test("A range of addresses that is no network has none that stands for it")
  func oddRanges() throws {
    let map = AddressMap(Self.key)
    let (first, last) = (try #require(IPAddress("10.0.0.1")), try #require(IPAddress("10.0.0.9")))
    #expect(map.pseudonym(first...last) == nil)
    let network = try #require(IPPrefix("10.0.8.0/22"))
    let image = try #require(map.pseudonym(network.address...network.last))
    #expect(image == map.pseudonym(network).address...map.pseudonym(network).last)
  }

  @Test("Another key gives others")
  func otherKey() {
    let (one, other) = (AddressMap(Self.key), AddressMap(RedactionKey()))
    let all = Self.randomAddresses(100)
    #expect(all.count { one.pseudonym($0) == other.pseudonym($0) } < 20)
  }
}

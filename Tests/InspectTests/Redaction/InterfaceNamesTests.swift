import Testing

@testable import Inspect

@Suite("Interfaces get names by a key, and what begins alike still does")
struct InterfaceNamesTests {
  private let key = RedactionKey(hexDigits: String(repeating: "0123456789abcdef", count: 4)) ?? RedactionKey()
  private var interfaces: InterfaceNames { InterfaceNames(key, NameMap(key)) }

  private static func commonLetters(_ left: String, _ right: String) -> Int {
    zip(left.utf8, right.utf8).prefix { $0 == $1 }.count
  }

  @Test("Two of a plugin's have as many first letters in common as the two that they stand for")
  func beginnings() {
    let names = [
      "cali5977067a3b0", "cali55badb8227c", "cali5", "calia7a3e029a7b", "vethwepl5977067", "vethwe-bridge",
      "br-0242ac110002", "br-0242acffff", "eth0", "eth0.100", "eth1", "enp3s0f1", "etha",
    ]
    for left in names {
      for right in names {
        let images = (interfaces.pseudonym(left), interfaces.pseudonym(right))
        #expect(Self.commonLetters(left, right) == Self.commonLetters(images.0, images.1), "\(left), \(right)")
        #expect(left.utf8.count == images.0.utf8.count)
      }
    }
  }

  @Test("None comes to be called as one that keeps its name", arguments: ["docker0", "weave", "cilium_host", "eth0"])
  func kept(_ name: String) {
    #expect(interfaces.pseudonym(name) == name)
    let beginning = name.dropLast()
    for letter in "abcdefghijklmnopqrstuvwxyz0123456789" where "\(beginning)\(letter)" != name {
      #expect(interfaces.pseudonym("\(beginning)\(letter)") != name)
    }
  }

  @Test(
    "Others keep nothing, and what begins as they do cannot be said", arguments: ["acme-vpn", "ca", "calié", "zebra0"])
  func others(_ name: String) {
    let image = interfaces.pseudonym(name)
    #expect(image.hasPrefix("if") && image.utf8.count == 10)
    #expect(interfaces.pseudonym(ofBeginning: name) == nil)
  }

  @Test("Behind what tells the plugin no letter stays but by chance")
  func changed() {
    let names = (0..<200).map { "cali\($0)abcdef" }
    #expect(Set(names.map(interfaces.pseudonym)).count == names.count)
    #expect(names.count { interfaces.pseudonym($0).suffix(6) == $0.suffix(6) } == 0)
  }
}

import TestSupport
import Testing

@testable import Inspect

/// Sets of every type that kube-proxy and Calico use, in both families and with every extension, as `ipset restore`
/// reads them.
private enum Recipes {
  static let all: [(type: String, lines: [String])] = [
    ("hash:ip", ["create NAME hash:ip", "add NAME 10.0.0.1", "add NAME 255.255.255.255"]),
    (
      "hash:ip",
      [
        "create NAME hash:ip family inet6 counters comment timeout 600 skbinfo forceadd",
        "add NAME fd00::1 packets 18446744073709551614 bytes 7 comment \"it's a \\\\ b\" timeout 100",
        "add NAME fd00::2 skbmark 0x10/0xff skbprio 1:a skbqueue 3", "add NAME fd00::3 timeout 0 skbmark 0x7",
      ]
    ),
    ("hash:ip", ["create NAME hash:ip netmask 24 hashsize 64 maxelem 100", "add NAME 10.0.0.7"]),
    (
      "hash:net",
      [
        "create NAME hash:net counters", "add NAME 10.0.0.0/8", "add NAME 10.1.0.0/16 nomatch packets 1 bytes 2",
        "add NAME 10.1.2.3", "add NAME 0.0.0.0/1",
      ]
    ),
    ("hash:net", ["create NAME hash:net family inet6", "add NAME fd00::/8", "add NAME fd00::1 nomatch"]),
    (
      "hash:ip,port",
      [
        "create NAME hash:ip,port", "add NAME 10.0.0.1,tcp:80", "add NAME 10.0.0.1,udp:53", "add NAME 10.0.0.1,sctp:9",
        "add NAME 10.0.0.1,udplite:9", "add NAME 10.0.0.1,icmp:echo-request", "add NAME 10.0.0.1,icmp:200/3",
        "add NAME 10.0.0.1,gre:0", "add NAME 10.0.0.1,99:0",
      ]
    ),
    (
      "hash:ip,port",
      [
        "create NAME hash:ip,port family inet6 timeout 60", "add NAME fd00::1,tcp:80",
        "add NAME fd00::1,icmpv6:echo-reply",
      ]
    ),
    (
      "hash:ip,port,ip",
      ["create NAME hash:ip,port,ip comment", "add NAME 10.0.0.1,tcp:80,10.0.0.1 comment \"hairpin\""]
    ),
    ("hash:ip,port,ip", ["create NAME hash:ip,port,ip family inet6", "add NAME fd00::1,udp:53,fd00::2"]),
    (
      "hash:ip,port,net",
      [
        "create NAME hash:ip,port,net", "add NAME 10.0.0.1,tcp:80,192.168.0.0/16",
        "add NAME 10.0.0.1,tcp:80,192.168.3.0/24 nomatch", "add NAME 10.0.0.1,tcp:80,1.2.3.4",
      ]
    ),
    ("hash:ip,port,net", ["create NAME hash:ip,port,net family inet6", "add NAME fd00::1,sctp:80,fd00:1::/64"]),
    (
      "hash:net,net",
      ["create NAME hash:net,net", "add NAME 10.0.0.0/8,11.0.0.0/16", "add NAME 10.0.0.1,11.0.0.1 nomatch"]
    ),
    ("hash:net,net", ["create NAME hash:net,net family inet6 counters", "add NAME fd00::/8,fd01::/16"]),
    (
      "hash:net,iface",
      [
        "create NAME hash:net,iface timeout 99 counters", "add NAME 10.0.0.0/8,eth0",
        "add NAME 10.0.0.0/9,physdev:eth1 nomatch", "add NAME 0.0.0.0/0,cali wildcard", "add NAME 10.0.0.1,lo",
      ]
    ),
    ("hash:net,iface", ["create NAME hash:net,iface family inet6", "add NAME ::/0,eth0"]),
    ("bitmap:port", ["create NAME bitmap:port range 0-65535", "add NAME 0", "add NAME 65535"]),
    (
      "bitmap:port",
      [
        "create NAME bitmap:port range 30000-32767 counters comment timeout 50",
        "add NAME 30080 packets 3 bytes 4 comment \"a\"",
      ]
    ),
    (
      "list:set",
      [
        "create NAME-a hash:ip", "create NAME-b hash:net", "create NAME list:set size 8 counters comment",
        "add NAME NAME-a", "add NAME NAME-b packets 1 bytes 1 comment \"second\"",
      ]
    ),
    ("list:set", ["create NAME list:set size 16 timeout 30"]),
    // Not kube-proxy's nor Calico's, and as easily read.
    ("bitmap:ip", ["create NAME bitmap:ip range 10.0.0.0/24 netmask 30", "add NAME 10.0.0.4"]),
    (
      "bitmap:ip,mac",
      ["create NAME bitmap:ip,mac range 10.0.0.0/24", "add NAME 10.0.0.4,0A:01:02:03:04:05", "add NAME 10.0.0.5"]
    ),
    (
      "hash:net,port", ["create NAME hash:net,port", "add NAME 10.0.0.0/8,tcp:80", "add NAME 10.0.0.0/9,udp:0 nomatch"]
    ),
    (
      "hash:net,port,net",
      [
        "create NAME hash:net,port,net", "add NAME 10.0.0.0/8,tcp:80,11.0.0.0/8",
        "add NAME 10.0.0.0/8,tcp:80,0.0.0.0/0",
      ]
    ),
    ("hash:ip,mark", ["create NAME hash:ip,mark markmask 0xff00", "add NAME 10.0.0.1,0x1200"]),
    ("hash:mac", ["create NAME hash:mac", "add NAME 0A:01:02:03:04:0F"]),
    ("hash:ip,mac", ["create NAME hash:ip,mac", "add NAME 10.0.0.1,0A:01:02:03:04:0F"]),
  ]

  static let needed: Set<String> = [
    "hash:ip", "hash:net", "hash:ip,port", "hash:ip,port,ip", "hash:ip,port,net", "hash:net,iface", "bitmap:port",
    "list:set",
  ]
}

/// Lines of `ipset save`, as kpx reads the kernel.
private func save(_ name: String? = nil) throws -> [String] {
  var lines: [String] = []
  var current = IPSetHeader(name: "", type: "", revision: 0, family: nil)
  try IPSetReader().list(name) { header in
    current = header
    lines.append("create \(header.name) \(header.type) \(header.text)")
  } entry: { entry in
    lines.append("add \(current.name) \(entry.text(in: current))")
  }
  return lines
}

/// Without timeouts, which run down between two readings.
private func withoutTimeouts(_ lines: some Sequence<String>) -> [String] {
  lines.map { line in
    // ipset 7.17 does not print that a set has forceadd.
    guard line.hasPrefix("add ") else { return line.replacing(" forceadd", with: "") }
    guard let range = line.firstRange(of: " timeout ") else { return line }
    return line[..<range.lowerBound] + " timeout *" + line[range.upperBound...].drop { $0.isNumber }
  }.sorted()
}

@Suite(
  "Sets of the running kernel", .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own")
)
struct IPSetLiveTests {
  @Test("Sets of every type, made by ipset, list as ipset saves them, member by member")
  func everyType() async throws {
    try await withPrivateNetworkNamespace { namespace in
      var made: Set<String> = []
      var refused: Set<String> = []
      for (number, recipe) in Recipes.all.enumerated() {
        let text = recipe.lines.map { $0.replacing("NAME", with: "s\(number)") + "\n" }.joined()
        let result = try namespace.run("ipset", "restore", input: Array(text.utf8))
        // A kernel may have been built without some types.
        if result.status == 0 {
          made.insert(recipe.type)
        } else {
          refused.insert("\(recipe.type): \(result.errorText)")
        }
      }
      let saved = try namespace.must("ipset", "save").split(separator: "\n").map(String.init)
      let (ours, theirs) = (withoutTimeouts(try save()), withoutTimeouts(saved))
      #expect(ours.filter { !theirs.contains($0) } == [])
      #expect(theirs.filter { !ours.contains($0) } == [])
      #expect(ours.count == theirs.count)
      #expect(made.isSuperset(of: Recipes.needed), "refused: \(refused)")
      let verification = try IPSetReader().verify(nil)
      #expect(verification.differences == [])
      #expect(verification.problem == nil)
      #expect(verification.entryCount == saved.count { $0.hasPrefix("add ") })
    }
  }

  @Test("ICMP types and codes have ipset's names", arguments: [IPFamily.v4, .v6])
  func icmpNames(family: IPFamily) async throws {
    try await withPrivateNetworkNamespace { namespace in
      let (option, address, name) = family == .v4 ? ("inet", "10.0.0.1", "icmp") : ("inet6", "fd00::1", "icmpv6")
      var text = "create s hash:ip,port family \(option)\n"
      for type in 0..<256 {
        for code in 0..<20 { text += "add s \(address),\(name):\(type)/\(code)\n" }
      }
      try namespace.must("ipset", "restore", input: Array(text.utf8))
      let saved = try namespace.must("ipset", "save").split(separator: "\n").map(String.init)
      #expect(try save().sorted() == saved.sorted())
    }
  }

  @Test("libipset, the second reader, finds what kpx would have left out")
  func verificationFindsDifferences() async throws {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.must("ipset", "create", "s", "hash:ip")
      try namespace.must("ipset", "create", "other", "hash:ip")
      let reader = try IPSetReader()
      let same = try reader.verify(["s"])
      #expect(same.setCount == 1 && same.differenceCount == 0)
      let gone = try reader.verify(["gone"])
      #expect(gone.problem?.contains("libipset") == true)
    }
  }

  @Test("A set that is not there is not there")
  func absent() async throws {
    try await withPrivateNetworkNamespace { _ in
      let reader = try IPSetReader()
      #expect(try reader.header("nothing") == nil)
      #expect(
        try reader.list("nothing") { _ in
        } entry: { _ in
        } == false)
      #expect(
        try reader.list(String(repeating: "x", count: 40)) { _ in
        } entry: { _ in
        } == false)
      #expect(try save() == [])
    }
  }
}

@Suite("Asking sets", .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own"))
struct IPSetTestTests {
  fileprivate struct Question: Sendable, CustomStringConvertible {
    var make: String
    var sides: String
    var packet: String
    var expected: Bool?
    var description: String { "\(make) \(sides) \(packet)" }
  }

  /// `SOURCE:PORT > DESTINATION:PORT/PROTOCOL in IN out OUT`, `-` for what is not known.
  private static func element(_ text: String) -> SetElement {
    let words = text.split(separator: " ").map(String.init)
    var element = SetElement()
    element.source = IPAddress(words[0])
    element.sourcePort = UInt16(words[1])
    element.destination = IPAddress(words[2])
    element.destinationPort = UInt16(words[3])
    element.transport = TransportProtocol(words[4])
    if words.count > 5, words[5] != "-" { element.inInterface = words[5] }
    if words.count > 6, words[6] != "-" { element.outInterface = words[6] }
    return element
  }

  fileprivate static let questions: [Question] = [
    .init(make: "hash:ip|10.0.0.1", sides: "dst", packet: "- - 10.0.0.1 80 tcp", expected: true),
    .init(make: "hash:ip|10.0.0.1", sides: "dst", packet: "- - 10.0.0.2 80 tcp", expected: false),
    .init(make: "hash:ip|10.0.0.1", sides: "src", packet: "- - 10.0.0.1 80 tcp", expected: nil),
    .init(make: "hash:ip netmask 24|10.0.0.0", sides: "dst", packet: "- - 10.0.0.9 80 tcp", expected: true),
    .init(make: "hash:net|10.0.0.0/8|10.1.0.0/16 nomatch", sides: "dst", packet: "- - 10.2.0.1 80 tcp", expected: true),
    .init(
      make: "hash:net|10.0.0.0/8|10.1.0.0/16 nomatch", sides: "dst", packet: "- - 10.1.0.1 80 tcp", expected: false),
    .init(
      make: "hash:net|10.0.0.0/8|10.1.0.0/16 nomatch", sides: "dst nomatch", packet: "- - 10.1.0.1 80 tcp",
      expected: true),
    .init(
      make: "hash:net|10.0.0.0/8|10.1.0.0/16 nomatch", sides: "dst nomatch", packet: "- - 10.2.0.1 80 tcp",
      expected: false),
    .init(make: "hash:ip,port|10.0.0.1,tcp:80", sides: "dst,dst", packet: "- - 10.0.0.1 80 tcp", expected: true),
    .init(make: "hash:ip,port|10.0.0.1,tcp:80", sides: "dst,dst", packet: "- - 10.0.0.1 80 udp", expected: false),
    .init(make: "hash:ip,port|10.0.0.1,tcp:80", sides: "dst,src", packet: "- 80 10.0.0.1 1 tcp", expected: true),
    .init(make: "hash:ip,port|10.0.0.1,tcp:80", sides: "dst", packet: "- - 10.0.0.1 80 tcp", expected: false),
    .init(make: "hash:ip,port|10.0.0.1,tcp:80", sides: "dst,dst", packet: "- - fd00::1 80 tcp", expected: false),
    .init(
      make: "hash:ip,port family inet6|fd00::1,sctp:80", sides: "dst,dst", packet: "- - fd00::1 80 sctp", expected: true
    ),
    .init(
      make: "hash:ip,port,ip|10.0.0.1,tcp:80,10.0.0.1", sides: "dst,dst,src", packet: "10.0.0.1 5 10.0.0.1 80 tcp",
      expected: true),
    .init(
      make: "hash:ip,port,ip|10.0.0.1,tcp:80,10.0.0.1", sides: "dst,dst,src", packet: "10.0.0.2 5 10.0.0.1 80 tcp",
      expected: false),
    .init(
      make: "hash:ip,port,net|10.0.0.1,tcp:80,192.168.0.0/16", sides: "dst,dst,src",
      packet: "192.168.3.4 5 10.0.0.1 80 tcp", expected: true),
    .init(
      make: "hash:ip,port,net|10.0.0.1,tcp:80,192.168.0.0/16", sides: "dst,dst,src",
      packet: "192.169.3.4 5 10.0.0.1 80 tcp", expected: false),
    .init(make: "hash:net,iface|10.0.0.0/8,eth0", sides: "src,src", packet: "10.2.3.4 5 - 80 tcp eth0", expected: true),
    .init(
      make: "hash:net,iface|10.0.0.0/8,eth0", sides: "src,src", packet: "10.2.3.4 5 - 80 tcp eth1", expected: false),
    .init(make: "hash:net,iface|10.0.0.0/8,eth0", sides: "src,src", packet: "10.2.3.4 5 - 80 tcp", expected: nil),
    .init(make: "bitmap:port range 0-65535|30080", sides: "dst", packet: "- - - 30080 tcp", expected: true),
    .init(make: "bitmap:port range 0-65535|30080", sides: "dst", packet: "- - fd00::1 30080 udp", expected: true),
    .init(make: "bitmap:port range 0-65535|30080", sides: "dst", packet: "- - - 30081 tcp", expected: false),
    .init(make: "bitmap:port range 100-200|150", sides: "dst", packet: "- - - 30081 tcp", expected: false),
    .init(make: "bitmap:port range 0-65535|30080", sides: "dst", packet: "- - - 30080 icmp", expected: false),
  ]

  @Test("A membership test answers as the kernel's match would", arguments: questions)
  fileprivate func membership(question: Question) async throws {
    try await withPrivateNetworkNamespace { namespace in
      let parts = question.make.split(separator: "|")
      let lines = ["create s \(parts[0])"] + parts.dropFirst().map { "add s \($0)" }
      try namespace.must("ipset", "restore", input: Array((lines.joined(separator: "\n") + "\n").utf8))
      let words = question.sides.split(separator: " ")
      var match = SetMatch(
        name: "s", index: 0, sourceDimensions: words[0].split(separator: ",").map { $0 == "src" }, inverted: false)
      match.returnNoMatch = words.count > 1
      let element = Self.element(question.packet)
      let family = element.destination?.family ?? element.source?.family ?? .v4
      #expect(try IPSetReader().matches(match, family: family, packet: element) == question.expected)
    }
  }

  @Test("A member can be asked for as ipset writes it")
  func writtenMembers() async throws {
    try await withPrivateNetworkNamespace { namespace in
      let text = """
        create a hash:ip,port,ip
        create b bitmap:port range 0-65535
        create c hash:net,iface family inet6
        add a 10.0.0.1,udp:53,10.0.0.2
        add b 30080
        add c fd00::/8,physdev:eth0

        """
      try namespace.must("ipset", "restore", input: Array(text.utf8))
      let reader = try IPSetReader()
      #expect(try reader.holds("10.0.0.1,udp:53,10.0.0.2", in: "a") == true)
      #expect(try reader.holds("10.0.0.1,53,10.0.0.2", in: "a") == false)
      #expect(try reader.holds("30080", in: "b") == true)
      #expect(try reader.holds("fd00::1,physdev:eth0", in: "c") == true)
      #expect(try reader.holds("fd00::1,eth0", in: "c") == false)
      #expect(try reader.holds("30080", in: "nothing") == nil)
      for (element, set) in [("10.0.0.1", "a"), ("tcp:30080", "b"), ("10.0.0.1,eth0", "c"), ("99999", "b")] {
        #expect(throws: IPSetReader.ElementError.self) { try reader.holds(element, in: set) }
      }
    }
  }

  @Test("A list of sets holds what one of its members holds")
  func listOfSets() async throws {
    try await withPrivateNetworkNamespace { namespace in
      let text = """
        create a hash:ip
        create b hash:ip,port
        create l list:set
        add l a
        add l b
        add a 10.0.0.1
        add b 10.0.0.2,tcp:80

        """
      try namespace.must("ipset", "restore", input: Array(text.utf8))
      let reader = try IPSetReader()
      let match = SetMatch(name: "l", index: 0, sourceDimensions: [false, false], inverted: false)
      func holds(_ packet: String) throws -> Bool? {
        try reader.matches(match, family: .v4, packet: Self.element(packet))
      }
      #expect(try holds("- - 10.0.0.1 9 tcp") == true)
      #expect(try holds("- - 10.0.0.2 80 tcp") == true)
      #expect(try holds("- - 10.0.0.2 81 tcp") == false)
      #expect(try holds("- - 10.0.0.2 - tcp") == nil)
    }
  }
}

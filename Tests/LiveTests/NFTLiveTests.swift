import TestSupport
import Testing

@testable import Inspect

private let folder = Capture.folder + "/"

/// Rules as a tool prints them, without what two readings differ in.
private typealias Listing = [ChainReference: [String]]

@Suite(
  "nf_tables of the live kernel",
  .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own"))
struct NFTLiveTests {
  @Test(
    "Captures of iptables-nft are read as iptables-nft-save prints them",
    arguments: [
      "lab-iptables-nft-bridge-v1.36", "lab-iptables-nft-nodeport-addresses-v1.34", "lab-iptables-nft-noise-v1.34",
      "yaobank-damaged-iptables-nft-v1.34", "yaobank-iptables-nft-v1.23", "lab-ipvs-v1.34",
    ])
  func readsAsSave(name: String) async throws {
    let (read, saved) = try await withPrivateNetworkNamespace { _ in
      try load(name)
      return (try readAll(), try saveAll())
    }
    try #require(!saved.isEmpty)
    #expect(Set(read.keys) == Set(saved.keys))
    for (chain, lines) in saved { #expect(read[chain] == lines, "\(chain)") }
  }

  @Test("Rules of every form that iptables-nft writes are read as iptables-nft-save prints them")
  func readsOddRules() async throws {
    let (read, saved) = try await withPrivateNetworkNamespace { _ in
      try shell("ipset create odd hash:ip")
      for rule in oddRules { try shell("iptables-nft \(rule)") }
      for rule in oddRules6 { try shell("ip6tables-nft \(rule)") }
      return (try readAll(), try saveAll())
    }
    #expect(saved.values.reduce(0) { $0 + $1.count } == oddRules.count + oddRules6.count)
    for (chain, lines) in saved { #expect(read[chain] == lines, "\(chain)") }
  }

  @Test("A rule is the same value in a legacy table and in nf_tables", arguments: Capture.legacy)
  func equalsLegacy(capture: Capture) async throws {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadLegacyCapture(capture, withAddresses: false)
      for (file, tool) in [("iptables", "iptables-nft-restore"), ("ip6tables", "ip6tables-nft-restore")] {
        guard let saved = try capture.bytes("\(file)-legacy-save.txt") else { continue }
        try namespace.must(tool, "-c", input: saved)
      }
      let legacy = LegacyPacketFilter()
      let reader = try NFTReader()
      var compared = 0
      for family in IPFamily.allCases {
        for name in ["nat", "filter", "mangle"] {
          guard let table = try legacy.table(name, family) else { continue }
          for chain in try table.chains().map(\.name) {
            let reference = ChainReference(table: Table(backend: .nft, family: family, name: name), name: chain)
            var rules: [Rule] = []
            let isThere = try reader.forEachRule(in: reference) { _, rule in
              rules.append(rule)
              return true
            }
            #expect(isThere)
            let wanted = try #require(try table.rules(of: chain))
            #expect(wanted.count == rules.count)
            // ip6tables-nft-restore 1.8.9 loses counters.
            for (left, right) in zip(wanted, rules) {
              #expect(left.matches == right.matches && left.actions == right.actions, "\(name) \(chain)")
            }
            compared += rules.count
          }
        }
      }
      #expect(compared > 50)
    }
  }

  @Test(
    "Captures of kube-proxy's nftables mode are read as nft prints them",
    arguments: ["lab-nftables-v1.30", "lab-nftables-v1.34", "lab-nftables-v1.36", "yaobank-nftables-v1.34"])
  func readsAsList(name: String) async throws {
    let (read, listed) = try await withPrivateNetworkNamespace { _ in
      try loadNFTables(name)
      return (try readAll(), try shell("nft list ruleset"))
    }
    var chains = 0
    for (chain, lines) in listing(listed) {
      chains += 1
      #expect(
        read[chain]?.map { $0.replacing(" addr . port to ", with: " to ").replacing("[0:0] ", with: "") } == lines,
        "\(chain)")
    }
    #expect(chains > 20)
  }

  @Test("Native rules of every form are read as nft prints them")
  func readsNativeRules() async throws {
    let (read, listed) = try await withPrivateNetworkNamespace { _ in
      // What the kernel has not is left out.
      let others = KernelFeature.elementForAllOthers ? "" : "s/, [*] : continue//;"
      let ways = KernelFeature.outputInterfaceAtInput ? "" : "/ oif missing/d;"
      try shell("sed '\(others)\(ways)' '\(folder)../native.nft' | nft -f -")
      return (try readAll(), try shell("nft list ruleset"))
    }
    let lists = listing(listed)
    #expect(lists.values.reduce(0) { $0 + $1.count } > 60)
    for (chain, lines) in lists {
      let texts = (read[chain] ?? []).map { String($0.drop { $0 != " " }.dropFirst()) }
      #expect(texts.count == lines.count)
      for (text, line) in zip(texts, lines) { #expect(text == barelyKnown[line] ?? line) }
    }
  }

  @Test("Every element of a map is found by its key, and no other")
  func elementsByKey() async throws {
    try await withPrivateNetworkNamespace { _ in
      try loadNFTables("lab-nftables-v1.34")
      let reader = try NFTReader()
      let table = Table(backend: .nft, family: .v4, name: "kube-proxy")
      for name in ["service-ips", "service-nodeports", "cluster-ips", "no-endpoint-services"] {
        let set = try #require(try reader.namedSet(name, in: table))
        let elements = try reader.elements(of: set)
        #expect(!elements.isEmpty)
        for element in elements {
          let before = reader.requests
          #expect(try reader.element(for: element.key, in: set) == element)
          #expect(reader.requests == before + 1)
        }
        #expect(try reader.element(for: [UInt8](repeating: 1, count: set.keyLength), in: set) == nil)
      }
      #expect(try reader.namedSet("no-such-set", in: table) == nil)
    }
  }

  @Test("Ranges and prefixes of concatenations are found by a key within")
  func rangesByKey() async throws {
    try await withPrivateNetworkNamespace { _ in
      try shell(
        """
        nft 'table inet t {
          set nets { type ipv4_addr; flags interval; elements = { 10.0.0.0/8, 192.168.1.5, 172.16.0.3-172.16.0.9 }; }
          map both { type ipv4_addr . inet_service : mark; flags interval;
            elements = { 10.1.0.0/16 . 80-90 : 5, 10.2.0.1 . 443 : 6 }; }
        }'
        """)
      let reader = try NFTReader()
      let table = Table(backend: .nft, family: nil, name: "t")
      let nets = try #require(try reader.namedSet("nets", in: table))
      for (address, isHeld) in [
        ("10.0.0.0", true), ("10.255.255.255", true), ("11.0.0.0", false), ("192.168.1.5", true),
        ("192.168.1.6", false), ("172.16.0.2", false), ("172.16.0.3", true), ("172.16.0.9", true),
        ("172.16.0.10", false), ("0.0.0.0", false), ("255.255.255.255", false),
      ] {
        let key = try #require(IPAddress(address)).bytes
        #expect(try (reader.element(for: key, in: nets) != nil) == isHeld, "\(address)")
        #expect(try (nets.element(for: key, in: reader.elements(of: nets)) != nil) == isHeld, "\(address)")
      }
      let both = try #require(try reader.namedSet("both", in: table))
      for (key, mark) in [
        ([10, 1, 3, 4, 0, 85, 0, 0], 5), ([10, 1, 3, 4, 0, 91, 0, 0], nil), ([10, 2, 0, 1, 1, 187, 0, 0], 6),
      ] as [([UInt8], UInt32?)] {
        let value = mark.map { NFTElementValue.data($0.hostBytes) }
        #expect(try reader.element(for: key, in: both)?.value == value)
        #expect(try both.element(for: key, in: reader.elements(of: both))?.value == value)
      }
    }
  }

  @Test(
    "The element for all others is found by a key that no range holds",
    .enabled(if: KernelFeature.elementForAllOthers, "this kernel has no element for all others"))
  func allOthersByKey() async throws {
    try await withPrivateNetworkNamespace { _ in
      try shell(
        """
        nft 'table inet t {
          map ports { type inet_service : verdict; flags interval; elements = { 1000-1999 : accept, * : drop }; }
        }'
        """)
      let reader = try NFTReader()
      let ports = try #require(try reader.namedSet("ports", in: Table(backend: .nft, family: nil, name: "t")))
      #expect(try reader.element(for: [0x05, 0x00], in: ports)?.value == .verdict(.accept))
      #expect(try reader.element(for: [0x00, 0x50], in: ports)?.value == .verdict(.drop))
      #expect(try ports.element(for: [0x00, 0x50], in: reader.elements(of: ports))?.value == .verdict(.drop))
    }
  }

  @Test("A chain is read up to the hit, and another one meanwhile")
  func stopsAndNests() async throws {
    try await withPrivateNetworkNamespace { _ in
      try load("lab-iptables-nft-noise-v1.34")
      let reader = try NFTReader()
      let table = Table(backend: .nft, family: .v4, name: "nat")
      var numbers: [Int] = []
      var inner = 0
      let isThere = try reader.forEachRule(in: ChainReference(table: table, name: "KUBE-SERVICES")) { number, rule in
        numbers.append(number)
        guard let target = rule.chain else { return true }
        _ = try reader.forEachRule(in: ChainReference(table: table, name: target)) { _, _ in
          inner += 1
          return inner % 2 == 0
        }
        return number < 5
      }
      #expect(isThere)
      #expect(numbers == [1, 2, 3, 4, 5])
      #expect(inner >= 5)
      #expect(try !reader.forEachRule(in: ChainReference(table: table, name: "NO-SUCH-CHAIN")) { _, _ in true })
      #expect(try reader.chain(ChainReference(table: table, name: "NO-SUCH-CHAIN")) == nil)
    }
  }

  @Test("A hint leaves out only rules that cannot match")
  func hints() async throws {
    try await withPrivateNetworkNamespace { _ in
      try load("lab-iptables-nft-noise-v1.34")
      let reader = try NFTReader()
      let chain = ChainReference(table: Table(backend: .nft, family: .v4, name: "nat"), name: "KUBE-SERVICES")
      for (text, transport) in [("10.96.0.10", TransportProtocol.udp), ("10.96.0.10", .tcp), ("192.0.2.1", .sctp)] {
        let destination = try #require(IPAddress(text))
        var wanted: [Int] = []
        var all = 0
        _ = try reader.forEachRule(in: chain) { number, rule in
          all = number
          let mayMatch = rule.matches.allSatisfy { match in
            switch match {
            case .destination(let test): (destination & test.mask == test.address) != test.inverted
            case .transport(let test): (test.number == transport) != test.inverted
            default: true
            }
          }
          if mayMatch { wanted.append(number) }
          return true
        }
        var kept: [Int] = []
        _ = try reader.forEachRule(in: chain, hint: RuleHint(destination: destination, transport: transport)) {
          number, _ in
          kept.append(number)
          return true
        }
        #expect(Set(wanted).isSubset(of: kept))
        #expect(kept.count < all / 2)
      }
    }
  }

  @Test("Base chains of all tables come in the order of their priorities, and no chain list is asked for without need")
  func baseChains() async throws {
    try await withPrivateNetworkNamespace { _ in
      try loadNFTables("lab-nftables-v1.34")
      let reader = try NFTReader()
      let filter = NFTPacketFilter(reader: reader)
      #expect(
        try filter.baseChains(at: .prerouting, family: .v4).map(\.chain.name) == [
          "filter-prerouting-pre-dnat", "nat-prerouting",
        ])
      // The tables, and three names.
      #expect(reader.requests == 4)
      try shell(
        """
        nft 'table inet wall {
          chain early { type filter hook prerouting priority -200; policy drop; }
          chain late { type filter hook prerouting priority 10; }
          chain nat { type nat hook prerouting priority -50; }
        }
        table ip off { flags dormant; chain c { type filter hook prerouting priority 0; }; }'
        """)
      for family in IPFamily.allCases {
        let chains = try filter.consistently { try filter.baseChains(at: .prerouting, family: family) }
        #expect(
          chains.map(\.chain.name) == ["early", "filter-prerouting-pre-dnat", "nat-prerouting", "nat", "late"])
        #expect(chains.map(\.isNAT) == [false, false, true, true, false])
        #expect(chains.first?.policy == .drop)
        #expect(chains.map(\.priority) == [-200, -110, -100, -50, 10])
      }
      #expect(filter.unreadTables.isEmpty)
      #expect(filter.unfollowedTables.isEmpty)
    }
  }

  @Test("Of thousands of anonymous sets, and of many keys, the same is read as of one by itself")
  func manySets() async throws {
    try await withPrivateNetworkNamespace { namespace in
      // Maps of numbers from 0 on, of other numbers, of more than fit in one question, of ranges, and sets of addresses.
      let kinds = [
        "numgen random mod 3 vmap { 0 : accept, 1 : drop, 2 : goto target }",
        "numgen random mod 3 vmap { 1 : accept, 2 : drop, 7 : goto target }",
        "numgen random mod 100 vmap { \((0..<100).map { "\($0) : accept" }.joined(separator: ", ")) }",
        "numgen random mod 100 vmap { 0-49 : accept, 50-99 : drop }",
        "ip daddr { 10.0.0.1, 10.0.0.2 } drop",
        "dnat to numgen random mod 2 map { 0 : 10.0.0.1, 1 : 10.0.0.2 }",
      ]
      // A base chain of nat, for translations.
      var rules = "table ip many {\n map places { type ipv4_addr : verdict; }\n chain target { }\n"
      rules += "chain rules { type nat hook prerouting priority -100;\n"
      for number in 0..<2400 { rules += kinds[number % (number >= 2300 ? kinds.count : 1)] + "\n" }
      rules += "}\n}\n"
      rules +=
        "add element ip many places { \((1...199).map { "10.1.0.\($0) : accept" }.joined(separator: ", ")) }\n"
      try namespace.must("nft", "-f", "-", input: Array(rules.utf8))
      let chain = ChainReference(table: Table(backend: .nft, family: .v4, name: "many"), name: "rules")
      func read(_ reader: NFTReader) throws -> [Rule] {
        var rules: [Rule] = []
        _ = try reader.forEachRule(in: chain) { _, rule in
          rules.append(rule)
          return true
        }
        return rules
      }
      // Without the promise of one state each set is asked for by itself.
      let alone = try read(NFTReader())
      let reader = try NFTReader()
      let together = try reader.consistently { try read(reader) }
      #expect(alone.count == 2400)
      for (number, pair) in zip(alone, together).enumerated() { #expect(pair.0 == pair.1, "rule \(number + 1)") }
      let map = try #require(try reader.namedSet("places", in: chain.table))
      let keys = (0..<600).map { IPAddress.v4(0x0a01_0000 | UInt32($0 % 256)).bytes }
      let wanted = try keys.map { try NFTReader().element(for: $0, in: map) }
      #expect(wanted.contains { $0 != nil } && wanted.contains { $0 == nil })
      let before = reader.requests
      let found = try reader.consistently { try keys.map { try reader.element(for: $0, in: map) } }
      #expect(found == wanted)
      #expect(reader.requests - before < 2 * 260)
    }
  }

  @Test("Tables whose chains are on bridges are not followed, and named")
  func unfollowed() async throws {
    try await withPrivateNetworkNamespace { _ in
      try shell(
        """
        nft 'table bridge empty { }
        table bridge between { chain c { type filter hook forward priority 0; }; }
        table inet usual { chain p { type filter hook prerouting priority 0; }; }'
        """)
      let filter = try NFTPacketFilter()
      _ = try filter.consistently { try filter.baseChains(at: .prerouting, family: .v4) }
      #expect(filter.unfollowedTables == ["bridge between"])
    }
  }

  @Test(
    "Chains at an interface are met by what comes or leaves by it, before and behind all others",
    .enabled(if: KernelFeature.egress, "this kernel has no egress hook"))
  func atInterfaces() async throws {
    try await withPrivateNetworkNamespace { _ in
      try shell(
        """
        for name in eth0 eth1 eth2 port; do ip link add $name type veth peer name x-$name; ip link set $name up; done
        ip link add br0 type bridge; ip link set port master br0; ip link set br0 up
        ip addr add 192.0.2.254/24 dev eth0; ip addr add 198.51.100.254/24 dev eth1; ip addr add 203.0.113.254/24 dev eth2
        ip addr add 10.1.0.254/24 dev br0
        sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
        nft 'table netdev edge { set bad { type ipv4_addr; elements = { 192.0.2.66 }; }
          chain in { type filter hook ingress devices = { "eth0", "port" } priority 0;
            ip saddr @bad drop
            tcp dport 81 meta mark set 7
          }
          chain out { type filter hook egress device "eth2" priority 0; policy drop; tcp dport 80-81 accept; }; }
        table inet both { chain i { type filter hook ingress device "eth1" priority 0; policy drop; tcp dport 80 accept; }
          chain f { type filter hook forward priority 0; meta mark 7 drop; }; }'
        """)
      func ends(_ source: String, _ interface: String, _ destination: String, _ port: UInt16) throws -> [End] {
        var packet = Packet(
          transport: .tcp, family: .v4, source: .known(IPAddress(source) ?? .v4(0)), sourcePort: 40000,
          destination: .known(IPAddress(destination) ?? .v4(0)), destinationPort: port)
        packet.inInterface = .known(interface)
        return try Walker(try LiveNode(), family: .v4).walkArriving(packet).map(\.end)
      }
      #expect(try ends("192.0.2.66", "eth0", "198.51.100.1", 80) == [.dropped])
      #expect(try ends("192.0.2.1", "eth0", "198.51.100.1", 80) == [.forwarded])
      #expect(try ends("192.0.2.1", "eth0", "198.51.100.1", 81) == [.dropped])
      #expect(try ends("192.0.2.1", "eth0", "203.0.113.1", 82) == [.dropped])
      #expect(try ends("192.0.2.1", "eth0", "203.0.113.1", 80) == [.forwarded])
      #expect(try ends("198.51.100.1", "eth1", "192.0.2.1", 80) == [.forwarded])
      #expect(try ends("198.51.100.1", "eth1", "192.0.2.1", 82) == [.dropped])
      #expect(try ends("203.0.113.1", "eth2", "192.0.2.1", 82) == [.forwarded])
      // What comes by a bridge may have come by the port.
      #expect(Set(try ends("192.0.2.66", "br0", "198.51.100.1", 80)) == [.dropped, .forwarded])
    }
  }

  @Test("Chains of nat are met where nat has its place at a hook, whatever their priorities, as a packet shows")
  func natPriority() async throws {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.must(
        "nft",
        """
        table ip late {
          chain nat { type nat hook output priority 110; ip daddr 127.0.0.9 dnat to 127.0.0.10; }
          chain filter { type filter hook output priority 0; ip daddr 127.0.0.10 counter; }
        }
        """)
      _ = try namespace.run("bash", "-c", "echo x >/dev/udp/127.0.0.9/9")
      let filter = try NFTPacketFilter()
      let chains = try filter.baseChains(at: .output, family: .v4).map(\.chain)
      #expect(chains.map(\.name) == ["nat", "filter"])
      var packets: UInt64 = 0
      _ = try filter.forEachRule(in: chains[1], hint: .none) { _, rule in
        packets = rule.counters?.packets ?? 0
        return false
      }
      #expect(packets == 1)
    }
  }

  @Test("Of base chains with one priority the one that was made last comes first, as a packet shows")
  func onePriority() async throws {
    try await withPrivateNetworkNamespace { namespace in
      // Each drops what it counts: only the first one counts.
      for name in ["old", "middle", "new"] {
        try namespace.must(
          "nft",
          """
          table ip \(name) { chain \(name) { type filter hook output priority 0; ip daddr 127.0.0.9 counter drop
          }; }
          """)
      }
      _ = try namespace.run("bash", "-c", "echo x >/dev/udp/127.0.0.9/9")
      let filter = try NFTPacketFilter()
      let chains = try filter.baseChains(at: .output, family: .v4).map(\.chain)
      #expect(chains.map(\.name) == ["new", "middle", "old"])
      let counts = try chains.map { chain in
        var packets: UInt64 = 0
        _ = try filter.forEachRule(in: chain, hint: .none) { _, rule in
          packets = rule.counters?.packets ?? 0
          return false
        }
        return packets
      }
      #expect(counts == [1, 0, 0])
    }
  }

  @Test("A service is found by key with as many requests whatever the number of services")
  func requestsPerService() async throws {
    try await withPrivateNetworkNamespace { _ in
      var counts: [Int] = []
      for services in [10, 400] {
        try shell("nft flush ruleset")
        var text = "table ip kube-proxy { "
        for number in 1...services { text += "chain service-\(number) { drop; }; " }
        text += "map service-ips { type ipv4_addr . inet_proto . inet_service : verdict; elements = { "
        text += (1...services).map { "10.96.\($0 / 250).\($0 % 250) . tcp . 80 : goto service-\($0)" }
          .joined(separator: ", ")
        text += " }; }; chain services { ip daddr . meta l4proto . th dport vmap @service-ips; }; }"
        try shell("echo '\(text)' | nft -f -")
        let reader = try NFTReader()
        try reader.consistently {
          let table = Table(backend: .nft, family: .v4, name: "kube-proxy")
          _ = try reader.forEachRule(in: ChainReference(table: table, name: "services")) { _, rule in
            guard case .native(.verdictMap(let lookup))? = rule.actions.first else {
              Issue.record("not a verdict map: \(rule)")
              return false
            }
            #expect(
              lookup.key.fields == [.destinationAddress(.v4), .transportProtocol, .destinationPort])
            let key = lookup.key.bytes { field in
              switch field {
              case .destinationAddress: [10, 96, 0, 7]
              case .transportProtocol: [6]
              case .destinationPort: [0, 80]
              default: nil
              }
            }
            let element = try reader.element(for: try #require(key), in: lookup.set)
            #expect(element?.value == .verdict(.goto("service-7")))
            return true
          }
        }
        counts.append(reader.requests)
      }
      #expect(counts[0] == counts[1])
      // Generation twice, rules, the map's declaration, the element.
      #expect(counts[0] == 5)
    }
  }

  @Test("Under a writer an answer is of one generation, or an honest failure")
  func changing() async throws {
    try await withPrivateNetworkNamespace { _ in
      try shell("nft 'table ip t { chain a { drop; }; chain b { drop; }; }'")
      // Both chains always have as many rules, changed in one transaction.
      let process = try shell(
        """
        (i=0; while [ $i -lt 200 ]; do i=$((i+1)); echo "add rule ip t a accept
        add rule ip t b accept" | nft -f -; done) > /dev/null 2>&1 & echo $!
        """)
      #expect(!process.isEmpty)
      let reader = try NFTReader()
      let table = Table(backend: .nft, family: .v4, name: "t")
      var seen: Set<Int> = []
      var failures = 0
      for _ in 0..<150 {
        do {
          let counts = try reader.consistently(attempts: 3) {
            try ["a", "b"].map { name in
              var count = 0
              _ = try reader.forEachRule(in: ChainReference(table: table, name: name)) { number, _ in
                count = number
                return true
              }
              return count
            }
          }
          #expect(counts[0] == counts[1])
          seen.insert(counts[0])
        } catch KernelError.changing {
          failures += 1
        }
        try shell("sleep 0.002")
      }
      #expect(seen.count > 3, "the writer was not seen; \(failures) failures")
      try shell("kill \(process.prefix { $0.isNumber }) 2> /dev/null || true")
    }
  }

  @Test("Reading makes no table")
  func makesNothing() async throws {
    try await withPrivateNetworkNamespace { _ in
      let filter = try NFTPacketFilter()
      try filter.consistently {
        for hook in Hook.allCases {
          for family in IPFamily.allCases {
            let chains = try filter.baseChains(at: hook, family: family)
            #expect(chains.isEmpty)
          }
        }
      }
      let ruleset = try shell("nft list ruleset")
      #expect(ruleset.isEmpty)
    }
  }
}

/// Native rules of which kpx knows no words, or not what they read.
private let barelyKnown = [
  "ip ttl 5 drop": "meta nfproto ipv4 @nh,64,8 5 drop",
  "tcp option maxseg size 500 drop": "<expression exthdr: what it loads is not known here> drop",
  "ip dscp set 0x03": "meta nfproto ipv4 <payload: writes to the packet>",
  "ether saddr 02:00:00:00:00:01 drop": "iiftype 1 @ll,48,48 0x020000000001 drop",
  "iif \"lo\" accept": "iif 1 accept",
  "icmpv6 type { nd-router-advert, nd-neighbor-solicit } accept":
    "meta nfproto ipv6 meta l4proto ipv6-icmp @th,0,8 { 0x86, 0x87 } accept",
]

private let oddRules = [
  "-A FORWARD ! -s 10.1.2.0/23 -d 10.9.8.7/32 -i veth+ ! -o eth0 -p tcp -m tcp ! --sport 1:1023 --dport 80 -j ACCEPT",
  "-A INPUT -p tcp -m tcp --sport 5:9 --dport 1000:2000 --tcp-flags SYN,RST,ACK SYN -j DROP",
  "-A INPUT ! -p udp -m mark ! --mark 0x4000/0x4000 -j RETURN",
  "-A INPUT -p udp -m udp ! --dport 53 -m mark --mark 7 -j ACCEPT",
  "-A INPUT -f -s 1.2.3.4/15 -j DROP",
  "-A INPUT ! -f -j DROP",
  "-A INPUT -p icmp -m icmp --icmp-type 8/0 -m limit --limit 7/min --limit-burst 3 -j ACCEPT",
  "-A INPUT -m limit --limit 2/hour -j LOG --log-prefix 'a \"b' --log-level 6 --log-uid",
  "-A INPUT -m limit --limit 10000/sec -j NFLOG --nflog-group 3 --nflog-prefix x --nflog-threshold 5",
  "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -m comment --comment 'two words' -j ACCEPT",
  "-A INPUT -m conntrack ! --ctstate NEW --ctdir REPLY -m comment --comment one -m comment --comment two -j DROP",
  "-A INPUT -p tcp -m multiport ! --dports 1,2,5:9 -m set ! --match-set odd src -j REJECT --reject-with tcp-reset",
  "-A INPUT -m addrtype --dst-type LOCAL --limit-iface-in -m statistic --mode nth --every 3 --packet 1 -j DROP",
  "-A INPUT -s 10.0.1.0/255.0.255.0 -p sctp -m sctp --dport 9:12 -m mac --mac-source 02:00:00:00:00:01 -j ACCEPT",
  "-A INPUT -p tcp -m tcp -m recent --rcheck --seconds 10 --name r --mask 255.255.255.255 --rsource -j REJECT",
  "-A FORWARD -i lo -p 47 -m physdev --physdev-is-bridged -j REJECT --reject-with icmp-host-prohibited",
  "-A FORWARD -m connmark --mark 3/7 -j DROP",
  "-A FORWARD -m iprange --src-range 10.0.0.3-10.0.0.9 ! --dst-range 10.1.0.0-10.1.0.255 -j DROP",
  "-t nat -A OUTPUT -p tcp -m tcp --dport 80 -j DNAT --to-destination 1.2.3.4-1.2.3.9:5-9",
  "-t nat -A OUTPUT -p tcp -j REDIRECT --to-ports 8080",
  "-t nat -A POSTROUTING -p udp -j MASQUERADE --to-ports 5-9 --random",
  "-t nat -A POSTROUTING -o eth+ -j SNAT --to-source 5.6.7.8 --persistent",
  "-t mangle -A OUTPUT -m owner --uid-owner 5 -j MARK --set-xmark 0x5/0xff",
  "-t mangle -A FORWARD -p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu",
  "-t mangle -A PREROUTING -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff",
  "-t raw -A PREROUTING -p udp -m udp --dport 53 -j CT --notrack",
  "-t raw -A OUTPUT -j TRACE",
  "-t raw -A PREROUTING -m rpfilter --loose --invert -j DROP",
]

private let oddRules6 = [
  "-A INPUT ! -s fd00::/61 -d fd00::1/128 -i veth+ -p tcp -m tcp --dport 80 -j ACCEPT",
  "-A INPUT -s fd00::/64 -p ipv6-icmp -m icmp6 --icmpv6-type 128 -j REJECT --reject-with icmp6-adm-prohibited",
  "-A INPUT -m iprange ! --src-range fd00::1-fd00::ff -j DROP",
  "-A INPUT ! -d 2001:db8::/33 ! -p tcp -m limit --limit 1/day -j DROP",
  "-t nat -A OUTPUT -p tcp -m tcp --dport 80 -j DNAT --to-destination [fd00::1]:8080",
]

/// Loads what iptables-nft-save printed of a capture into the calling thread's namespace.
private func load(_ name: String) throws {
  try shell("nfacct flush; nfacct add ct_state_invalid_dropped_pkts; nfacct add localhost_nps_accepted_pkts")
  if let sets = try Capture(name).bytes("ipset-save.txt") { try restoreSets(sets) }
  try shell("iptables-nft-restore -c < '\(folder)\(name)/iptables-nft-save.txt'")
  try shell("ip6tables-nft-restore -c < '\(folder)\(name)/ip6tables-nft-save.txt'")
}

/// Loads the tables named kube-proxy of what nft printed of a capture; nft 1.0.6 prints maps to an address and a port
/// so that it cannot read them.
private func loadNFTables(_ name: String) throws {
  try shell(
    """
    awk '/^table /{keep = $3 == "kube-proxy"} keep' '\(folder)\(name)/nft-ruleset.nft' \
    | sed -E 's/dnat (ip6?) to numgen/dnat \\1 addr . port to numgen/' | nft -f -
    """)
}

/// All rules of the chains of all tables, read chain by chain.
private func readAll() throws -> Listing {
  let names = LiveSetNames()
  let reader = try NFTReader(setNames: { names.name(of: $0) })
  return try reader.consistently {
    var listing: Listing = [:]
    for family in [1, 2, 10] as [UInt8] {
      for chain in try reader.chains(protocolFamily: family).map(\.chain) {
        _ = try reader.forEachRule(in: chain) { _, rule in
          listing[chain, default: []].append("\(rule.counters?.text ?? "[0:0]") \(rule.text(in: chain))")
          return true
        }
      }
    }
    return listing
  }
}

private func saveAll() throws -> Listing {
  var listing: Listing = [:]
  for (family, tool) in [(IPFamily.v4, "iptables-nft-save"), (.v6, "ip6tables-nft-save")] {
    var table = Table(backend: .nft, family: family, name: "")
    for line in try shell("\(tool) -c").split(separator: "\n") {
      if line.hasPrefix("*") { table.name = String(line.dropFirst()) }
      guard line.hasPrefix("["), let start = line.firstRange(of: "-A ") else { continue }
      let chain = line[start.upperBound...].prefix { $0 != " " }
      listing[ChainReference(table: table, name: String(chain)), default: []].append(String(line))
    }
  }
  return listing
}

private func listing(_ text: String) -> Listing {
  var listing: Listing = [:]
  var table = Table(backend: .nft, family: nil, name: "")
  var chain: ChainReference?
  for line in text.split(separator: "\n") {
    let words = line.split { $0 == " " || $0 == "\t" }.map(String.init)
    if line.hasPrefix("table ") {
      table = Table(backend: .nft, family: words[1] == "ip" ? .v4 : words[1] == "ip6" ? .v6 : nil, name: words[2])
    } else if line.hasPrefix("\tchain ") {
      chain = ChainReference(table: table, name: words[1])
    } else if line.hasPrefix("\t}") {
      chain = nil
    } else if let chain, words[0] != "type", words[0] != "comment" {
      listing[chain, default: []].append(String(line.dropFirst(2)))
    }
  }
  return listing
}

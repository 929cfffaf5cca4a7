import TestSupport
import Testing

@testable import Inspect

/// Rules made by hand, for what no capture has.
@Suite(
  "Services traced through rules of nf_tables made by hand",
  .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own"))
struct TraceNFTRules {
  /// What is forwarded: 10.96.0.1:80/TCP to two endpoints, in nftables mode.
  private static let service = """
    table ip kube-proxy {
      map service-ips { type ipv4_addr . inet_proto . inet_service : verdict; }
      chain endpoint-1 { meta l4proto tcp dnat to 10.0.1.1:8080; }
      chain endpoint-2 { meta l4proto tcp dnat to 10.0.1.2:8080; }
      chain service-a { numgen random mod 2 vmap { 0 : goto endpoint-1, 1 : goto endpoint-2 }; }
      chain services { ip daddr . meta l4proto . th dport vmap @service-ips; }
      chain nat-prerouting { type nat hook prerouting priority dstnat; jump services; }
      chain nat-output { type nat hook output priority -100; jump services; }
    }
    add element ip kube-proxy service-ips { 10.96.0.1 . tcp . 80 : goto service-a }

    """

  private func traces(_ rules: String, _ target: String = "10.96.0.1:80/TCP") async throws -> [FrontendTrace] {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.must("ip", "address", "add", "192.0.2.10/24", "dev", "lo")
      try namespace.must("ip", "address", "add", "192.0.2.11/24", "dev", "lo")
      try namespace.must("nft", "-f", "-", input: Array(rules.utf8))
      var request = TraceRequest(target: try TraceTarget(target))
      request.context.families = [.v4]
      return try ServiceTracer.trace(request, LiveNode()).frontends.map(\.trace)
    }
  }

  private func trace(_ rules: String, _ target: String = "10.96.0.1:80/TCP") async throws -> FrontendTrace {
    try #require(try await traces(rules, target).first)
  }

  private func shares(_ trace: FrontendTrace) -> [String: Double] {
    Dictionary(trace.endpoints.map { ("\($0.address)", $0.share ?? -1) }) { $0 + $1 }
  }

  // MARK: - Base chains

  @Test("A firewall's table that drops is seen, before kube-proxy's or behind it", arguments: ["-300", "0", "50"])
  func foreignDrop(priority: String) async throws {
    let firewall = """
      table inet firewall {
        chain forward {
          type filter hook forward priority \(priority); policy drop; ct state established accept; ip saddr 198.51.100.0/24 accept
        }
        chain output { type filter hook output priority \(priority); policy accept; }
      }
      """
    let trace = try await trace(Self.service + firewall)
    #expect(trace.verdict == .forward)
    #expect(trace.when?.text == "source in 198.51.100.0/24")
    #expect(trace.exceptions.map(\.verdict) == [.drop])
    #expect(trace.exceptions.first?.when?.text == "source outside 198.51.100.0/24")
  }

  @Test("What one table accepts another may still drop; what it drops stays dropped")
  func acceptIsNotFinal() async throws {
    let first = "table inet a { chain f { type filter hook forward priority -10; policy accept; accept\n }\n }\n"
    let second =
      "table ip b { chain f { type filter hook forward priority 10; policy accept; tcp dport 8080 drop\n }\n }\n"
    let trace = try await trace(Self.service + first + second)
    #expect(trace.verdict == .drop)
    #expect(trace.reason?.text.contains("b f rule 1") == true)
    #expect(try await self.trace(Self.service + first).verdict == .forward)
  }

  @Test("Of two tables that translate, the one with the smaller priority does; the other is not asked")
  func firstTranslationWins() async throws {
    let foreign = """
      table ip other {
        chain p { type nat hook prerouting priority -110; ip daddr 10.96.0.1 tcp dport 80 dnat to 10.9.9.9:1; }
        chain o { type nat hook output priority -90; ip daddr 10.96.0.1 tcp dport 80 dnat to 10.8.8.8:1; }
      }
      """
    let trace = try await trace(Self.service + foreign)
    let arriving = trace.endpoints.filter { $0.when?.text == "not from this node" }.map { "\($0.address)" }
    let own = trace.endpoints.filter { $0.when?.text == "from this node" }.map { "\($0.address)" }
    #expect(arriving == ["10.9.9.9:1"])
    #expect(own == ["10.0.1.1:8080", "10.0.1.2:8080"])
  }

  // MARK: - Choices

  @Test("A number without an element goes on")
  func numbersLeftOver() async throws {
    let gap = Self.service.replacing("numgen random mod 2", with: "numgen random mod 8")
    let some = try await trace(gap)
    #expect(shares(some) == ["10.0.1.1:8080": 0.125, "10.0.1.2:8080": 0.125])
    #expect(some.exceptions.map(\.share) == [0.75])
  }

  @Test(
    "An element for all others takes the rest of the numbers",
    .enabled(if: KernelFeature.elementForAllOthers, "this kernel has no element for all others"))
  func numbersOfAllOthers() async throws {
    let gap = Self.service.replacing("numgen random mod 2", with: "numgen random mod 8")
    let all = try await trace(gap.replacing("1 : goto endpoint-2", with: "* : goto endpoint-2"))
    #expect(shares(all) == ["10.0.1.1:8080": 0.125, "10.0.1.2:8080": 0.875])
    #expect(all.exceptions.isEmpty)
  }

  @Test("A number compared is a chance")
  func comparedNumbers() async throws {
    let chance = Self.service.replacing(
      "numgen random mod 2 vmap { 0 : goto endpoint-1, 1 : goto endpoint-2 };",
      with: "numgen random mod 8 < 6 goto endpoint-1; goto endpoint-2;")
    #expect(shares(try await trace(chance)) == ["10.0.1.1:8080": 0.75, "10.0.1.2:8080": 0.25])
  }

  @Test("What a connection was sent to before it was translated is known behind the translation")
  func originalDestination() async throws {
    let firewall = """
      table ip firewall {
        chain forward { type filter hook forward priority 10; meta l4proto tcp ct original ip daddr 10.96.0.1 ct original proto-dst 80 drop\n }
        chain output { type filter hook output priority 10; ct original ip daddr != 10.96.0.1 drop\n }
      }
      """
    let trace = try await trace(Self.service + firewall)
    #expect(trace.endpoints.map(\.when?.text) == ["from this node", "from this node"])
  }

  @Test("A range of numbers in a map takes its part")
  func numberRanges() async throws {
    let ranges = Self.service.replacing("mod 2 vmap { 0 :", with: "mod 10 vmap { 0-6 :").replacing(
      "1 : goto", with: "7-9 : goto")
    #expect(shares(try await trace(ranges)) == ["10.0.1.1:8080": 0.7, "10.0.1.2:8080": 0.3])
  }

  @Test("A map of address and port is a choice without chains")
  func translationByMap() async throws {
    let chain =
      "meta l4proto tcp dnat ip addr . port to numgen random mod 2 map { 0 : 10.0.3.1 . 80, 1 : 10.0.3.2 . 81 };"
    let rules = Self.service.replacing(
      "numgen random mod 2 vmap { 0 : goto endpoint-1, 1 : goto endpoint-2 };", with: chain)
    #expect(shares(try await trace(rules)) == ["10.0.3.1:80": 0.5, "10.0.3.2:81": 0.5])
  }

  // MARK: - Sets

  @Test("Elements with a timeout hold while they live, and a range is found by key")
  func elements() async throws {
    let guarded = { (set: String, elements: String) in
      """
      table ip guard {
        set s { \(set); elements = { \(elements) }; }
        chain f { type filter hook prerouting priority -200; ip daddr @s drop; }
      }
      """
    }
    let cases: [(String, String, Verdict)] = [
      ("type ipv4_addr; flags timeout", "10.96.0.1 timeout 1h", .drop),
      ("type ipv4_addr; flags timeout", "10.96.0.2 timeout 1h", .forward),
      ("type ipv4_addr; flags interval", "10.96.0.0/16", .drop),
      ("type ipv4_addr; flags interval", "10.96.0.2-10.97.0.0", .forward),
      ("type ipv4_addr; flags interval", "10.95.0.0/16, 10.96.0.0-10.96.0.1", .drop),
    ]
    for (set, elements, verdict) in cases {
      #expect(try await trace(Self.service + guarded(set, elements)).verdict == verdict, "\(elements)")
    }
  }

  @Test(
    "The element for all others is found by every key that has none",
    .enabled(if: KernelFeature.elementForAllOthers, "this kernel has no element for all others"))
  func elementForAllOthers() async throws {
    let everyone = """
      table ip guard {
        map m { type ipv4_addr : verdict; elements = { 10.96.0.2 : accept, * : drop }; }
        chain f { type filter hook prerouting priority -200; ip daddr vmap @m; }
      }
      """
    #expect(try await trace(Self.service + everyone).verdict == .drop)
    let known = everyone.replacing("10.96.0.2 : accept", with: "10.96.0.1 : accept")
    #expect(try await trace(Self.service + known).verdict == .forward)
  }

  @Test("A set that rules fill says nothing of a packet that is not known: both ways are told")
  func filledByRules() async throws {
    let guarded = """
      table ip guard {
        set seen { type ipv4_addr; flags dynamic,timeout; timeout 1m; }
        chain f { type filter hook prerouting priority -200; ip saddr @seen drop; }
      }
      """
    let trace = try await trace(Self.service + guarded)
    #expect(trace.verdict == .forward)
    #expect(trace.exceptions.map(\.verdict) == [.drop])
  }

  // MARK: - Marks

  @Test(
    "Marks are computed bit by bit",
    arguments: [
      ("meta mark set meta mark or 0x10", "meta mark and 0x10 == 0x10", Verdict.drop),
      ("meta mark set meta mark or 0x10", "meta mark and 0x20 == 0x20", .forward),
      ("meta mark set 0x30; meta mark set meta mark xor 0x10", "meta mark 0x20", .drop),
      ("meta mark set 0x30; meta mark set meta mark and 0x10", "meta mark 0x10", .drop),
      ("meta mark set 0x7; ct mark set meta mark; meta mark set 0x0", "ct mark 0x7 meta mark 0x0", .drop),
      ("ct mark set 0x12; meta mark set ct mark and 0xf", "meta mark 0x2", .drop),
      ("meta mark set 0x1; meta mark set meta mark << 4", "meta mark 0x10", .drop),
    ])
  func marks(setting: String, test: String, verdict: Verdict) async throws {
    let rules = setting.split(separator: ";").map { "\($0);" }.joined(separator: "\n")
    let marking = """
      table ip marking {
        chain p { type filter hook prerouting priority -150; \(rules)
        }
        chain f { type filter hook forward priority 0; \(test) drop; }
      }
      """
    #expect(try await trace(Self.service + marking).verdict == verdict)
  }

  // MARK: - What is not known

  @Test(
    "An expression that kpx cannot decide makes the verdict uncertain, and never an acceptance",
    arguments: [
      "socket transparent 1 drop", "osf name \"Linux\" drop", "meta mark set jhash ip saddr mod 2 meta mark 1 drop",
    ])
  func undecided(rule: String) async throws {
    let guarded = "table ip guard { chain f { type filter hook prerouting priority -140; \(rule)\n }\n }"
    let trace = try await trace(Self.service + guarded)
    #expect(trace.verdict == .uncertain || !trace.exceptions.isEmpty, "\(trace.verdict)")
    // And the rest of the trace is there.
    #expect(Set(trace.endpoints.map { "\($0.address)" }).isSuperset(of: ["10.0.1.1:8080", "10.0.1.2:8080"]))
  }

  // MARK: - The layout of 1.29

  /// As kube-proxy 1.29 wrote it: checks in chains of their own at the priority before nat, and sets for source ranges.
  private static let layout129 = """
    table ip kube-proxy {
      set firewall { type ipv4_addr . inet_proto . inet_service; }
      set firewall-allow { type ipv4_addr . inet_proto . inet_service . ipv4_addr; flags interval; }
      map no-endpoint-services { type ipv4_addr . inet_proto . inet_service : verdict; }
      map no-endpoint-nodeports { type inet_proto . inet_service : verdict; }
      map service-ips { type ipv4_addr . inet_proto . inet_service : verdict; }
      map service-nodeports { type inet_proto . inet_service : verdict; }
      chain reject-chain { reject; }
      chain mark-for-masquerade { mark set mark or 0x4000; }
      chain masquerading {
        mark and 0x4000 == 0 return
        mark set mark xor 0x4000
        masquerade fully-random
      }
      chain forward { ct state invalid drop; }
      chain endpoints-check {
        ip daddr . meta l4proto . th dport vmap @no-endpoint-services
        fib daddr type local ip daddr != 127.0.0.0/8 meta l4proto . th dport vmap @no-endpoint-nodeports
      }
      chain firewall-allow-check {
        ip daddr . meta l4proto . th dport . ip saddr @firewall-allow return
        drop
      }
      chain firewall-check { ip daddr . meta l4proto . th dport @firewall jump firewall-allow-check; }
      chain endpoint-1 { ip saddr 10.0.1.1 jump mark-for-masquerade; meta l4proto tcp dnat to 10.0.1.1:8080; }
      chain endpoint-2 { ip saddr 10.0.1.2 jump mark-for-masquerade; meta l4proto tcp dnat to 10.0.1.2:8080; }
      chain service-a {
        ip daddr 10.96.0.1 tcp dport 80 ip saddr != 10.0.0.0/16 jump mark-for-masquerade
        numgen random mod 2 vmap { 0 : goto endpoint-1, 1 : goto endpoint-2 }
      }
      chain external-a { jump mark-for-masquerade; goto service-a; }
      chain services {
        ip daddr . meta l4proto . th dport vmap @service-ips
        fib daddr type local ip daddr != 127.0.0.0/8 meta l4proto . th dport vmap @service-nodeports
      }
      chain filter-input { type filter hook input priority -101; ct state new jump endpoints-check; ct state new jump firewall-check; }
      chain filter-forward { type filter hook forward priority -101; ct state new jump endpoints-check; jump forward; ct state new jump firewall-check; }
      chain filter-output { type filter hook output priority -101; ct state new jump endpoints-check; ct state new jump firewall-check; }
      chain nat-prerouting { type nat hook prerouting priority dstnat; jump services; }
      chain nat-output { type nat hook output priority -100; jump services; }
      chain nat-postrouting { type nat hook postrouting priority srcnat; jump masquerading; }
    }
    add element ip kube-proxy service-ips { 10.96.0.1 . tcp . 80 : goto service-a, 203.0.113.1 . tcp . 80 : goto external-a }
    add element ip kube-proxy service-nodeports { tcp . 30080 : goto external-a }
    add element ip kube-proxy no-endpoint-services { 10.96.0.2 . tcp . 80 : goto reject-chain }
    add element ip kube-proxy no-endpoint-nodeports { tcp . 30081 : drop }
    add element ip kube-proxy firewall { 203.0.113.1 . tcp . 80 }
    add element ip kube-proxy firewall-allow { 203.0.113.1 . tcp . 80 . 192.0.2.10 }

    """

  @Test("The layout of 1.29: cluster address and node ports")
  func layout129() async throws {
    let cluster = try await trace(Self.layout129)
    #expect(cluster.verdict == .forward)
    #expect(shares(cluster) == ["10.0.1.1:8080": 0.5, "10.0.1.2:8080": 0.5])
    #expect(cluster.masquerade.words == "source outside 10.0.0.0/16")
    #expect(cluster.endpoints.allSatisfy { $0.isHairpinMasqueraded == true })

    let empty = try await trace(Self.layout129, "10.96.0.2:80/TCP")
    #expect(empty.verdict == .reject)

    // Node ports are there for all of the node's addresses but loopback ones.
    let nodePort = try await traces(Self.layout129, ":30080/TCP")
    #expect(nodePort.count == 1)
    #expect(nodePort.first?.verdict == .forward)
    #expect(nodePort.first?.frontend.address == nil)
    #expect(nodePort.first?.masquerade == .always)
    #expect(try await traces(Self.layout129, ":30081/TCP").first?.verdict == .drop)
    #expect(try await trace(Self.layout129, "192.0.2.11:30080/TCP").verdict == .forward)
  }

  @Test("The layout of 1.29: source ranges in sets, which what this node sends meets before it is translated")
  func ranges129() async throws {
    let balancer = try await trace(Self.layout129, "203.0.113.1:80/TCP")
    #expect(shares(balancer).keys.sorted() == ["10.0.1.1:8080", "10.0.1.2:8080"])
    // From this node only the allowed source gets through: the check stands before nat there.
    for endpoint in balancer.endpoints where endpoint.when?.text.contains("from this node") == true {
      #expect(endpoint.when?.text.contains("192.0.2.10") == true, "\(endpoint.when?.text ?? "")")
    }
    #expect(balancer.verdict == .forward)
  }

  // MARK: - Many addresses

  @Test("A node port on some of the node's many addresses is one frontend for each")
  func manyAddresses() async throws {
    let rules =
      Self.service + """
        table ip kube-proxy {
          set nodeport-ips { type ipv4_addr; }
          map service-nodeports { type inet_proto . inet_service : verdict; }
          chain services { ip daddr @nodeport-ips meta l4proto . th dport vmap @service-nodeports; }
        }
        add element ip kube-proxy service-nodeports { tcp . 30080 : goto service-a }
        add element ip kube-proxy nodeport-ips { 192.0.2.10 }

        """
    let one = try await traces(rules, ":30080/TCP")
    #expect(one.map(\.frontend.text) == ["192.0.2.10:30080/TCP"])
    let both = try await traces(rules + "add element ip kube-proxy nodeport-ips { 192.0.2.11 }\n", ":30080/TCP")
    #expect(both.allSatisfy { $0.verdict == .forward && shares($0).count == 2 })
    #expect([[nil], ["192.0.2.10", "192.0.2.11"]].contains(both.map { $0.frontend.address?.description }))
  }
}

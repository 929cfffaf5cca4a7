import Testing

@testable import Inspect

/// Little-endian bytes of a struct, field by field.
private struct Bytes {
  var bytes: [UInt8] = []

  static func u8(_ values: UInt8...) -> Bytes { Bytes(bytes: values) }
  static func u16(_ values: UInt16...) -> Bytes { integers(values) }
  static func u32(_ values: UInt32...) -> Bytes { integers(values) }
  static func u64(_ values: UInt64...) -> Bytes { integers(values) }
  static func be16(_ values: UInt16...) -> Bytes { integers(values.map(\.bigEndian)) }
  static func text(_ text: String, _ size: Int) -> Bytes {
    Bytes(bytes: Array(text.utf8) + [UInt8](repeating: 0, count: size - text.utf8.count))
  }
  /// union nf_inet_addr
  static func address(_ text: String) -> Bytes {
    let bytes = IPAddress(text)?.bytes ?? []
    return Bytes(bytes: bytes + [UInt8](repeating: 0, count: 16 - bytes.count))
  }
  static func zeros(_ count: Int) -> Bytes { Bytes(bytes: [UInt8](repeating: 0, count: count)) }

  private static func integers<T: FixedWidthInteger>(_ values: [T]) -> Bytes {
    Bytes(bytes: values.flatMap { value in withUnsafeBytes(of: value) { Array($0) } })
  }

  static func + (left: Bytes, right: Bytes) -> Bytes { Bytes(bytes: left.bytes + right.bytes) }

  /// As XT_ALIGN pads.
  var aligned: [UInt8] { bytes + [UInt8](repeating: 0, count: (8 - bytes.count % 8) % 8) }
}

private func match(_ name: String, _ revision: UInt8, _ bytes: [UInt8], _ family: IPFamily = .v4) -> Match {
  bytes.withUnsafeBytes {
    XTables.match(name: name, revision: revision, payload: $0, family: family) { $0 == 7 ? "hosts" : nil }
  }
}

private func action(_ name: String, _ revision: UInt8, _ bytes: [UInt8], _ family: IPFamily = .v4) -> Action {
  bytes.withUnsafeBytes {
    XTables.action(name: name, revision: revision, payload: $0, family: family) { _ in nil }
  }
}

private func text(_ match: Match) -> String { Rule(matches: [match], actions: []).text(chain: "X") }
private func text(_ action: Action) -> String { Rule(matches: [], actions: [action]).text(chain: "X") }

@Suite("Extensions of xtables")
struct XTablesTests {
  @Test("Revisions that iptables no longer writes are read, too")
  func olderRevisions() {
    let addresses = [
      "10.0.0.0", "255.0.0.0", "10.1.0.1", "255.255.255.255", "10.2.0.0", "255.255.0.0", "0.0.0.0", "0.0.0.0",
    ]
    .reduce(Bytes()) { $0 + .address($1) }
    let conntrack = addresses + .u32(1, 9) + .u16(6) + .be16(80, 0, 0, 443) + .u16(0x091d, 0x10)
    let expected =
      "-A X -m conntrack --ctstate NEW,ESTABLISHED --ctorigsrc 10.0.0.0/8 --ctorigdst 10.1.0.1 ! --ctreplsrc 10.2.0.0/16"
      + " --ctorigsrcport 80 --ctrepldstport 443"
    let first = match("conntrack", 1, (conntrack + .u8(0x0a, 0)).aligned)
    #expect(text(first) == expected)
    #expect(first == match("conntrack", 2, (conntrack + .u16(0x0a, 0)).aligned))

    #expect(text(match("state", 0, Bytes.u32(0x48).aligned)) == "-A X -m state --state NEW,UNTRACKED")
    #expect(
      text(match("addrtype", 0, Bytes.u16(4, 2).aligned.prefix(4) + Bytes.u32(1, 0).bytes))
        == "-A X -m addrtype ! --src-type LOCAL --dst-type UNICAST")
    #expect(
      text(match("multiport", 0, (Bytes.u8(1, 2) + .u16(80, 443) + .zeros(26)).aligned))
        == "-A X -m multiport --dports 80,443")
    #expect(
      text(match("recent", 0, (Bytes.u32(60, 0) + .u8(1, 0) + .text("LIST", 200) + .u8(1)).aligned))
        == "-A X -m recent --rcheck --seconds 60 --name LIST --mask 255.255.255.255 --rdest")
    #expect(
      text(match("nfacct", 0, (Bytes.text("count", 32) + .u64(0)).aligned)) == "-A X -m nfacct --nfacct-name  count")
  }

  @Test("Sets of every revision")
  func sets() {
    let flags = Bytes.u32(1 | 4, 2, 0, 0, 0, 0, 0)
    #expect(
      text(match("set", 0, (Bytes.u16(7, 0) + flags).aligned)) == "-A X -m set ! --match-set hosts src,dst")
    #expect(text(match("set", 1, (Bytes.u16(7) + .u8(2, 0b101)).aligned)) == "-A X -m set ! --match-set hosts dst,src")
    #expect(
      text(match("set", 2, (Bytes.u16(9) + .u8(1, 0x82)).aligned)) == "-A X -m set --match-set #9 src --return-nomatch")
    let third = Bytes.u16(7) + .u8(1, 2) + .u32(0) + .u64(1, 5, 4, 6) + .u32(8)
    #expect(
      text(match("set", 3, third.aligned))
        == "-A X -m set --match-set hosts src ! --update-counters --packets-eq 5 --bytes-gt 6")
    let fourth = Bytes.u16(7) + .u8(1, 2) + .u32(0) + .u64(5, 1, 6, 4) + .u32(8)
    #expect(match("set", 3, third.aligned) == match("set", 4, fourth.aligned))
  }

  @Test("The virtual services of IPVS")
  func ipvs() {
    let plain = Bytes.address("10.96.0.1") + .address("255.255.255.255") + .be16(80) + .u8(6, 0) + .be16(21)
    #expect(
      text(match("ipvs", 0, (plain + .u8(0x04, 0x7f)).aligned))
        == "-A X -m ipvs --vproto 6 ! --vaddr 10.96.0.1 --vport 80 --vdir ORIGINAL --vmethod MASQ --vportctl 21")
    #expect(text(match("ipvs", 0, (plain + .u8(0x01, 0x01)).aligned)) == "-A X -m ipvs ! --ipvs")
  }

  @Test("Translations of every revision and family")
  func translations() {
    let old = Bytes.u32(1, 3) + .address("10.0.0.1").prefix(4) + .address("10.0.0.1").prefix(4) + .be16(80, 80)
    let range = Bytes.u32(3) + .address("10.0.0.1") + .address("10.0.0.1") + .be16(80, 80)
    #expect(text(action("DNAT", 0, old.aligned)) == "-A X -j DNAT --to-destination 10.0.0.1:80")
    #expect(action("DNAT", 0, old.aligned) == action("DNAT", 1, range.aligned))
    #expect(action("DNAT", 1, range.aligned) == action("DNAT", 2, (range + .be16(0)).aligned))
    #expect(text(action("SNAT", 0, old.aligned)) == "-A X -j SNAT --to-source 10.0.0.1:80")
    #expect(
      text(action("MASQUERADE", 0, (Bytes.u32(1, 2) + .u32(0, 0) + .be16(1024, 2048)).aligned))
        == "-A X -j MASQUERADE --to-ports 1024-2048")
    let six = Bytes.u32(3) + .address("fd00::1") + .address("fd00::9") + .be16(80, 90)
    #expect(text(action("DNAT", 1, six.aligned, .v6)) == "-A X -j DNAT --to-destination [fd00::1-fd00::9]:80-90")
    #expect(
      text(action("MASQUERADE", 0, (Bytes.u32(0x10) + .zeros(36)).aligned, .v6)) == "-A X -j MASQUERADE --random-fully")
  }

  @Test("What tells targets of older kernels")
  func olderTargets() {
    #expect(
      text(action("CONNMARK", 1, (Bytes.u32(1, 0xff, 0xf0) + .u8(1)).aligned))
        == "-A X -j CONNMARK --save-mark --nfmask 0xf0 --ctmask 0xff")
    #expect(
      text(action("TPROXY", 0, (Bytes.u32(1, 2) + .address("10.0.0.1").prefix(4) + .be16(99)).aligned))
        == "-A X -j TPROXY --on-port 99 --on-ip 10.0.0.1 --tproxy-mark 0x2/0x1")
    #expect(
      text(action("CT", 0, (Bytes.u16(1, 0) + .u32(0, 0) + .text("ftp", 16) + .zeros(12)).aligned))
        == "-A X -j CT --notrack --helper ftp")
    let timed = Bytes.u16(0, 5) + .u32(0, 0) + .zeros(16) + .text("short", 32) + .zeros(12)
    #expect(text(action("CT", 2, timed.aligned)) == "-A X -j CT --timeout short --zone 5")
    #expect(text(action("NOTRACK", 0, [])) == "-A X -j CT --notrack")
    #expect(text(action("NFQUEUE", 0, Bytes.u16(3).aligned)) == "-A X -j NFQUEUE --queue-num 3")
    #expect(text(action("NFQUEUE", 1, Bytes.u16(3, 2).aligned)) == "-A X -j NFQUEUE --queue-balance 3:4")
    #expect(text(action("NFQUEUE", 2, Bytes.u16(3, 1, 1).aligned)) == "-A X -j NFQUEUE --queue-num 3 --queue-bypass")
  }

  @Test("What is not known keeps its name, revision and bytes")
  func unknown() {
    let bytes = Bytes.u32(0xdead_beef).aligned
    guard case .unknown(let unknown) = match("u32", 3, bytes) else {
      Issue.record("known")
      return
    }
    #expect(unknown == UnknownExtension(name: "u32", revision: 3, bytes: bytes, reason: "not known"))
    #expect(text(.unknown(unknown) as Match) == "-A X -m u32 [revision 3: efbeadde00000000]")
    #expect(isUnknown(match("tcp", 9, Bytes.zeros(16).aligned), because: "revision 9 is not known"))
    #expect(isUnknown(match("icmp", 0, Bytes.zeros(8).aligned, .v6), because: "not known"))
    #expect(isUnknown(match("tcp", 0, [0, 0, 0]), because: "3 bytes instead of 12"))
    #expect(isUnknown(match("tcp", 0, Bytes.zeros(24).aligned), because: "24 bytes instead of 12"))
  }

  @Test("Values out of range make an extension unknown")
  func outOfRange() {
    #expect(isUnknown(match("tcp", 0, (Bytes.u16(2, 1, 0, 1) + .zeros(4)).aligned), because: "empty range of ports"))
    #expect(isUnknown(match("statistic", 0, (Bytes.u16(2, 0) + .zeros(20)).aligned), because: "mode 2 is not known"))
    #expect(
      isUnknown(
        match("statistic", 0, (Bytes.u16(1, 0) + .u32(.max) + .zeros(16)).aligned), because: "interval out of range"))
    #expect(
      isUnknown(
        match("multiport", 1, (Bytes.u8(1, 16) + .zeros(46)).aligned), because: "side or count of ports out of range"))
    #expect(isUnknown(match("set", 1, (Bytes.u16(1) + .u8(7, 0)).aligned), because: "7 dimensions"))
    #expect(
      isUnknown(
        match("recent", 1, (Bytes.u32(0, 0) + .u8(3, 0) + .zeros(218)).aligned), because: "operation 3 is not known"))
  }

  @Test("Any bytes of any size are read or refused, for every extension")
  func anyBytes() {
    var random = SplitMix(state: 11)
    var known = 0
    for key in XTables.matches.keys.sorted(by: { "\($0)" < "\($1)" }) {
      for size in 0...340 {
        let bytes = (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
        let result = match(key.name, key.revision, bytes, key.family)
        if case .unknown(let unknown) = result { #expect(unknown.bytes == bytes) } else { known += 1 }
        #expect(text(result).hasPrefix("-A X -m "))
      }
    }
    for key in XTables.targets.keys.sorted(by: { "\($0)" < "\($1)" }) {
      for size in 0...100 {
        let bytes = (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
        let result = action(key.name, key.revision, bytes, key.family)
        if case .unknown(let unknown) = result { #expect(unknown.bytes == bytes) } else { known += 1 }
        #expect(text(result).hasPrefix("-A X -j "))
      }
    }
    #expect(known > 300)
  }

  @Test(
    "Probabilities print as printf rounds them",
    arguments: [
      (0, "0.00000000000"), (1, "0.00000000047"), (715_827_883, "0.33333333349"), (1_073_741_824, "0.50000000000"),
      (0x7fff_ffff, "0.99999999953"), (0x8000_0000, "1.00000000000"), (.max, "1.99999999953"),
    ] as [(UInt32, String)])
  func probability(numerator: UInt32, expected: String) {
    #expect(
      text(.statistic(.random(numerator: numerator, inverted: false)) as Match)
        == "-A X -m statistic --mode random --probability \(expected)")
  }

  private func isUnknown(_ match: Match, because reason: String) -> Bool {
    if case .unknown(let unknown) = match { unknown.reason == reason } else { false }
  }
}

extension Bytes {
  fileprivate func prefix(_ count: Int) -> Bytes { Bytes(bytes: Array(bytes.prefix(count))) }
}

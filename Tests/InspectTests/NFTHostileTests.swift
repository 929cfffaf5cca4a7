import CSys
import Testing

@testable import Inspect

#if canImport(Glibc)
  import Glibc
#endif

@Suite("Hostile bytes of nf_tables")
struct NFTHostileTests {
  @Test(
    "A message cut off anywhere is an error that names an offset, or a shorter rule", arguments: ["rules", "setelems"])
  func truncated(kind: String) throws {
    let bytes = try Array(NFTCapture(name: "yaobank-nftables-v1.34").raw(kind).prefix(3000))
    var errors = 0
    for length in 0..<bytes.count {
      do {
        try decodeAll(Array(bytes[..<length]))
      } catch KernelError.malformed(_, let offset, _) {
        #expect((0...length).contains(offset))
        errors += 1
      }
    }
    #expect(errors > bytes.count / 2)
  }

  @Test("Flipped and random bytes never trap", arguments: NFTCapture.nftables + [NFTCapture.iptables[2]])
  func flipped(capture: NFTCapture) throws {
    var random = SplitMix(state: 1)
    for kind in ["tables", "chains", "rules", "sets", "setelems"] {
      let original = try capture.raw(kind)
      let slice = Array(original.prefix(20_000))
      for _ in 0..<60 {
        var bytes = slice
        for _ in 0..<Int.random(in: 1...40, using: &random) where !bytes.isEmpty {
          bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        do { try decodeAll(bytes) } catch is KernelError {}
      }
    }
  }

  @Test("Attributes of length 0, and lists within lists, end")
  func empty() throws {
    for length in 0..<64 {
      let zeros = [UInt8](repeating: 0, count: length)
      do { try decodeAll(zeros) } catch is KernelError {}
      let ones = [UInt8](repeating: 0xff, count: length)
      do { try decodeAll(ones) } catch is KernelError {}
    }
  }

  /// Copying the word for each of its letters took minutes.
  @Test("A line of one long word is compared in time that grows with its length")
  func longWord() {
    func cost(_ length: Int) -> Double {
      let word = String(repeating: "a", count: length)
      let start = processorTime()
      #expect(OptionGroups("-A chain -j \(word)") == OptionGroups("-A chain -j \(word)"))
      #expect(OptionGroups("-A chain -j \(word)") != OptionGroups("-A chain -j \(word)b"))
      return processorTime() - start
    }
    let small = cost(1 << 15)
    #expect(cost(1 << 19) < 64 * max(small, 0.001))
  }

  /// Seconds of the calling thread.
  private func processorTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  @Test("What is not understood stays in its place, and poisons only what reads its register")
  func poison() throws {
    let rule = try decode([
      expression("exthdr", [(1, be(1)), (3, be(2))]),
      expression("cmp", [(1, be(1)), (2, be(0)), (3, nested([(1, [1, 2])]))]),
      expression("payload", [(1, be(1)), (2, be(1)), (3, be(16)), (4, be(4))]),
      expression("cmp", [(1, be(1)), (2, be(0)), (3, nested([(1, [10, 0, 0, 1])]))]),
      expression("strange", [(1, be(7))]),
      expression("cmp", [(1, be(1)), (2, be(0)), (3, nested([(1, [10, 0, 0, 1])]))]),
      expression("immediate", [(1, be(0)), (2, nested([(2, nested([(1, be(0))]))]))]),
    ])
    try #require(rule.matches.count == 2 && rule.actions.count == 3)
    guard case .unknown(let first) = rule.matches[0], case .destination(let test) = rule.matches[1],
      case .unknown(let strange) = rule.actions[0],
      case .native(.require(.unknown(let poisoned))) = rule.actions[1], rule.actions[2] == .drop
    else {
      Issue.record("\(rule)")
      return
    }
    #expect(first.name == "expression exthdr")
    #expect(test.prefix == IPPrefix("10.0.0.1"))
    #expect(strange.name == "strange")
    #expect(poisoned.name == "strange")
  }

  /// By hand, after include/uapi/linux/netfilter/nfnetlink_hook.h.
  @Test("A message of the kernel's hook list names the chain, and only one of nf_tables")
  func hookList() throws {
    func chain(kind: UInt32, family: UInt8) throws -> ChainReference? {
      let description = nested([(1, Array("wall\0".utf8)), (2, [family]), (3, Array("early\0".utf8))])
      let info = nested([(1, description), (2, be(kind))])
      let payload: [UInt8] = [2, 0, 0, 0] + nested([(1, be(0)), (4, Array("nft_do_chain_inet\0".utf8)), (6, info)])
      return try ChainReference(
        hook: NetlinkMessage(type: 0xc00, flags: 2, sequence: 1, payload: payload.span.bytes, offset: 0))
    }
    let wanted = Table(backend: .nft, family: nil, name: "wall")
    #expect(try chain(kind: 1, family: 1) == ChainReference(table: wanted, name: "early"))
    #expect(try chain(kind: 2, family: 1) == nil)
    #expect(try chain(kind: 1, family: 7) == nil)
  }

  /// Every decoder on every message of the bytes.
  private func decodeAll(_ bytes: [UInt8]) throws {
    try forEachMessage(bytes) { message in
      func attempt(_ body: () throws -> Void) throws {
        do { try body() } catch is KernelError {}
      }
      try attempt { _ = try NFTTable(message) }
      try attempt { _ = try NFTChain(message).base }
      try attempt { _ = try ChainReference(hook: message) }
      try attempt {
        let set = try NFTSet(message)
        _ = set.joined([])
      }
      try attempt {
        let set = NFTSet(table: table, name: "s", flags: [.interval, .map], keyLength: 12)
        let elements = set.joined(try NFTRawElement.list(message))
        _ = elements.map { NFTSetText.text($0, of: NFTLookup(set: set, key: .constant([1]))) }
      }
      try attempt {
        let decoder = NFTRuleDecoder(table: table) { name in
          name.hasPrefix("no") ? nil : NFTSet(table: table, name: name, flags: .map, keyLength: 12, dataLength: 8)
        }
        _ = try decoder.rule(message.netfilterAttributes(of: "rule")).nftText(in: table)
      }
      try attempt {
        let hint = RuleHint(destination: .v4(1), transport: .tcp)
        _ = try NFTHintFilter(hint, table: table).admits(message.netfilterAttributes(of: "rule"))
      }
    }
  }

  private let table = Table(backend: .nft, family: .v4, name: "t")

  private func decode(_ expressions: [[UInt8]]) throws -> Rule {
    let bytes = attribute(4, expressions.flatMap { attribute(1, $0) })
    return try NFTRuleDecoder(table: table) { _ in nil }.rule(NetlinkAttributes(bytes.span.bytes, of: "rule"))
  }

  private func expression(_ name: String, _ attributes: [(UInt16, [UInt8])]) -> [UInt8] {
    attribute(1, Array(name.utf8) + [0]) + attribute(2, nested(attributes))
  }

  private func nested(_ attributes: [(UInt16, [UInt8])]) -> [UInt8] { attributes.flatMap { attribute($0.0, $0.1) } }

  private func be(_ number: UInt32) -> [UInt8] { withUnsafeBytes(of: number.bigEndian, Array.init) }

  private func attribute(_ type: UInt16, _ value: [UInt8]) -> [UInt8] {
    let length = UInt16(value.count + 4)
    return [UInt8(length & 0xff), UInt8(length >> 8), UInt8(type & 0xff), UInt8(type >> 8)] + value
      + [UInt8](repeating: 0, count: -value.count & 3)
  }
}

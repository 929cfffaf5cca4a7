import TestSupport
import Testing

@testable import Inspect

/// The captures of a kube-proxy in IPVS mode.
let ipvsCaptures = ["lab-ipvs-v1.34", "lab-ipvs-v1.36", "yaobank-ipvs-v1.23", "yaobank-ipvs-strictarp-v1.34"]

/// A kernel's own answer, as a capture keeps it.
func rawAnswer(_ capture: String, _ name: String) throws -> [UInt8] {
  try Capture(capture).content("raw/\(name).bin")
}

/// Gives `body` the messages of an answer, of all its parts.
func forEachMessage(_ bytes: [UInt8], _ body: (NetlinkMessage) throws -> Void) throws {
  var messages = NetlinkMessages(bytes.span.bytes, reading: "a capture")
  while let message = try messages.next() { try body(message) }
}

/// What IPSET_CMD_LIST answered, in the lines of `ipset save`.
private func savedLines(_ bytes: [UInt8]) throws -> [String] {
  var lines: [String] = []
  var header: IPSetHeader?
  try forEachMessage(bytes) { message in
    // NLMSG_DONE
    guard message.type > 15 else { return }
    if let set = try IPSetDecoder.header(message) {
      header = set
      lines.append("create \(set.name) \(set.type) \(set.text)")
    }
    for entry in try IPSetDecoder.entries(message) {
      guard let header else { throw KernelError.malformed(reading: "ipsets", offset: 0, problem: "no set") }
      lines.append("add \(header.name) \(entry.text(in: header))")
    }
  }
  return lines
}

@Suite("Decoding ipsets")
struct IPSetDecoderTests {
  @Test("What the kernel said of a node's sets reads as ipset saved it", arguments: ipvsCaptures)
  func agreesWithSave(capture: String) throws {
    let lines = try savedLines(try rawAnswer(capture, "ipset"))
    let saved = try Fixtures.text("captures/\(capture)/ipset-save.txt").split(separator: "\n").map(String.init)
    #expect(lines.sorted() == saved.sorted())
    #expect(lines.count > 40)
  }

  @Test("Headers say how large a set is and how often it is used")
  func headers() throws {
    var headers: [String: IPSetHeader] = [:]
    try forEachMessage(try rawAnswer("lab-ipvs-v1.34", "ipset")) { message in
      guard message.type > 15 else { return }
      if let header = try IPSetDecoder.header(message) { headers[header.name] = header }
    }
    let sources = try #require(headers["KUBE-LOAD-BALANCER-SOURCE-IP"])
    #expect(sources.type == "hash:ip,port,ip" && sources.dimensions == [.ip, .port, .ip])
    #expect(sources.family == .v4 && sources.references == 1 && sources.elementCount == 1 && sources.memorySize == 264)
    #expect(headers["KUBE-6-CLUSTER-IP"]?.family == .v6)
  }

  @Test("Damaged answers are errors, never crashes")
  func damage() throws {
    let bytes = try rawAnswer("yaobank-ipvs-v1.23", "ipset")
    var failures = 0
    for end in stride(from: 0, to: bytes.count, by: 37) {
      if (try? savedLines(Array(bytes[..<end]))) == nil { failures += 1 }
    }
    #expect(failures > 50)
    var generator = SeededGenerator(seed: 4)
    for _ in 0..<2000 {
      var damaged = bytes
      for _ in 0..<4 {
        damaged[Int.random(in: 0..<damaged.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
      }
      _ = try? savedLines(damaged)
    }
  }
}

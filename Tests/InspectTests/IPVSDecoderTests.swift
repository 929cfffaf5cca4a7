import TestSupport
import Testing

@testable import Inspect

/// A capture's virtual services with their real servers.
private func virtualServices(_ capture: String) throws -> [VirtualService] {
  var services: [VirtualService] = []
  try forEachMessage(try rawAnswer(capture, "ipvs-services")) { message in
    if message.type > 15, let service = try IPVSDecoder.service(message) { services.append(service) }
  }
  // One dump for each service, in their order; NLMSG_DONE is type 3.
  var index = 0
  for service in services.indices { services[service].realServers = [] }
  try forEachMessage(try rawAnswer(capture, "ipvs-dests")) { message in
    guard message.type > 15 else {
      index += 1
      return
    }
    let server = try IPVSDecoder.realServer(message, family: services[index].key.family)
    services[index].realServers?.append(try #require(server))
  }
  #expect(index == services.count)
  return services
}

/// The numbers of a file of `ipvsadm -Ln --stats`, by what stands before them.
private func statistics(_ text: String) -> Set<String> {
  var service = ""
  var lines: Set<String> = []
  for line in text.split(separator: "\n").dropFirst(3) {
    let words = line.split(separator: " ").map(String.init)
    if words[0] != "->" { service = words[..<2].joined(separator: " ") }
    lines.insert("\(service) \(words.joined(separator: " "))")
  }
  return lines
}

extension IPVSStatistics {
  fileprivate var text: String { "\(connections) \(inPackets) \(outPackets) \(inBytes) \(outBytes)" }
}

@Suite("Decoding IPVS")
struct IPVSDecoderTests {
  @Test("What the kernel said of a node's virtual services reads as ipvsadm saved it", arguments: ipvsCaptures)
  func agreesWithSave(capture: String) throws {
    let lines = try virtualServices(capture).flatMap(\.saveText)
    let saved = try Fixtures.text("captures/\(capture)/ipvsadm-save.txt").split(separator: "\n").map(String.init)
    #expect(lines.sorted() == saved.sorted())
    #expect(lines.count > 20)
  }

  @Test("Counters are those that ipvsadm showed", arguments: ipvsCaptures)
  func agreesWithStatistics(capture: String) throws {
    var lines: Set<String> = []
    for service in try virtualServices(capture) {
      lines.insert("\(service.key) \(service.key) \(service.statistics.text)")
      for server in service.realServers ?? [] {
        lines.insert("\(service.key) -> \(server.address) \(server.statistics.text)")
      }
    }
    #expect(lines == statistics(try Fixtures.text("captures/\(capture)/ipvsadm-stats.txt")))
  }

  @Test("Damaged answers are errors, never crashes")
  func damage() throws {
    let services = try rawAnswer("yaobank-ipvs-v1.23", "ipvs-services")
    let servers = try rawAnswer("yaobank-ipvs-v1.23", "ipvs-dests")
    func decode(_ bytes: [UInt8]) throws {
      try forEachMessage(bytes) { message in
        _ = try IPVSDecoder.service(message)
        _ = try IPVSDecoder.realServer(message, family: .v6)
      }
    }
    #expect(throws: KernelError.self) { try decode(Array(services[..<100])) }
    var generator = SeededGenerator(seed: 4)
    for _ in 0..<2000 {
      for bytes in [services, servers] {
        var damaged = bytes
        for _ in 0..<4 {
          damaged[Int.random(in: 0..<damaged.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
        }
        _ = try? decode(damaged)
      }
    }
  }

  @Test("Forwarding methods, masks and flags have ipvsadm's words")
  func words() {
    var service = VirtualService(key: .mark(7, family: .v6), scheduler: "sh")
    service.flags = [.persistent, .onePacket, .scheduler2]
    service.timeout = 60
    service.persistenceLength = 64
    service.persistenceEngine = "sip"
    service.realServers = [
      RealServer(address: SocketAddress(.v4(0x0a00_0001), port: 0), method: .tunneling, weight: 3)
    ]
    #expect(
      service.saveText == [
        "-A -f 7 -6 -s sh -p 60 -M 64 --pe sip -o -b sh-port", "-a -f 7 -6 -r 10.0.0.1:0 -i -w 3 --tun-type ipip",
      ])
    #expect(
      (0...5).map { ForwardingMethod(number: $0).name } == ["Masq", "Local", "Tunnel", "Route", "Bypass", "method 5"])
  }
}

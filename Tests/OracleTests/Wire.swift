import CSys
import Inspect
import TestSupport

#if canImport(Glibc)
  import Glibc
#endif

/// What became of a packet.
enum Fate: Hashable {
  /// It left by an interface, as these bytes say; by a bridge, for one of its ports.
  case forwarded(interface: String, Datagram)
  /// A socket of the node had it. The destination's address is not known for IPv6.
  case delivered(Datagram)
  /// The sender was told, as `--reject-with` names it.
  case refused(String)
  case lost

  /// In one word.
  var name: String {
    switch self {
    case .forwarded: "forwarded"
    case .delivered: "delivered"
    case .refused: "refused"
    case .lost: "lost"
    }
  }
}

/// The cables of a node in the calling thread's network namespace: of each veth the end that is no node's.
///
/// Frames put into an end arrive at the node; what the node sends is caught there. Interfaces do no ARP, and the ends
/// have no addresses: nothing but what is sent moves.
final class Wire {
  private struct Cable {
    let name: String
    /// Of what hears frames there: the bridge's, for a port of one.
    let mac: [UInt8]
    let index: Int32
    /// Sees the other end.
    let socket: Int32
    let peer: Int32
  }
  private enum Ear {
    case frames(interface: String)
    /// Of a tunnel: what goes into it.
    case tunnel(interface: String)
    case ip
    case segments(TransportProtocol)
    case fence

    var isTunnel: Bool { if case .tunnel = self { true } else { false } }
  }
  private var cables: [Cable] = []
  private var ears: [(descriptor: Int32, ear: Ear)] = []
  private var senders: [IPFamily: Int32] = [:]
  private var fences: UInt32 = 0

  /// ETH_P_802_EX1, for experiments.
  private static let fenceType: UInt16 = 0x88b5

  /// - Parameters:
  ///   - pairs: the node's interfaces and the ends of their cables.
  ///   - tunnels: of these it is caught what goes into them, and not the packets around it.
  init(_ pairs: [(name: String, peer: String)], tunnels: [String] = []) throws {
    try stayOnOneProcessor()
    let links = try Links()
    for (name, peer) in pairs {
      guard let node = links[name], let end = links[peer] else { throw SetupError("no link \(name)") }
      let descriptor = try Self.socket(AF_PACKET, SOCK_RAW, 0)
      try Self.bind(descriptor, index: end.index, type: 0x0003)  // ETH_P_ALL
      let mac = node.bridge.flatMap { links[$0]?.mac } ?? node.mac
      cables.append(Cable(name: name, mac: mac, index: node.index, socket: descriptor, peer: end.index))
      ears.append((descriptor, .frames(interface: node.bridge ?? name)))
    }
    for name in tunnels {
      guard let link = links[name] else { continue }
      let descriptor = try Self.socket(AF_PACKET, SOCK_RAW, 0)
      try Self.bind(descriptor, index: link.index, type: 0x0003)
      ears.append((descriptor, .tunnel(interface: name)))
    }
    guard let first = cables.first else { throw SetupError("no cable") }
    let fence = try Self.socket(AF_PACKET, SOCK_RAW, 0)
    try Self.bind(fence, index: first.index, type: Self.fenceType)
    ears.insert((fence, .fence), at: 0)
    for transport in [TransportProtocol.icmp, .tcp, .udp, .sctp] {
      ears.append((try Self.socket(AF_INET, SOCK_RAW, Int32(transport.rawValue)), .ip))
    }
    for transport in [TransportProtocol.icmpv6, .tcp, .udp, .sctp] {
      ears.append((try Self.socket(AF_INET6, SOCK_RAW, Int32(transport.rawValue)), .segments(transport)))
    }
    // IPPROTO_RAW: the header is the sender's.
    senders = [.v4: try Self.socket(AF_INET, SOCK_RAW, 255), .v6: try Self.socket(AF_INET6, SOCK_RAW, 255)]
    for (descriptor, _) in ears {
      var size = Int32(8 << 20)
      setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &size, 4)
    }
  }

  deinit {
    for (descriptor, _) in ears { close(descriptor) }
    for descriptor in senders.values { close(descriptor) }
  }

  /// Frames are worked off in the order in which one processor was given them.
  private func stayOnOneProcessor() throws {
    let status = String(decoding: try readFile("/proc/thread-self/status") ?? [], as: UTF8.self)
    func field(_ name: String) -> Substring? {
      status.split(separator: "\n").first { $0.hasPrefix(name + ":") }?.split(separator: "\t").last
    }
    guard let thread = field("Pid"),
      let allowed = field("Cpus_allowed_list")?.split(whereSeparator: { ",-".contains($0) })
    else { return }
    try succeed(["taskset", "-p", "-c", String(allowed[0]), String(thread)])
  }

  /// The cables of the calling thread's network namespace, by how the ends that are no node's are called.
  static func cables(peersBegin prefix: String) throws -> [(name: String, peer: String)] {
    // `4: eth0@kpx-peer0: <…>`
    try succeed(["ip", "-oneline", "link"]).split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ")
      guard words.count > 1 else { return nil }
      let ends = words[1].dropLast().split(separator: "@").map(String.init)
      return ends.count == 2 && ends[1].hasPrefix(prefix) ? (ends[0], ends[1]) : nil
    }
  }

  // MARK: - Sending

  /// Sends one packet, by an interface of the node or from the node itself, and says what became of it.
  func send(_ datagram: Datagram, by interface: String?) throws -> Fate {
    try send([datagram], by: interface)[datagram.number] ?? .lost
  }

  /// The same of many at once, by their numbers; those that are missing were lost. Refusals are the last packet's.
  func send(_ datagrams: [Datagram], by interface: String?) throws -> [UInt32: Fate] {
    for datagram in datagrams {
      if let interface { try put(datagram.bytes, datagram.family, into: interface) } else { try emit(datagram) }
    }
    return try fates(of: datagrams)
  }

  private func put(_ packet: [UInt8], _ family: IPFamily, into interface: String) throws {
    guard let cable = cables.first(where: { $0.name == interface }) else { throw SetupError("no cable \(interface)") }
    try put(packet, type: family == .v4 ? 0x0800 : 0x86dd, into: cable)
  }

  private func put(_ payload: [UInt8], type: UInt16, into cable: Cable) throws {
    let frame = cable.mac + [2, 0, 0, 0, 0, 0x99] + Datagram.big(type) + payload
    guard Glibc.send(cable.socket, frame, frame.count, 0) == frame.count else {
      throw SetupError("cannot send a frame: \(String(cString: strerror(errno)))")
    }
  }

  /// From the node itself. What OUTPUT drops fails with EPERM.
  private func emit(_ datagram: Datagram) throws {
    guard let descriptor = senders[datagram.family] else { return }
    let bytes = datagram.bytes
    var sent = 0
    switch datagram.family {
    case .v4:
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      withUnsafeMutableBytes(of: &address.sin_addr) { $0.copyBytes(from: datagram.destination.address.bytes) }
      sent = Self.with(&address) { sendto(descriptor, bytes, bytes.count, 0, $0, $1) }
    case .v6:
      var address = sockaddr_in6()
      address.sin6_family = sa_family_t(AF_INET6)
      withUnsafeMutableBytes(of: &address.sin6_addr) { $0.copyBytes(from: datagram.destination.address.bytes) }
      sent = Self.with(&address) { sendto(descriptor, bytes, bytes.count, 0, $0, $1) }
    }
    let expected = [EPERM, ENETUNREACH, EHOSTUNREACH, EINVAL, ECONNREFUSED, EACCES]
    guard sent == bytes.count || expected.contains(errno) else {
      throw SetupError("cannot send \(datagram): \(String(cString: strerror(errno)))")
    }
  }

  // MARK: - Catching

  private func fates(of datagrams: [Datagram]) throws -> [UInt32: Fate] {
    let waited = try raiseFence()
    let wanted = Set(datagrams.map(\.number))
    var fates: [UInt32: Fate] = [:]
    var refusal: Fate?
    for (ear, caught) in try drain(untilFence: waited) {
      switch (ear, caught) {
      // A tunnel's ears come behind those of the cables, which have the same in another packet.
      case (.frames(let interface), .datagram(let datagram)) where wanted.contains(datagram.number),
        (.tunnel(let interface), .datagram(let datagram)) where wanted.contains(datagram.number):
        fates[datagram.number] = .forwarded(interface: interface, datagram)
      case (_, .datagram(let datagram)) where wanted.contains(datagram.number):
        fates[datagram.number] = .delivered(datagram)
      case (_, .refusal(let name)): refusal = .refused(name)
      default: continue
      }
    }
    // What a socket had and nobody listened for is refused by the stack, and not by a rule.
    if let last = datagrams.last?.number, fates[last] == nil { fates[last] = refusal }
    return fates
  }

  /// Sends a frame that comes behind all others.
  private func raiseFence() throws -> UInt32 {
    fences &+= 1
    let number = Datagram.big(UInt16(fences >> 16)) + Datagram.big(UInt16(fences & 0xffff))
    try put(number + [UInt8](repeating: 0, count: 46), type: Self.fenceType, into: cables[0])
    return fences
  }

  private func drain(untilFence fence: UInt32) throws -> [(Ear, Caught)] {
    var caught: [(Ear, Caught)] = []
    var isOver = false
    let started = Self.seconds
    while true {
      // The fence is the first: what is there when it has come is all there is.
      for (descriptor, ear) in ears {
        while let (bytes, source) = receive(descriptor, isTunnel: ear.isTunnel) {
          if case .fence = ear {
            if bytes.count >= 18, bytes[14..<18].reduce(0, { $0 << 8 | UInt32($1) }) == fence { isOver = true }
          } else if let message = read(bytes, ear, source) {
            caught.append((ear, message))
          }
        }
      }
      if isOver { return caught }
      guard Self.seconds - started < 10 else { throw SetupError("the fence did not come through") }
      var wait = pollfd(fd: ears[0].descriptor, events: Int16(POLLIN), revents: 0)
      poll(&wait, 1, 100)
    }
  }

  private func read(_ bytes: [UInt8], _ ear: Ear, _ source: IPAddress?) -> Caught? {
    switch ear {
    case .frames, .tunnel: Caught(ip: bytes.dropFirst(14))
    case .ip: Caught(ip: bytes[...])
    case .segments(let transport):
      Caught(
        transport: transport, segment: bytes[...], source: source ?? .any(.v6), destination: .any(.v6))
    case .fence: nil
    }
  }

  private func receive(_ descriptor: Int32, isTunnel: Bool) -> ([UInt8], IPAddress?)? {
    var buffer = [UInt8](repeating: 0, count: 2048)
    var from = [UInt8](repeating: 0, count: 128)
    var length = socklen_t(from.count)
    let count = from.withUnsafeMutableBytes { bytes in
      bytes.withMemoryRebound(to: sockaddr.self) {
        recvfrom(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT), $0.baseAddress, &length)
      }
    }
    guard count > 0 else { return nil }
    // struct sockaddr_ll: 10 bytes in is the packet's type; 4 is what this end itself sent.
    if from[0] == UInt8(AF_PACKET), from[10] == 4, !isTunnel { return ([], nil) }
    let isV6 = from[0] == UInt8(AF_INET6)
    let source = isV6 ? Array(from[8..<24]).withUnsafeBytes { IPAddress(bytes: $0, family: .v6) } : nil
    return (Array(buffer[..<count]), source)
  }

  // MARK: - Sockets

  private static var seconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  private static func socket(_ family: Int32, _ type: __socket_type, _ number: Int32) throws -> Int32 {
    let descriptor = Glibc.socket(family, Int32(type.rawValue) | Int32(SOCK_CLOEXEC.rawValue), number)
    guard descriptor >= 0 else { throw SetupError("no raw socket: \(String(cString: strerror(errno)))") }
    return descriptor
  }

  /// struct sockaddr_ll
  private static func bind(_ descriptor: Int32, index: Int32, type: UInt16) throws {
    var address = [UInt8](repeating: 0, count: 20)
    address[0] = UInt8(AF_PACKET)
    address.replaceSubrange(2..<4, with: Datagram.big(type))
    withUnsafeBytes(of: index) { address.replaceSubrange(4..<8, with: $0) }
    let result = address.withUnsafeMutableBytes { bytes in
      bytes.withMemoryRebound(to: sockaddr.self) { Glibc.bind(descriptor, $0.baseAddress, socklen_t(bytes.count)) }
    }
    guard result == 0 else { throw SetupError("cannot listen: \(String(cString: strerror(errno)))") }
  }

  private static func with<Address, Result>(
    _ address: inout Address, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
  ) -> Result {
    withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<Address>.size)) }
    }
  }
}

/// The links of the calling thread's network namespace, by name.
private struct Links {
  struct Link {
    var index: Int32
    var mac: [UInt8]
    /// That it is a port of.
    var bridge: String?
  }
  private var byName: [String: Link] = [:]

  init() throws {
    // `4: pod0@kpx-pod0: <…> … link/ether 02:…`
    for line in try succeed(["ip", "-oneline", "link"]).split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count > 2, let index = Int32(words[0].dropLast()),
        let place = words.firstIndex(of: "link/ether"), place + 1 < words.count
      else { continue }
      let name = String(words[1].prefix { $0 != "@" && $0 != ":" })
      let bridge = words.firstIndex(of: "master").map { String(words[$0 + 1]) }
      let mac = words[place + 1].split(separator: ":").compactMap { UInt8($0, radix: 16) }
      byName[name] = Link(index: index, mac: mac, bridge: bridge)
    }
  }

  subscript(name: String) -> Link? { byName[name] }
}

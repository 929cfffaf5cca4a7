import CSys
import TestSupport

@testable import Inspect

#if canImport(Glibc)
  import Glibc
#endif

/// The kernel's own account of the rules of nf_tables that packets meet (`nft monitor trace`), in the network namespace of
/// the calling thread.
final class KernelTrace {
  /// A rule whose tests all held.
  struct MetRule: Hashable, CustomStringConvertible {
    var family: UInt8
    var table: String
    var chain: String
    var handle: UInt64

    var description: String { "\(family) \(table) \(chain) \(handle)" }
  }

  /// Makes the kernel tell of every packet. It has a table of its own, in front of all others.
  static let table = "kpx-trace"
  static let rules = """
    table inet \(table) {
      chain arriving { type filter hook prerouting priority -450; meta nftrace set 1; }
      chain sent { type filter hook output priority -450; meta nftrace set 1; }
    }
    """

  private let socket: Int32

  init() throws {
    // NETLINK_NETFILTER; NETLINK_ADD_MEMBERSHIP of NFNLGRP_NFTRACE
    socket = Glibc.socket(AF_NETLINK, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 12)
    var group: Int32 = 9
    var size: Int32 = 4 << 20
    // Without an address of its own it would count as the kernel's, which is not told what it tells.
    var address = sockaddr_nl()
    address.nl_family = sa_family_t(AF_NETLINK)
    let isBound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(socket, $0, socklen_t(MemoryLayout<sockaddr_nl>.size)) == 0
      }
    }
    guard isBound, setsockopt(socket, 270, 1, &group, 4) == 0,
      setsockopt(socket, SOL_SOCKET, SO_RCVBUFFORCE, &size, 4) == 0
    else { throw SetupError("the kernel's traces cannot be had: \(String(cString: strerror(errno)))") }
  }

  deinit { close(socket) }

  /// Passes over what was told, and over what was too much to be kept.
  func forget() {
    while true { if (try? told()) != nil { return } }
  }

  /// The rules that a packet met, in order, of those that were told of since this was asked last.
  func rules(of datagram: Datagram) throws -> [MetRule] {
    let events = try told()
    // What goes to the node itself by lo is another packet to the kernel when it comes back.
    let ids = Set(events.filter { $0.isOf(datagram) }.map(\.id))
    return events.filter { ids.contains($0.id) }.compactMap(\.rule).filter { $0.table != Self.table }
  }

  private func told() throws -> [Event] {
    var events: [Event] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let length = recv(socket, &buffer, buffer.count, Int32(MSG_DONTWAIT))
      if length < 0, errno == EAGAIN { return events }
      guard length > 0 else { throw SetupError("a trace was lost: \(String(cString: strerror(errno)))") }
      events += messages(buffer[..<length]).map(event)
    }
  }

  private struct Event {
    /// What the kernel calls the packet by.
    var id: UInt32 = 0
    /// nil: a chain's end.
    var rule: MetRule?
    /// The first that is told of a packet bears its headers.
    var network: [UInt8] = []
    var transport: [UInt8] = []

    func isOf(_ datagram: Datagram) -> Bool {
      let source = datagram.source
      let place = source.address.family == .v4 ? 12 : 8
      return network.dropFirst(place).starts(with: source.address.bytes)
        && transport.starts(with: [UInt8(source.port >> 8), UInt8(source.port & 0xff)])
    }
  }

  /// The family of struct nfgenmsg, which is the table's, and the attributes after it.
  private func messages(_ bytes: ArraySlice<UInt8>) -> [(family: UInt8, attributes: ArraySlice<UInt8>)] {
    var rest = bytes
    var found: [(family: UInt8, attributes: ArraySlice<UInt8>)] = []
    while rest.count >= 20 {
      let length = min(Int(number(rest.prefix(4), UInt32.self)), rest.count)
      guard length >= 20 else { break }
      found.append((rest[rest.startIndex + 16], rest.prefix(length).dropFirst(20)))
      rest = rest.dropFirst((length + 3) & ~3)
    }
    return found
  }

  private func event(_ family: UInt8, _ attributes: ArraySlice<UInt8>) -> Event {
    var rest = attributes
    var event = Event()
    var type: UInt32 = 0
    var rule = MetRule(family: family, table: "", chain: "", handle: 0)
    while rest.count >= 4 {
      let length = Int(number(rest.prefix(2), UInt16.self))
      guard length >= 4, length <= rest.count else { break }
      let value = rest.prefix(length).dropFirst(4)
      // NFTA_TRACE_*
      switch number(rest.dropFirst(2).prefix(2), UInt16.self) & 0x3fff {
      case 1: rule.table = text(value)
      case 2: rule.chain = text(value)
      case 3: rule.handle = UInt64(bigEndian: number(value, UInt64.self))
      case 4: type = UInt32(bigEndian: number(value, UInt32.self))
      case 6: event.id = number(value, UInt32.self)
      case 8: event.network = Array(value)
      case 9: event.transport = Array(value)
      default: break
      }
      rest = rest.dropFirst((length + 3) & ~3)
    }
    // NFT_TRACETYPE_RULE, and NFT_TRACETYPE_RETURN, which is what Linux 5.10 tells of a rule with that verdict; a chain's
    // end, of the same type, has no handle.
    event.rule = (type == 2 || type == 3) && rule.handle != 0 ? rule : nil
    return event
  }

  private func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }

  private func number<Value: FixedWidthInteger>(_ bytes: ArraySlice<UInt8>, _ type: Value.Type) -> Value {
    bytes.reversed().reduce(0) { $0 << 8 | Value($1) }
  }
}

extension Branch {
  /// Whether the kernel told of the same rules. What comes back by lo with another source is not known again.
  func agrees(with met: [KernelTrace.MetRule], _ trial: Trial) -> Bool {
    let rules = rulesOfNFTables
    if trial.interface == nil, end != .forwarded, packet.sourceTranslation != .none { return rules.starts(with: met) }
    return rules == met
  }

  /// The rules of nf_tables on the way, as the kernel would tell them.
  var rulesOfNFTables: [KernelTrace.MetRule] {
    steps.compactMap(\.rule).compactMap { step in
      guard step.chain.table.backend == .nft, let handle = step.rule.handle,
        step.chain.table.name != KernelTrace.table
      else { return nil }
      return KernelTrace.MetRule(
        family: step.chain.table.protocolFamily, table: step.chain.table.name, chain: step.chain.name, handle: handle)
    }
  }
}

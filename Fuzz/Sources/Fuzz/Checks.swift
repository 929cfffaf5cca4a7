@testable import Inspect
@testable import kpx

// What must hold of an answer, whatever was decoded.

/// A terminal that breaks lines, as an operator's does.
let terminal = Terminal(width: 80, hasColor: false)

/// Runs a decoder, which may refuse its input by an error of its own.
func attempt(_ body: () throws -> Void) {
  do {
    try body()
  } catch {
    // An error is shown, too.
    checkPrintable(printable("\(error)"))
  }
}

/// Text that goes to a terminal has nothing in it that a terminal would obey.
func checkPrintable(_ text: String) {
  for scalar in text.unicodeScalars where scalar.isUnsafeToPrint && scalar != "\n" {
    fatalError("U+\(String(scalar.value, radix: 16)) is printed")
  }
}

/// A document is JSON, and neither it nor its YAML has what a terminal would obey.
func check(_ document: Document) {
  let json = document.json
  checkPrintable(json)
  checkPrintable(document.yaml)
  let count = try? Array(json.utf8).withUnsafeBytes { try JSONDocuments.ranges(in: $0).count }
  if count != 1 { fatalError("this is printed as JSON: \(json)") }
}

/// A trace in all its forms.
func check(_ found: ServiceTrace) {
  let trace = Trace(found, api: nil)
  for isWide in [false, true] {
    let text = TraceText(trace, terminal: terminal, isWide: isWide)
    checkPrintable(text.text + text.remarks)
  }
  attempt { check(try Document(trace)) }
  for endpoint in trace.frontends.flatMap(\.endpoints) {
    if let share = endpoint.share, !(0...1.000_001).contains(share) { fatalError("a share of \(share)") }
  }
}

/// A node of what was decoded.
final class FuzzedNode: Node {
  let filter: any PacketFilter
  let maps: any NFTSets
  let tables: any RuleTables
  let localAddresses: [IPPrefix]? = [IPPrefix(.v4(0x7f00_0000), length: 8)]

  init(
    _ filter: any PacketFilter, maps: any NFTSets = NoNFTSets(),
    tables: any RuleTables = BothKindsOfTables(legacy: nil, nft: nil)
  ) {
    self.filter = filter
    self.maps = maps
    self.tables = tables
  }
}

/// Lists all services that rules have, and traces an address and the first of the list through them.
func trace(_ node: any Node, cluster: ClusterSnapshot? = nil) {
  var request = TraceRequest(target: .address(.v4(0x0a60_0001), port: 443, transport: .tcp))
  request.context.cluster = cluster
  var targets = [request.target]
  attempt {
    let list = try ServiceTracer.list(namespace: nil, request.context, node)
    let table = ServiceTable(list.items.flatMap(\.rows), terminal: terminal, isWide: true, onlyProblems: false)
    checkPrintable(table.heading + list.items.map { table.lines(of: $0) }.joined())
    checkPrintable(ServiceListText(list, terminal: terminal, isWide: true).remarks)
    check(try Document(list))
    for frontend in list.items.flatMap(\.frontends).prefix(2) {
      targets.append(
        frontend.address.map { .address($0, port: frontend.port, transport: frontend.transport) }
          ?? .nodePort(frontend.port, transport: frontend.transport))
    }
  }
  for target in targets {
    request.target = target
    attempt { check(try ServiceTracer.trace(request, node)) }
  }
}

/// Netlink messages of a datagram, one by one, as far as they are whole.
func forEachMessage(_ input: UnsafeRawBufferPointer, _ body: (NetlinkMessage) -> Void) {
  attempt {
    var messages = NetlinkMessages(RawSpan(_unsafeBytes: input), reading: "messages")
    while let message = try messages.next() {
      checkPrintable(printable((try? message.errorText) ?? ""))
      body(message)
    }
  }
}

/// What must be found, by the first byte: the way to know that findings are.
func beBroken(_ input: UnsafeRawBufferPointer) {
  switch input.first {
  case UInt8(ascii: "r"):
    let behind = input.baseAddress?.load(fromByteOffset: input.count, as: UInt8.self)
    checkPrintable("\(behind ?? 0)")
  case UInt8(ascii: "o"):
    checkPrintable("\(input[1...].loadUnaligned(fromByteOffset: input.count - 1, as: UInt8.self))")
  case UInt8(ascii: "l"): while processorTime() < 3 {}
  case UInt8(ascii: "m"): checkPrintable("\([UInt8](repeating: 1, count: 1 << 27).count)")
  case UInt8(ascii: "p"): checkPrintable(String(decoding: input, as: UTF8.self))
  default: break
  }
}

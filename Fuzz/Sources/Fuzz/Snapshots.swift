import Glibc

@testable import Inspect
@testable import kpx

/// A snapshot, uncompressed, and what a node answers that is made of it. gzip itself is zlib's.
func fuzzSnapshot(_ input: UnsafeRawBufferPointer) {
  var path = Array("/tmp/kpx-fuzz-XXXXXX".utf8CString)
  let file = mkstemp(&path)
  unlink(path)
  guard file >= 0, write(file, input.baseAddress, input.count) == input.count else { fatalError("no file to write to") }
  defer { close(file) }
  attempt {
    do {
      let snapshot = try NodeSnapshot(path: "/proc/self/fd/\(file)")
      let node = try SavedNode(snapshot.members)
      let addresses = [IPAddress.v4(0x0a60_0001), .v4(0x0a01_0207), .v6(high: 0, low: 1)]
      for source in addresses {
        for destination in addresses where destination.family == source.family {
          attempt {
            var packet = Packet(
              transport: .tcp, family: source.family, destination: .known(destination), destinationPort: 80)
            packet.source = .known(source)
            _ = try node.routing.route(packet)
            _ = try node.routing.departure(of: packet)
            _ = try node.routing.way(to: destination)
            _ = try node.interfaces(leadingTo: [destination])
          }
        }
      }
      attempt { try node.connections.forEach(ConnectionFilter(.v4)) { _ in } }
      _ = node.listeners(at: 80, .tcp)
      trace(node, cluster: snapshot.cluster)
    } catch let error as SnapshotError {
      checkPrintable(printable(error.description))
    }
  }
}

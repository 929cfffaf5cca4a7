import TestSupport
import Testing

/// What sources do, as their text shows.
@Suite("Who opens files and sockets")
struct OpeningTests {
  private static let sources =
    "\(#filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 })/Sources/Inspect"

  /// Folders whose task it is: the machine itself, saved ones, pods by their runtimes and processes, the API's credentials
  /// and dumps; a session, which says which of them to open; and what asks other machines.
  private static let opening = ["Kernel", "Pods", "Cluster/Access", "Snapshot", "Session", "Fleet"]

  /// Calls of the C library's, of CSys, and of what is built on them.
  private static let primitives =
    #"(Glibc\.(open|read)|[^.a-zA-Z_](open|openat|opendir|fopen|socket|access|stat|uname|if_nametoindex)|csys_[a-z_]+"#
    + #"|(NetlinkSockets?|RouteSocket|LegacySocket|NamespaceReader|NFTReader|IPSetReader|IPVSReader|ChildProcess))\("#
    + #"|NodeFile\.|Sysctl\.|LocalHTTP\.|LocalAddresses\.|LiveNode|KernelModule\."#

  /// The lines of a folder's sources that name a primitive, comments and declarations of cases left out.
  private func lines(_ folder: String) throws -> [String] {
    let found = try runTool(["grep", "-rnE", "--include=*.swift", Self.primitives, "\(Self.sources)/\(folder)"])
    return found.text.split(separator: "\n").map(String.init).filter { line in
      let code = line.split(separator: ":", maxSplits: 2).last?.drop { $0 == " " } ?? ""
      return !code.hasPrefix("//") && !code.contains("case open(")
    }
  }

  @Test("Only a node, what looks after pods, what reads credentials, a snapshot and a session open a file or a socket")
  func nobodyElse() throws {
    let all = try lines("")
    let others = all.filter { line in !Self.opening.contains { line.contains("/Inspect/\($0)/") } }
    #expect(others == [])
    // The pattern finds those that do.
    for folder in Self.opening { #expect(try !lines(folder).isEmpty, "\(folder)") }
  }
}

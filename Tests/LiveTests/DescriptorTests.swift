import CSys
import TestSupport
import Testing

@testable import Inspect

#if canImport(Glibc)
  import Glibc
#endif

@Suite("What is opened to ask the kernel or a runtime is closed after the answer")
struct DescriptorTests {
  @Test("Sockets of netlink, and those who hold one")
  func netlink() throws {
    let left = try descriptorsLeft {
      _ = try NetlinkSocket(NETLINK_ROUTE, reading: "nothing")
      var socket = try RouteSocket()
      _ = try socket.links(withStatistics: false)
      do {
        _ = try socket.namespaceID(of: 0)
        Issue.record("standard input is a network namespace")
      } catch KernelError.refused {}
      _ = try LiveRouting().interface(leadingTo: .v4(0x7f00_0001))
    }
    #expect(left == [])
  }

  @Test("Files that were read, one that is none, and one that is not there")
  func file() throws {
    let left = try descriptorsLeft {
      #expect(NodeFile.contains("/proc/self/status") { $0.starts(with: "Pid:".utf8) } == true)
      #expect(NodeFile.contains("/proc/self/status") { $0.starts(with: "none".utf8) } == false)
      #expect(NodeFile.contains("/proc/none") { _ in true } == nil)
      #expect(NodeFile.read("/proc/self/status", limit: 4) == Array("Name".utf8))
      #expect(throws: FileError.notRegular) { try NodeFile.content("/proc/self", limit: 1) }
      _ = KernelModule.nfTables.isPresent
    }
    #expect(left == [])
  }

  @Test("Network namespaces, entered or asked", .enabled(if: canMakeNetworkNamespaces, "needs root"))
  func namespaces() async throws {
    try await withPrivateNetworkNamespace { node in
      let path = node.path
      let left = try descriptorsLeft {
        _ = try NetworkNamespace(path).run {
          var socket = try RouteSocket()
          return try socket.links(withStatistics: false).count
        }
        #expect(throws: KernelError.self) { _ = try NetworkNamespace("none-of-this-name") }
        #expect(throws: KernelError.self) { _ = try NetworkNamespace("/etc/passwd") }
        let reader = try NamespaceReader()
        let id = reader.nodeNamespace
        let reference = NamespaceReference(path: path, id: try #require(id))
        _ = try reader.readInside([reference], withStatistics: false)
      }
      #expect(left == [])
    }
  }

  @Test("Everything that reads rules", .enabled(if: canMakeNetworkNamespaces, "needs root"))
  func rules() async throws {
    try await withPrivateNetworkNamespace { node in
      try node.must("iptables-nft", "-t", "nat", "-A", "PREROUTING", "-p", "tcp", "-j", "RETURN")
      try node.must("iptables-legacy", "-t", "nat", "-A", "PREROUTING", "-p", "tcp", "-j", "RETURN")
      let left = try descriptorsLeft {
        _ = try LegacySocket(.v4)
        _ = try LegacyTable.read(family: .v4, name: "nat")
        #expect(throws: KernelError.self) { _ = try LegacySocket(.v4).snapshot(of: "none") }
        #expect(throws: MissingKubeProxy.self) {
          try ServiceTracer.trace(TraceRequest(target: TraceTarget("10.9.9.9:80")), LiveNode())
        }
      }
      #expect(left == [])
    }
  }

  @Test(
    "A runtime that never answers, and one that says nothing worth hearing",
    arguments: ["containerd.sock", "docker.sock"])
  func runtime(name: String) throws {
    let folder = try ScratchDirectory()
    let listener = try UnixListener("\(folder.path)/\(name)")
    let endpoint = RuntimeEndpoint(listener.path)
    let sandbox = RuntimeSandbox(id: "cafe", name: NamespacedName("", ""), uid: "", isReady: true, createdAt: 0)
    let left = try descriptorsLeft {
      #expect(throws: RuntimeError.noAnswer(seconds: 0.1)) { try endpoint.list(within: Deadline(seconds: 0.1)) }
      #expect(throws: RuntimeError.noAnswer(seconds: 0.1)) {
        var answers: [RuntimeSandbox] = []
        try endpoint.details(of: [sandbox], within: Deadline(seconds: 0.1), into: &answers)
      }
    }
    #expect(left == [])
    let closed = RuntimeEndpoint("\(folder.path)/none-\(name)")
    let leftByNone = try descriptorsLeft {
      #expect(throws: RuntimeError.notConnected) { try closed.list(within: Deadline(seconds: 1)) }
    }
    #expect(leftByNone == [])
  }
}

/// A unix socket that takes connections and never says a word: nobody accepts them.
private final class UnixListener: Sendable {
  let path: String
  private let descriptor: Int32

  init(_ path: String) throws(SetupError) {
    self.path = path
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
    let bound = withUnsafeBytes(of: &address) { bytes in
      bytes.baseAddress.map {
        bind(descriptor, $0.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
      }
    }
    guard bound == 0, listen(descriptor, 64) == 0 else { throw SetupError("cannot listen at \(path)") }
  }

  deinit { close(descriptor) }
}

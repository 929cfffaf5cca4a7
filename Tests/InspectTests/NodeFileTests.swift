import TestSupport
import Testing

@testable import Inspect

#if canImport(Glibc)
  import Glibc
#endif

@Suite("Files that are opened by name")
struct NodeFileTests {
  @Test("A regular file is read whole, up to its limit; a pipe, a folder and a device are none")
  func kinds() throws {
    let folder = try ScratchDirectory()
    let file = try folder.write("file", "text")
    #expect(try NodeFile.content(file, limit: 4).bytes == Array("text".utf8))
    #expect(try NodeFile.content(file, limit: 4).owner == geteuid())
    #expect(throws: FileError.tooLarge(limit: 3)) { try NodeFile.content(file, limit: 3) }
    #expect(NodeFile.read(file, limit: 2) == Array("te".utf8))
    let pipe = try folder.pipe("pipe")
    for path in [pipe, folder.path, "/dev/zero", "/dev/null"] {
      #expect(throws: FileError.notRegular) { try NodeFile.content(path, limit: 4) }
      #expect(NodeFile.read(path, limit: 4) == nil)
      #expect(NodeFile.contains(path) { _ in true } == nil)
      #expect(NodeFile.namespace(path) == nil)
    }
    #expect(throws: FileError.system(errno: ENOENT)) { try NodeFile.content("\(file)-none", limit: 4) }
  }

  @Test("A dump may come through a pipe, until a point in time; a pipe in a folder of dumps may not")
  func dumps() throws {
    let folder = try ScratchDirectory()
    let pipe = try folder.pipe("pipe.json")
    let start = ContinuousClock.now
    #expect(throws: ClusterDumpError.file(path: pipe, .timedOut)) {
      try ClusterSnapshot.load(path: pipe, deadline: .now + .milliseconds(200))
    }
    #expect(throws: ClusterDumpError.file(path: pipe, .notRegular)) { try ClusterSnapshot.load(path: folder.path) }
    #expect(start.duration(to: .now) < .seconds(2))
    let dump = #"{"kind":"ServiceList","items":[{"metadata":{"name":"a","namespace":"b"},"spec":{}}]}"#
    // In two parts, the second one late.
    let writer = "{ printf %s \"${0:0:20}\"; sleep 0.3; printf %s \"${0:20}\"; } > \"$1\" & exec true"
    _ = try runTool(["bash", "-c", writer, dump, pipe])
    #expect(try ClusterSnapshot.load(path: pipe, deadline: .now + .seconds(20)).services.count == 1)
  }

  @Test("Nothing but a namespace is entered, and a pipe in its place makes nobody wait")
  func namespaces() throws {
    let folder = try ScratchDirectory()
    let pipe = try folder.pipe("pipe")
    for path in [pipe, try folder.write("file", ""), folder.path, "/proc/self/status"] {
      #expect(throws: KernelError.unavailable("\(path) is no network namespace")) { _ = try NetworkNamespace(path) }
    }
    _ = try NetworkNamespace("/proc/self/ns/net")
  }
}

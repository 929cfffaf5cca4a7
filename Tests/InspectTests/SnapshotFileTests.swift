import FoundationEssentials
import TestSupport
import Testing

@testable import Inspect

@Suite("A snapshot's file is whole, or it is refused with a sentence")
struct SnapshotFileTests {
  private static let manifest = SnapshotManifest(
    created: 1_700_000_000, program: "test", node: SnapshotManifest.Node(name: "node1", host: "node1"),
    hasConnections: false, gaps: [], members: [])

  private func withFolder<Value>(_ body: (String) throws -> Value) throws -> Value {
    let path = String(try runTool(["mktemp", "-d", "/tmp/kpx-test-XXXXXX"]).text.dropLast())
    defer { _ = try? runTool(["rm", "-r", path]) }
    return try body(path)
  }

  private func write(_ path: String, _ members: [(String, [UInt8])]) throws {
    var writer = try SnapshotWriter(creating: path, time: 1_700_000_000)
    for (name, bytes) in members { try writer.append(name, bytes) }
    try writer.finish(Self.manifest)
  }

  private func abandon(_ path: String) throws {
    let writer = try SnapshotWriter(creating: path, time: 0)
    writer.abandon()
  }

  /// Somebody else makes the file meanwhile.
  private func finishLate(_ path: String) throws {
    let writer = try SnapshotWriter(creating: path, time: 0)
    try #require(try runTool(["touch", path]).status == 0)
    try writer.finish(Self.manifest)
  }

  /// The sentence with which a file is refused; nil where it is read.
  private func refusal(_ path: String) -> String? {
    do throws(SnapshotError) {
      _ = try NodeSnapshot(path: path)
      return nil
    } catch {
      return error.description
    }
  }

  /// What tar made, of members that a program of kpx would not make.
  private func archive(_ folder: String, _ headers: [(TarEntry, [UInt8])]) throws -> String {
    var bytes: [UInt8] = []
    for (entry, content) in headers {
      bytes += entry.header(time: 0) + content + [UInt8](repeating: 0, count: entry.padding)
    }
    let path = "\(folder)/made.kpx"
    try #require(try runTool(["tee", path], input: bytes + TarEntry.end).status == 0)
    return path
  }

  @Test("What is written is read back, and other programs can open it")
  func roundTrip() throws {
    try withFolder { folder in
      let path = "\(folder)/a.kpx"
      let content: [UInt8] = (0..<70_000).map { UInt8(truncatingIfNeeded: $0 * $0) }
      try write(path, [("kernel/a.bin", content), ("kernel/empty.bin", [])])
      let snapshot = try NodeSnapshot(path: path)
      #expect(snapshot.members["a.bin"] == content && snapshot.members["empty.bin"] == [])
      #expect(snapshot.manifest.node.name == "node1" && snapshot.cluster == nil)
      #expect(snapshot.manifest.members.map(\.path) == ["kernel/a.bin", "kernel/empty.bin"])
      let listed = try runTool(["tar", "tzf", path])
      #expect(listed.status == 0 && listed.text == "kernel/a.bin\nkernel/empty.bin\nmanifest.json\n", "\(listed.text)")
      #expect(try runTool(["ls", "-A", folder]).text == "a.kpx\n")
    }
  }

  @Test("Nothing is written over, through a link or where no folder is, and nothing is left behind")
  func refusesToOverwrite() throws {
    try withFolder { folder in
      try #require(
        try runTool([
          "sh", "-c", "cd \(folder) && echo precious > target && ln -s target link && ln -s nowhere dangling",
        ]).status == 0)
      for name in ["target", "link", "dangling", "none/a.kpx", ""] {
        #expect(throws: SnapshotError.notWritten(path: "\(folder)/\(name)", errno: name == "none/a.kpx" ? 2 : 17)) {
          try abandon("\(folder)/\(name)")
        }
      }
      try abandon("\(folder)/abandoned.kpx")
      #expect(throws: SnapshotError.notWritten(path: "\(folder)/late.kpx", errno: 17)) {
        try finishLate("\(folder)/late.kpx")
      }
      #expect(try runTool(["ls", "-A", folder]).text == "dangling\nlate.kpx\nlink\ntarget\n")
      #expect(try runTool(["cat", "\(folder)/target"]).text == "precious\n")
    }
  }

  @Test("A file that is cut off or changed anywhere is refused")
  func damaged() throws {
    try withFolder { folder in
      let path = "\(folder)/a.kpx"
      var generator = SeededGenerator(seed: 1)
      let noise = (0..<5000).map { _ in UInt8.random(in: 0...255, using: &generator) }
      try write(path, [("kernel/a.bin", noise)])
      let whole = try #require(try readFile(path))
      for length in stride(from: 0, to: whole.count, by: 97) {
        let cut = "\(folder)/cut"
        try #require(try runTool(["tee", cut], input: Array(whole.prefix(length))).status == 0)
        #expect(refusal(cut) != nil, "\(length) of \(whole.count) bytes")
      }
      // Behind gzip's header, whose name, time and system do not count.
      for place in stride(from: 10, to: whole.count, by: 89) {
        var changed = whole
        changed[place] ^= 0x41
        try #require(try runTool(["tee", "\(folder)/changed"], input: changed).status == 0)
        #expect(refusal("\(folder)/changed") != nil, "byte \(place)")
      }
    }
  }

  @Test("Names that lead elsewhere, lies about sizes, links and members of nobody are refused")
  func hostile() throws {
    try withFolder { folder in
      func refused(_ entries: [(TarEntry, [UInt8])]) throws -> String? { try refusal(archive(folder, entries)) }
      let json = Array(try JSONEncoder().encode(Self.manifest))
      let manifest = (TarEntry(name: "manifest.json", size: json.count), json)
      #expect(try refused([manifest]) == nil)
      for name in ["../a", "/etc/passwd", "kernel/../../a", "kernel/A b", ""] {
        #expect(
          try refused([(TarEntry(name: name, size: 1), [1]), manifest])?.contains("a name that no") == true, "\(name)")
      }
      #expect(try refused([manifest, manifest])?.contains("a name that no") == true)
      #expect(try refused([(TarEntry(name: "kernel/a", size: 1), [1]), manifest])?.contains("does not name") == true)
      #expect(try refused([]) != nil)
      // Eight gigabytes in a file of two kilobytes.
      #expect(try refused([(TarEntry(name: "kernel/a", size: 1 << 33 - 1), [])])?.contains("too large") == true)
      #expect(try refused([(TarEntry(name: "kernel/a", size: 1 << 29), [1])])?.contains("cut off") == true)
      let many = (0..<300).map { (TarEntry(name: "kernel/\($0)", size: 0), [UInt8]()) }
      #expect(try refused(many + [manifest]) != nil)
      #expect(
        try refused([(TarEntry(name: "manifest.json", size: 2), Array("{}".utf8))])?.contains("not as kpx") == true)
      try #require(
        try runTool([
          "sh", "-c",
          "cd \(folder) && ln -s /etc/passwd link && tar czf link.kpx link && mkdir d && tar czf folder.kpx d",
        ]).status == 0)
      #expect(refusal("\(folder)/link.kpx")?.contains("no regular file") == true)
      #expect(refusal("\(folder)/folder.kpx")?.contains("no regular file") == true)
      #expect(refusal(folder) != nil)
      #expect(refusal("/dev/zero") != nil)
    }
  }

  @Test("A snapshot of the first format is read for ever")
  func firstFormat() throws {
    let path = "\(Capture.folder)/../snapshots/yaobank-format-1.kpx"
    let session = Session(try NodeSnapshot(path: path))
    let trace = try session.trace(TraceQuery(TraceTarget("yaobank/summary", namespace: nil)))
    #expect(trace.exitStatus == 0 && trace.node.name == "node1" && trace.node.kernel == "6.18.44")
    #expect(trace.frontends.first?.endpoints.map(\.address.description) == ["10.244.16.12", "10.244.32.10"])
    #expect(trace.api?.source == "Tests/Fixtures/captures/api/yaobank")
  }

  @Test("A later format, and a machine of another kind, are named")
  func foreign() throws {
    try withFolder { folder in
      var later = Self.manifest
      later.version = SnapshotManifest.version + 1
      var big = Self.manifest
      big.machine.byteOrder = "big"
      for (manifest, words) in [(later, "a later kpx has made it"), (big, "big-endian")] {
        let json = Array(try JSONEncoder().encode(manifest))
        let path = try archive(folder, [(TarEntry(name: "manifest.json", size: json.count), json)])
        #expect(refusal(path)?.contains(words) == true)
      }
    }
  }

  @Test("Much in little ends at a limit")
  func bomb() throws {
    try withFolder { folder in
      let path = "\(folder)/bomb.kpx"
      let header = TarEntry(name: "kernel/a", size: 1 << 30).header(time: 0)
      try #require(try runTool(["tee", "\(folder)/header"], input: header).status == 0)
      // Three members of a gigabyte each are one too many.
      try #require(
        try runTool(["sh", "-c", "cd \(folder) && (cat header; head -c 1G /dev/zero) | gzip -1 > bomb.kpx"]).status == 0
      )
      #expect(refusal(path)?.contains("damaged or cut off") == true)
    }
  }
}

@Suite("The API's objects are saved in the fields that kpx reads")
struct ClusterEncodingTests {
  @Test(
    "What is read back is what was known",
    arguments: ["api/yaobank", "api/lab", "yaobank-drift-iptables-legacy-v1.34/api"])
  func roundTrip(folder: String) throws {
    let known = try ClusterSnapshot.load(path: "\(Capture.folder)/\(folder)")
    let again = try ClusterSnapshot.decode(try known.encoded(), path: "saved")
    #expect(again.services == known.services && again.slices == known.slices && again.pods == known.pods)
    #expect(again.nodes == known.nodes && again.allEndpoints == known.allEndpoints && again.kinds == known.kinds)
    #expect(!known.services.isEmpty)
  }

  @Test("Every field is, of objects that have them all; what may be secret is not")
  func fields() throws {
    let text = #"""
      {"kind":"List","items":[
      {"kind":"Service","metadata":{"name":"a","namespace":"b","uid":"u","labels":{"l":"1"},"deletionTimestamp":"2026-01-01T00:00:00Z",
       "annotations":{"service.kubernetes.io/topology-mode":"Auto","kubectl.kubernetes.io/last-applied-configuration":"hunter2"}},
       "spec":{"type":"LoadBalancer","clusterIPs":["10.0.0.1","fd00::1"],"externalIPs":["192.0.2.1"],"loadBalancerSourceRanges":["10.0.0.0/8"],
       "externalTrafficPolicy":"Local","internalTrafficPolicy":"Local","trafficDistribution":"PreferClose","sessionAffinity":"ClientIP",
       "sessionAffinityConfig":{"clientIP":{"timeoutSeconds":7}},"healthCheckNodePort":30001,"selector":{"x":"y"},
       "ports":[{"name":"p","port":80,"protocol":"UDP","targetPort":"web","nodePort":30080},{"name":"q","port":81,"targetPort":8081},{"name":"r","port":82,"protocol":"ICMPX"}]},
       "status":{"loadBalancer":{"ingress":[{"ip":"192.0.2.9","ipMode":"Proxy"},{}]}}},
      {"kind":"Service","metadata":{"name":"e","namespace":"b"},"spec":{"type":"ExternalName","externalName":"x.example"}},
      {"kind":"EndpointSlice","metadata":{"name":"a-1","namespace":"b","labels":{"kubernetes.io/service-name":"a"}},"addressType":"IPv6",
       "endpoints":[{"addresses":["fd00::2"],"conditions":{"ready":false,"serving":true,"terminating":true},"nodeName":"n","zone":"z",
        "hints":{"forZones":[{"name":"z"}],"forNodes":[{"name":"n"}]},"targetRef":{"kind":"Pod","namespace":"b","name":"p","uid":"v"}},{"addresses":["fd00::3"]}],
       "ports":[{"name":"p","port":8080,"protocol":"UDP"},{"name":"any"}]},
      {"kind":"Endpoints","metadata":{"name":"a","namespace":"b","annotations":{"endpoints.kubernetes.io/over-capacity":"truncated"}},
       "subsets":[{"addresses":[{"ip":"10.1.1.1","nodeName":"n","targetRef":{"kind":"Pod","namespace":"b","name":"p"}}],"notReadyAddresses":[{"ip":"10.1.1.2"}],"ports":[{"port":1}]}]},
      {"kind":"Pod","metadata":{"name":"p","namespace":"b"},"spec":{"nodeName":"n","hostNetwork":true,"containers":[
       {"env":[{"name":"PASSWORD","value":"hunter2"}],"ports":[{"hostPort":80,"hostIP":"10.0.0.9","protocol":"SCTP"},{"hostPort":81}]}]},
       "status":{"phase":"Running","podIPs":[{"ip":"10.1.1.1"},{"ip":"fd00::2"}],"conditions":[{"type":"Ready","status":"False"}]}},
      {"kind":"Node","metadata":{"name":"n","labels":{"topology.kubernetes.io/zone":"z"}},"spec":{"podCIDRs":["10.1.0.0/16"]},
       "status":{"addresses":[{"type":"InternalIP","address":"10.0.0.9"}],"nodeInfo":{"kubeletVersion":"v1.34.1"}}}]}
      """#
    let known = try ClusterSnapshot.decode(Array(text.utf8), path: "given")
    let bytes = try known.encoded()
    let again = try ClusterSnapshot.decode(bytes, path: "saved")
    #expect(again.services == known.services && again.slices == known.slices && again.pods == known.pods)
    #expect(again.nodes == known.nodes && again.allEndpoints == known.allEndpoints && again.kinds == known.kinds)
    #expect(known.services.count == 2 && known.services[0].ports.count == 3 && known.pods[0].hostPorts.count == 2)
    #expect(!String(decoding: bytes, as: UTF8.self).contains("hunter2"))
  }
}

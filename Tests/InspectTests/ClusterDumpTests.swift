import Inspect
import Testing

@Suite("Dumps of the API")
struct ClusterDumpTests {
  private func failure(_ text: String) -> ClusterDumpError? {
    do {
      _ = try ClusterSnapshot.of(text)
      return nil
    } catch { return error }
  }

  @Test("A directory of typed lists, as an API server answers, is read whole")
  func directory() throws {
    let snapshot = try ClusterSnapshot.load(path: Fixtures.path("captures/api/lab"))
    #expect(snapshot.kinds == Set(ClusterSnapshot.Kind.allCases))
    #expect(snapshot.skippedKinds == ["NamespaceList"])
    #expect(snapshot.services.count == 48)
    #expect(snapshot.pods.count == 356)
    #expect(snapshot.nodes.map(\.metadata.name) == ["control", "node1", "node2"])
    #expect(snapshot.slices(of: NamespacedName("scale", "big")).count == 3)
    #expect(snapshot.slices(of: NamespacedName("edge", "no-slice")).isEmpty)
    #expect(snapshot.endpoints(of: NamespacedName("yaobank", "summary"))?.subsets.first?.addresses.count == 2)
    #expect(snapshot.node("node2")?.zone == "zone-b")
    #expect(snapshot.node("node1")?.podCIDRs.first == "10.244.16.0/20")
  }

  @Test("A service's fields are those of the API object")
  func serviceFields() throws {
    let snapshot = try ClusterSnapshot.load(path: Fixtures.path("captures/api/lab"))
    let affinity = try #require(snapshot.service(NamespacedName("edge", "affinity")))
    #expect(affinity.affinitySeconds == 600)
    #expect(affinity.ports.map(\.nodePort) == [30181])
    let ranges = try #require(snapshot.service(NamespacedName("edge", "lb-ranges")))
    #expect(ranges.loadBalancerSourceRanges == ["192.168.100.0/24", "203.0.113.0/24"])
    let two = try #require(snapshot.service(NamespacedName("edge", "lb-two-ips")))
    #expect(two.ingress.compactMap(\.ip) == ["192.168.100.244", "192.168.100.245"])
    let proxied = try #require(snapshot.service(NamespacedName("edge", "lb-mode-proxy")))
    #expect(proxied.ingress.map(\.mode) == [.proxy])
    let both = try #require(snapshot.service(NamespacedName("edge", "both-local")))
    #expect(both.externalTrafficPolicy == .local && both.internalTrafficPolicy == .local)
    #expect(both.healthCheckNodePort == 30285)
    let store = try #require(snapshot.service(NamespacedName("edge", "store")))
    #expect(store.isHeadless && !affinity.isHeadless)
    let multi = try #require(snapshot.service(NamespacedName("edge", "multi")))
    #expect(multi.ports.map(\.name) == ["http", "grpc", "metrics"])
    #expect(multi.ports.first?.targetPort == .name("http"))
    let first = try #require(snapshot.service(NamespacedName("edge", "six-first")))
    #expect(first.clusterIPs == ["fd00:10:96::2904", "10.96.29.4"])
  }

  @Test("One list of several kinds, as kubectl prints several resources")
  func mixedList() throws {
    let snapshot = try ClusterSnapshot.of(
      """
      {"apiVersion":"v1","kind":"List","items":[
        {"kind":"Service","metadata":{"name":"a","namespace":"n"},"spec":{"clusterIP":"10.0.0.1","ports":[{"port":80}]}},
        {"kind":"ConfigMap","metadata":{"name":"c"},"data":{"deep":{"er":[1,2,{}]}}},
        {"kind":"EndpointSlice","apiVersion":"discovery.k8s.io/v1beta1",
         "metadata":{"name":"a-1","namespace":"n","labels":{"kubernetes.io/service-name":"a"}},
         "addressType":"IPv4","ports":[{"port":8080},{"port":null,"protocol":null,"name":null}],
         "endpoints":[{"addresses":["10.1.0.1"],"conditions":{},"topology":{"kubernetes.io/hostname":"w1",
           "topology.kubernetes.io/zone":"z"}}]},
        {"kind":"Pod","metadata":{"name":"p","namespace":"n","uid":"u"},
         "spec":{"nodeName":"w1"},"status":{"phase":"Running","podIP":"10.1.0.1"}}]}
      """)
    #expect(snapshot.kinds == [.service, .endpointSlice, .pod])
    #expect(!snapshot.knows(.node))
    #expect(snapshot.skippedKinds == ["ConfigMap"])
    let service = try #require(snapshot.service(NamespacedName("n", "a")))
    #expect(service.ports.first?.transport == .tcp)
    #expect(service.internalTrafficPolicy == .cluster)
    #expect(service.clusterIPs == ["10.0.0.1"])
    let slice = try #require(snapshot.slices(of: NamespacedName("n", "a")).first)
    #expect(slice.endpoints.first?.nodeName == "w1")
    #expect(slice.endpoints.first?.zone == "z")
    #expect(slice.endpoints.first?.conditions.isReady == true)
    #expect(slice.ports.map(\.port) == [8080, nil])
    let address = try #require(IPAddress("10.1.0.1"))
    #expect(snapshot.pods(at: address).map(\.metadata.name) == ["p"])
  }

  @Test("Documents one after the other, lists and objects alike, with a byte order mark and null lists")
  func concatenated() throws {
    let snapshot = try ClusterSnapshot.of(
      """
      \u{FEFF}{"kind":"ServiceList","items":null}
      {"kind":"EndpointsList","items":[{"metadata":{"name":"a","namespace":"n"},"subsets":null}]}{"kind":"Node",
      "metadata":{"name":"w1"},"status":{"addresses":[{"type":"InternalIP","address":"192.0.2.1"}]}}
      """)
    #expect(snapshot.kinds == [.service, .endpoints, .node])
    #expect(snapshot.services.isEmpty)
    #expect(snapshot.endpoints(of: NamespacedName("n", "a"))?.subsets.isEmpty == true)
    #expect(snapshot.node("w1")?.ips("InternalIP").map(\.description) == ["192.0.2.1"])
  }

  @Test("Blanks around source ranges do not count, and an old annotation does not either")
  func sourceRanges() throws {
    let snapshot = try ClusterSnapshot.of(
      """
      {"kind":"Service","metadata":{"name":"a","namespace":"n","annotations":
      {"service.beta.kubernetes.io/load-balancer-source-ranges":" 10.0.0.0/8, 192.0.2.0/24 "}},
      "spec":{"loadBalancerSourceRanges":[" 203.0.113.0/24"]}}
      """)
    let service = try #require(snapshot.service(NamespacedName("n", "a")))
    #expect(service.loadBalancerSourceRanges == ["203.0.113.0/24"])
  }

  @Test("An address used by several pods gives the running one first")
  func podsSharingAnAddress() throws {
    let snapshot = try ClusterSnapshot.of(
      """
      {"kind":"PodList","items":[
        {"metadata":{"name":"a","namespace":"n"},"status":{"phase":"Succeeded","podIP":"10.1.0.1"}},
        {"metadata":{"name":"b","namespace":"n"},"spec":{"hostNetwork":true},
         "status":{"phase":"Running","podIPs":[{"ip":"10.1.0.1"}]}},
        {"metadata":{"name":"c","namespace":"n"},"status":{"phase":"Running","podIPs":[{"ip":"10.1.0.1"},{}]}}]}
      """)
    let address = try #require(IPAddress("10.1.0.1"))
    #expect(snapshot.pods(at: address).map(\.metadata.name) == ["c", "b", "a"])
  }

  @Test(
    "What is not JSON is refused at its byte",
    arguments: [
      ("{\"kind\":\"List\",\"items\":[}", 24, "'}' where a value should be"),
      ("kind: List", 0, "'k' where a value should be"),
      ("{\"a\":1}}", 7, "'}' where a value should be"),
      ("{\"a\":tru}", 8, "'}' where true should be"),
      ("[1 2]", 3, "'2' where ',' or ']' should be"),
      ("{\"a\" 1}", 5, "'1' where ':' should be"),
      ("{\"a\":1,}", 7, "'}' where a field's name should be"),
      ("{\"a\":\"b", 7, "it ends within a string"),
      ("{\"a\":\"b\\", 8, "it ends within a string"),
      ("[-]", 2, "']' where a digit should be"),
      (#"{"a":"\x"}"#, 7, "'x' where an escaped character should be"),
      (#"{"a":"\u12g4"}"#, 10, "'g' where a hexadecimal digit should be"),
      ("[01]", 2, "'1' where ',' or ']' should be"),
      ("{\"a\":", 5, "it ends where a value should follow"),
      ("[\"a\nb\"]", 3, "a control character in a string"),
    ])
  func notJSON(text: String, offset: Int, problem: String) {
    #expect(failure(text) == .notJSON(path: "test.json", offset: offset, problem: problem))
  }

  @Test("Deep nesting is refused instead of followed")
  func deepNesting() throws {
    let error = try #require(failure(String(repeating: "[", count: 100_000)))
    #expect(error == .notJSON(path: "test.json", offset: 256, problem: "it is nested too deeply"))
  }

  @Test(
    "A value of the wrong kind is named by its path",
    arguments: [
      (
        #"{"kind":"ServiceList","items":[{"metadata":{"name":"a"},"spec":{"ports":[{"port":80},{"port":70000}]}}]}"#,
        ".items[0].spec.ports[1].port"
      ),
      (#"{"kind":"List","items":[{"kind":"Pod","metadata":{"name":7}}]}"#, ".items[0].metadata.name"),
      (#"{"kind":"Service","metadata":{"name":"a"}}"#, ""),
      (#"{"kind":"List","items":[{"metadata":{"name":"a"}}]}"#, ".items[0]"),
      (#"{"kind":"List","items":{"a":1}}"#, ".items"),
      (#"{"kind":"NodeList","items":[{"metadata":{"name":"a"},"status":[]}]}"#, ".items[0].status"),
    ])
  func wrongValue(text: String, place: String) throws {
    guard case .unexpected(let path, let at, let problem)? = failure(text) else {
      Issue.record("\(String(describing: failure(text)))")
      return
    }
    #expect(path == "test.json" && at == place && !problem.isEmpty)
  }

  @Test("Files that cannot serve are refused with what to do")
  func unusableFiles() throws {
    let directory = try TemporaryDirectory()
    func failure(_ path: String) -> String {
      do {
        _ = try ClusterSnapshot.load(path: path)
        return ""
      } catch { return "\(error)" }
    }
    #expect(failure("/nonexistent/dump") == "cannot read /nonexistent/dump: No such file or directory")
    #expect(failure(directory.path) == "the directory \(directory.path) has no *.json file")
    let empty = try directory.write("empty", "")
    #expect(failure(empty).contains("is empty"))
    let zipped = try directory.write("dump", [0x1f, 0x8b, 8, 0])
    #expect(failure(zipped) == "\(zipped) is compressed with gzip; uncompress it first (gunzip)")
    let other = try directory.write("maps.json", #"{"kind":"ConfigMapList","items":[]}"#)
    #expect(failure(other).hasSuffix("endpoints, pods or nodes, only ConfigMapList"))
    #expect(failure(directory.path).hasPrefix("\(directory.path) has no services"))
    let broken = try directory.write("nodes.json", "{\"kind\"")
    #expect(failure(directory.path) == "\(broken) is not JSON at byte 7: it ends where ':' should follow")
    let gzipped = try directory.write("pods.json.gz", [0x1f, 0x8b])
    #expect(failure(directory.path) == "\(gzipped) is compressed with gzip; uncompress it first (gunzip)")
  }

  @Test("Every truncation and many corruptions of a dump end in an answer or an error")
  func damaged() throws {
    let whole = Array(try Fixtures.text("captures/api/yaobank/services.json").utf8)
    var generator = SystemRandomNumberGenerator()
    for length in stride(from: 1, to: whole.count - 1, by: 13) {
      #expect(throws: ClusterDumpError.self) { try ClusterSnapshot.decode(Array(whole[..<length]), path: "cut") }
    }
    for _ in 0..<300 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
      }
      do {
        let snapshot = try ClusterSnapshot.decode(bytes, path: "damaged")
        #expect(snapshot.services.count <= 5)
      } catch {
        #expect("\(error)".hasPrefix("damaged"))
      }
    }
  }

  @Test("Text that is not UTF-8 is refused, with the document that holds it")
  func notUnicode() {
    let bytes =
      Array(#" {"kind":"List","items":[{"kind":"Pod","metadata":{"name":"a"#.utf8) + [0xff] + Array(#""}}]}"#.utf8)
    #expect {
      try ClusterSnapshot.decode(bytes, path: "test.json")
    } throws: { error in
      guard case ClusterDumpError.notJSON("test.json", 1, let problem) = error else { return false }
      return problem.hasPrefix("a text in this document is no Unicode")
    }
  }
}

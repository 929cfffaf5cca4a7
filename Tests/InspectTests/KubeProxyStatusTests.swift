import Testing

@testable import Inspect

#if canImport(Glibc)
  import Glibc
#endif

/// A server on a port of its own that gives each connection a fixed answer, by path.
private final class Server: Sendable {
  let address: SocketAddress
  private let socket: Int32

  init(_ answers: [String: String]) throws {
    let listener = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    try #require(listener >= 0)
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &name) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, length) == 0 && listen(listener, 8) == 0 && getsockname(listener, $0, &length) == 0
      }
    }
    try #require(bound)
    socket = listener
    address = SocketAddress(.v4(0x7f00_0001), port: UInt16(bigEndian: name.sin_port))
    if !answers.isEmpty { Server.serve(listener, answers) }
  }

  deinit {
    shutdown(socket, Int32(SHUT_RDWR))
    close(socket)
  }

  private static func serve(_ listener: Int32, _ answers: [String: String]) {
    final class Box: Sendable {
      let listener: Int32
      let answers: [String: String]
      init(_ listener: Int32, _ answers: [String: String]) {
        self.listener = listener
        self.answers = answers
      }
    }
    var thread = pthread_t()
    let box = Unmanaged.passRetained(Box(listener, answers)).toOpaque()
    pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        let box = Unmanaged<Box>.fromOpaque(context).takeRetainedValue()
        while case let client = accept(box.listener, nil, nil), client >= 0 {
          var request = [UInt8](repeating: 0, count: 4096)
          let count = max(recv(client, &request, request.count, 0), 0)
          let words = String(decoding: request[..<count], as: UTF8.self).split(separator: " ")
          let body = box.answers[words.count > 1 ? String(words[1]) : ""]
          let head = body == nil ? "HTTP/1.1 404 Not Found" : "HTTP/1.1 200 OK"
          let text = "\(head)\r\nContent-Length: \((body ?? "").utf8.count)\r\nConnection: close\r\n\r\n\(body ?? "")"
          send(client, text, text.utf8.count, Int32(MSG_NOSIGNAL))
          close(client)
        }
        return nil
      }, box)
    pthread_detach(thread)
  }
}

/// A node of which nothing is known, but whose programs can be asked.
private final class Client: Node {
  var filter: any PacketFilter { FakePacketFilter() }

  func answer(to path: String, at address: SocketAddress, milliseconds: Int) -> String? {
    LocalHTTP.answer(to: path, at: address, milliseconds: milliseconds)
  }
}

@Suite("What kube-proxy says of itself")
struct KubeProxyStatusTests {
  private static let metrics = """
    # HELP kubernetes_build_info [BETA] A metric with a constant '1' value
    # TYPE kubernetes_build_info gauge
    kubernetes_build_info{build_date="2026-01-01T00:00:00Z",compiler="gc",git_commit="x",git_version="v1.34.9",\
    go_version="go1.24.11",major="1",minor="34",platform="linux/amd64"} 1
    kubeproxy_proxy_healthz_total{code="200"} 1

    """

  @Test(
    "Versions are read as releases and vendors write them",
    arguments: [
      ("v1.34.9", KubeProxyVersion(1, 34, 9)), ("1.34", KubeProxyVersion(1, 34)),
      ("v1.30.3-eks-abc", KubeProxyVersion(1, 30, 3)), ("v1.27.4+k3s1", KubeProxyVersion(1, 27, 4)),
      ("v1.36.0-alpha.1.22+abc", KubeProxyVersion(1, 36, 0)), ("1.24+", KubeProxyVersion(1, 24)),
    ])
  func versions(text: String, expected: KubeProxyVersion) {
    #expect(KubeProxyVersion(text) == expected)
  }

  @Test(
    "What is no version is none",
    arguments: ["", "v", "1", "v1.", "1.x", "vv1.2", "1.2.3.4", "1.2.3abc", "1..3", "-1.2", "1.99999999999999999999"])
  func notVersions(text: String) {
    #expect(KubeProxyVersion(text) == nil)
  }

  @Test("Versions are ordered by number")
  func order() {
    #expect(KubeProxyVersion(1, 9) < KubeProxyVersion(1, 10))
    #expect(KubeProxyVersion(1, 34, 9) < KubeProxyVersion(1, 34, 10))
    #expect(KubeProxyVersion(1, 34, 9).description == "v1.34.9")
  }

  @Test("The release is the build's in the metrics, and only there")
  func metricsText() {
    #expect(KubeProxyStatus.version(inMetrics: Self.metrics) == KubeProxyVersion(1, 34, 9))
    #expect(KubeProxyStatus.version(inMetrics: "go_info{version=\"go1.24\"} 1\n") == nil)
    #expect(KubeProxyStatus.version(inMetrics: "kubernetes_build_info{git_version=\"") == nil)
    #expect(KubeProxyStatus.mode(inAnswer: "nftables\n") == .nftables)
    #expect(KubeProxyStatus.mode(inAnswer: "userspace") == nil)
  }

  @Test("A kube-proxy that listens is asked for mode and release, whatever proxy the environment names")
  func asking() throws {
    setenv("http_proxy", "http://127.0.0.1:1", 1)
    defer { unsetenv("http_proxy") }
    let server = try Server(["/proxyMode": "ipvs", "/metrics": Self.metrics])
    let status = KubeProxyStatus.ask(Client(), at: server.address, milliseconds: 5000)
    #expect(status == KubeProxyStatus(version: KubeProxyVersion(1, 34, 9), mode: .ipvs))
  }

  @Test("Somebody else on the port, nobody on the port, and one who never answers leave it unknown, in time")
  func nobody() throws {
    let other = try Server(["/": "hello"])
    #expect(KubeProxyStatus.ask(Client(), at: other.address, milliseconds: 5000) == KubeProxyStatus())
    let mute = try Server([:])
    let start = ContinuousClock.now
    #expect(KubeProxyStatus.ask(Client(), at: mute.address, milliseconds: 200) == KubeProxyStatus())
    #expect(start.duration(to: .now) < .seconds(5))
    #expect(start.duration(to: .now) >= .milliseconds(150))
    let unused = SocketAddress(.v4(0x7f00_0001), port: 1)
    #expect(KubeProxyStatus.ask(Client(), at: unused) == KubeProxyStatus())
  }
}

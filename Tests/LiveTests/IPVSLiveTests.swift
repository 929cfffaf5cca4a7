import FoundationEssentials
import TestSupport
import Testing

@testable import Inspect

/// A capture's API objects and what made it.
private struct Scenario {
  let cluster: ClusterSnapshot
  let version: KubeProxyVersion
  let node: String

  init(_ capture: Capture) throws {
    let text = try #require(try capture.text("scenario.json"))
    func field(_ name: String) throws -> String {
      let parts = text.split(separator: "\"", omittingEmptySubsequences: false)
      return String(parts[try #require(parts.firstIndex { $0 == name }) + 2])
    }
    cluster = try ClusterSnapshot.load(path: capture.path(try field("api")))
    node = try field("node")
    version = try #require(KubeProxyVersion(try field("kubeProxyVersion")))
  }

  func request(_ target: TraceTarget) -> TraceRequest {
    var request = TraceRequest(target: target)
    request.context.cluster = cluster
    request.context.node = node
    request.context.release = Release(version, source: "the capture")
    return request
  }

  func trace(_ name: String, _ node: LiveNode? = nil) throws -> ServiceTrace {
    try ServiceTracer.trace(request(try TraceTarget(name)), try node ?? LiveNode())
  }
}

extension FrontendAnswer {
  /// What of the answer is not as the API says that it should be.
  fileprivate var differences: [String] {
    guard let expected else { return ["not expected"] }
    var found: [String] = []
    func compare<Value: Equatable>(_ what: String, _ wanted: Value, _ got: Value) {
      if wanted != got { found.append("\(trace.frontend.text) \(what): expected \(wanted), traced \(got)") }
    }
    switch expected.verdict {
    case .forward: compare("verdict", .forward, trace.verdict)
    case .reject: compare("verdict", .reject, trace.verdict)
    case .unhandled: compare("verdict", .unhandled, trace.verdict)
    case .drop, .unknown: found.append("\(trace.frontend.text): \(expected.verdict) in IPVS mode")
    }
    compare("endpoints", expected.endpoints.map(\.address).sorted(), referenceEndpoints.sorted())
    if case .unhandled = expected.verdict { return found }
    compare("affinity", expected.affinitySeconds.map(UInt32.init), trace.affinitySeconds)
    let shares = trace.endpoints.filter(\.isForReference).map { Int((($0.share ?? 0) * 1e6).rounded()) }
    compare("shares", shares.map { _ in Int((1e6 / Double(shares.count)).rounded()) }, shares)
    compare("source ranges", expected.sourceRanges.isEmpty, trace.exceptions.isEmpty)
    return found
  }
}

@Suite("IPVS of the running kernel", .enabled(if: isInVirtualMachine, "runs in the virtual machine: make test-vm"))
struct IPVSLiveTests {
  @Test(
    "Every service of a capture is traced through IPVS to the endpoints that the API implies", arguments: Capture.ipvs)
  func everyService(capture: Capture) async throws {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadIPVSCapture(capture)
      let scenario = try Scenario(capture)
      let node = try LiveNode()
      var found: [String] = []
      var frontends: [FrontendAnswer] = []
      for service in scenario.cluster.services {
        let name = service.metadata.namespacedName
        let trace = try scenario.trace("\(name)", node)
        #expect(trace.proxy.mode == .ipvs)
        frontends += trace.frontends
        found += trace.frontends.flatMap(\.differences).map { "\(name) \($0)" }
        found += trace.findings.filter { $0.severity == .error }.map { "\(name): \($0.message) \($0.evidence)" }
      }
      #expect(found == [])
      let saved = try #require(try capture.text("ipvsadm-save.txt"))
      // Each virtual service is one frontend's.
      #expect(frontends.count >= saved.split(separator: "\n").count { $0.hasPrefix("-A") })
      if capture.name.hasPrefix("lab") { checkMasquerade(frontends) }
    }
  }

  @Test("One packet goes to each real server with its share, and is masqueraded as the sets say of its source")
  func onePacket() async throws {
    let capture = try #require(Capture.ipvs.first { $0.name.hasPrefix("yaobank") })
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadIPVSCapture(capture)
      try namespace.must("sysctl", "-q", "-w", "net.ipv4.ip_forward=1")
      let scenario = try Scenario(capture)
      func trace(_ origin: TraceOrigin) throws -> FrontendTrace {
        var request = scenario.request(try TraceTarget("yaobank/summary"))
        request.origin = origin
        return try #require(try ServiceTracer.trace(request, LiveNode()).frontends.first?.trace)
      }
      func address(_ text: String) -> TraceOrigin { .addresses([IPAddress(text) ?? .v4(0)], pod: nil) }
      let fromPod = try trace(address("10.244.16.10"))
      #expect(fromPod.endpoints.map { "\($0.address)" } == ["10.244.16.12:80", "10.244.32.10:80"])
      #expect(fromPod.endpoints.map(\.share) == [0.5, 0.5])
      #expect(fromPod.endpoints.allSatisfy { $0.when == nil })
      #expect(fromPod.masquerade == .never)
      #expect(try trace(address("10.244.16.12")).masquerade.words == "sent to 10.244.16.12:80")
      #expect(try trace(.node).masquerade == .always)
      #expect(try trace(.external).masquerade == .always)
    }
  }

  /// Masquerade follows the sets: for cluster addresses by source, for node ports always unless the policy is Local;
  /// what a pod of this node sends to itself by KUBE-LOOP-BACK.
  private func checkMasquerade(_ frontends: [FrontendAnswer]) {
    func words(_ kind: FrontendKind, _ policy: TrafficPolicy) -> Set<String> {
      let answers = frontends.filter {
        $0.trace.frontend.kind == kind && $0.trace.verdict == .forward && $0.expected?.policy == policy
      }
      return Set(answers.map(\.trace.masquerade.words))
    }
    func when(_ texts: String...) -> Set<String> { Set(texts) }
    let notPods = [
      "source outside 10.244.0.0/16 and source outside 127.0.0.0/8",
      "source is not ::1 and source outside fd00:10:244::/56",
    ]
    let clusterIP = words(.clusterIP, .cluster)
    #expect(clusterIP.isSuperset(of: when(notPods[0], notPods[1])))
    // What goes to an endpoint on this node's own address leaves by no hook that masquerades, unless the node sends it.
    #expect(clusterIP.allSatisfy { $0.contains("source outside 10.244.0.0/16") || $0.contains("source outside fd00:") })
    #expect(
      words(.nodePort, .cluster)
        == when(
          "source outside 127.0.0.0/8",
          "source is not ::1"))
    #expect(words(.nodePort, .local).contains("never"))
    let hairpins = Set(
      frontends.flatMap(\.endpoints).filter { $0.trace.isHairpinMasqueraded == true }.map { $0.isLocal })
    #expect(hairpins == [true])
  }

  @Test("What differs from the API is found: real servers, weights, addresses, whole services")
  func drift() async throws {
    try await withPrivateNetworkNamespace { namespace in
      let capture = Capture("yaobank-ipvs-strictarp-v1.34")
      try namespace.loadIPVSCapture(capture)
      let scenario = try Scenario(capture)
      func findings(_ name: String) throws -> [Finding] { try scenario.trace(name).findings }
      let (added, removed) = (SocketAddress(.v4(0x0af4_1063), port: 80), SocketAddress(.v4(0x0af4_200a), port: 80))
      #expect(try findings("yaobank/summary").isEmpty)

      try namespace.must("ipvsadm", "-a", "-t", "10.96.188.204:80", "-r", "10.244.16.99:80", "-m")
      try namespace.must("ipvsadm", "-d", "-t", "10.96.188.204:80", "-r", "10.244.32.10:80")
      let drifted = try findings("yaobank/summary")
      let drift = try #require(drifted.first { $0.id == .endpointDrift })
      #expect(drift.endpoints(.missing) == [removed] && drift.endpoints(.unexpected) == [added])

      try namespace.must("ipvsadm", "-d", "-t", "10.96.188.204:80", "-r", "10.244.16.99:80")
      try namespace.must("ipvsadm", "-a", "-t", "10.96.188.204:80", "-r", "10.244.32.10:80", "-m", "-w", "0")
      let draining = try scenario.trace("yaobank/summary")
      #expect(draining.findings.contains { $0.id == .ipvsDrained })
      #expect(draining.findings.first { $0.id == .endpointDrift }?.endpoints(.missing) == [removed])
      let endpoints = draining.frontends[0].trace.endpoints
      #expect(endpoints.map(\.share) == [1, 0] && endpoints.map(\.isDraining) == [false, true])

      try namespace.must("ip", "address", "delete", "10.96.102.51/32", "dev", "kube-ipvs0")
      let unbound = try findings("yaobank/database")
      #expect(unbound.contains { $0.id == .ipvsDummyDrift && $0.message.contains("10.96.102.51") })

      try namespace.must("ipvsadm", "-D", "-t", "192.168.100.11:30180")
      let nodePorts = try scenario.trace("yaobank/customer")
      // The only node port that there is: it may be that kube-proxy serves none at this address.
      let missing = try #require(nodePorts.findings.first { $0.id == .nodePortReach })
      #expect(missing.severity == .warning)
      #expect(missing.message == "the node port :30180/TCP is served at 10.244.16.1, and not at 192.168.100.11")

      try namespace.must("ipvsadm", "-A", "-t", "10.96.45.117:81", "-s", "rr")
      let stranger = try ServiceTracer.trace(
        scenario.request(try TraceTarget("10.96.45.117:81")), try LiveNode())
      #expect(stranger.frontends.first?.trace.verdict == .reject)
    }
  }

  @Test("Shares are by the scheduler; where it goes by source or load there are none")
  func schedulers() async throws {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.must("ip", "link", "add", "kube-ipvs0", "type", "dummy")
      try namespace.must("ip", "address", "add", "10.96.0.1/32", "dev", "kube-ipvs0")
      var text = ""
      for (port, scheduler) in [(1, "rr"), (2, "wrr"), (3, "sh"), (4, "lc"), (5, "dh"), (6, "wrr")] {
        text += "-A -t 10.96.0.1:\(port) -s \(scheduler)\n"
        for (server, weight) in [(1, 1), (2, 3), (3, port == 6 ? 0 : 4)] {
          text += "-a -t 10.96.0.1:\(port) -r 10.0.0.\(server):80 -m -w \(weight)\n"
        }
      }
      try namespace.must("ipvsadm", "-R", input: Array(text.utf8))
      func endpoints(_ port: UInt16) throws -> [EndpointTrace] {
        let tracer = FrontendTracer(
          node: try LiveNode(), budget: WalkBudget(), nodePodRanges: [], podRanges: [])
        let address = try #require(IPAddress("10.96.0.1"))
        return try tracer.trace(
          Frontend(kind: .clusterIP, family: .v4, address: address, port: port, transport: .tcp)
        ).endpoints
      }
      #expect(try endpoints(1).map(\.share) == [1.0 / 3, 1.0 / 3, 1.0 / 3])
      #expect(try endpoints(2).map(\.share) == [0.125, 0.375, 0.5])
      #expect(try endpoints(6).map(\.share) == [0.25, 0.75, 0])
      for (port, word) in [(3, "source"), (4, "load"), (5, "destination")] {
        let open = try endpoints(UInt16(port))
        #expect(
          open.map(\.share) == [nil, nil, nil] && open.allSatisfy { $0.when?.text.contains("by the \(word)") == true })
      }
    }
  }
}

/// Virtual services of every kind.
private let everyKind = """
  -A -t 10.9.0.1:80 -s rr
  -a -t 10.9.0.1:80 -r 10.0.0.1:8080 -m -w 1
  -a -t 10.9.0.1:80 -r 10.0.0.2:8080 -m -w 0
  -A -t 10.9.0.1:81 -s wrr -p 600 -M 255.255.255.0
  -a -t 10.9.0.1:81 -r 10.0.0.1:81 -g -w 5
  -A -u 10.9.0.1:53 -s lc -o
  -a -u 10.9.0.1:53 -r 10.0.0.1:53 -i -w 1
  -a -u 10.9.0.1:53 -r 10.0.0.2:53 -i -w 1 --tun-type gue --tun-port 6080
  -a -u 10.9.0.1:53 -r 10.0.0.3:53 -i -w 1 --tun-type gre --tun-csum
  -a -u 10.9.0.1:53 -r 10.0.0.4:53 -i -w 1 --tun-type gue --tun-port 6081 --tun-remcsum
  -A --sctp-service 10.9.0.1:9 -s sh -b sh-fallback,sh-port
  -a --sctp-service 10.9.0.1:9 -r 10.0.0.9:9 -m -w 1
  -A -t 10.9.0.1:0 -s rr -p 300
  -A -t [fd00:9::1]:80 -s mh -b mh-fallback
  -a -t [fd00:9::1]:80 -r [fd00::1]:8080 -m -w 2
  -A -u [fd00:9::1]:53 -s rr -p 10800 -M 64
  -a -u [fd00:9::1]:53 -r [fd00::1]:53 -m -w 1
  -A -f 7 -s wlc
  -a -f 7 -r 10.0.0.7:0 -g -w 1
  -A -f 7 -6 -s rr
  -a -f 7 -6 -r [fd00::7]:0 -g -w 1

  """

@Suite("Connections through IPVS", .enabled(if: isInVirtualMachine, "runs in the virtual machine: make test-vm"))
struct IPVSConnectionTests {
  private func list(_ namespace: PrivateNetworkNamespace, _ arguments: String...) throws -> ConnectionList {
    let result = try runTool([Kpx.path, "connections", "--no-api", "-4", "-o", "json"] + arguments)
    return try JSONDecoder().decode(ConnectionList.self, from: Data(result.output))
  }

  /// The virtual machine is slow, and what nobody answers is kept for 30 seconds only.
  private func send(_ namespace: PrivateNetworkNamespace) throws {
    try namespace.must(
      "bash", "-c",
      """
      cd /proc/sys/net/netfilter
      echo 600 >nf_conntrack_udp_timeout
      echo 600 >nf_conntrack_tcp_timeout_syn_sent
      echo x >/dev/udp/10.96.0.10/53
      timeout 1 bash -c 'echo x >/dev/tcp/10.96.0.10/53' 2>/dev/null
      exit 0
      """)
  }

  @Test(
    "Flows of UDP to a real server, and then a service, that is gone are found, and those of conntrack are IPVS's own")
  func stale() async throws {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadIPVSCapture(try #require(Capture.ipvs.first { $0.name.contains("yaobank") }))
      try namespace.must("sh", "-c", "echo 1 >/proc/sys/net/ipv4/vs/conntrack")
      try send(namespace)
      #expect(try list(namespace, "--stale").strays == 0)
      let flows = try #require(list(namespace, "10.96.0.10:53").items)
      #expect(Set(flows.map(\.transport)) == [.tcp, .udp] && flows.allSatisfy { $0.phase == .unanswered })
      let flow = try #require(flows.first { $0.transport == .udp })
      #expect(flow.endpoint != flow.destination)
      let server = "\(flow.endpoint.address):53"
      try namespace.must("ipvsadm", "-d", "-u", "10.96.0.10:53", "-r", server)
      let stray = try list(namespace, "--stale")
      #expect(stray.items?.map(\.endpoint) == [flow.endpoint] && stray.items?.map(\.stray) == [.notAnEndpoint])
      // IPVS drops its packets, or ends the connection with the next one (expire_nodest_conn): nothing keeps it.
      #expect(stray.findings.isEmpty)
      try namespace.must("ipvsadm", "-D", "-u", "10.96.0.10:53")
      let gone = try list(namespace, "10.96.0.10:53/UDP")
      #expect(gone.items?.map(\.stray) == [.notAnEndpoint])
    }
  }

  @Test("Where conntrack leaves IPVS's packets alone, its own table tells of them")
  func apart() async throws {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadIPVSCapture(try #require(Capture.ipvs.first { $0.name.contains("yaobank") }))
      try namespace.must("sh", "-c", "echo 0 >/proc/sys/net/ipv4/vs/conntrack")
      try send(namespace)
      let listed = try list(namespace, "10.96.0.10:53")
      let flows = try #require(listed.items)
      #expect(Set(flows.map(\.transport)) == [.tcp, .udp], "\(flows)")
      #expect(flows.allSatisfy { $0.endpoint != $0.destination && $0.stray == nil })
      #expect(flows.first { $0.transport == .tcp }?.phase == .unanswered)
      #expect(listed.notes.contains { $0.text.contains("net.ipv4.vs.conntrack") })
    }
  }
}

@Suite("kpx ipvs", .enabled(if: isInVirtualMachine, "runs in the virtual machine: make test-vm"))
struct IPVSListTests {
  @Test("Services of TCP, UDP, SCTP, IPv6 and marks read as ipvsadm saves them")
  func save() async throws {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.must("ipvsadm", "-R", input: Array(everyKind.utf8))
      let saved = try namespace.must("ipvsadm", "-Sn").split(separator: "\n").map { $0.trimmingSpaces }
      let reader = try IPVSReader()
      let lines = try reader.services().flatMap { service in
        var service = service
        service.realServers = try reader.realServers(of: service.key)
        return service.saveText
      }
      #expect(lines.filter { !saved.contains($0) } == [])
      #expect(saved.filter { !lines.contains($0) } == [])
      #expect(lines.count == 21)
      let single = try #require(try reader.service(.mark(7, family: .v6)))
      #expect(single.scheduler == "rr" && single.key == .mark(7, family: .v6))
      #expect(try reader.service(.mark(8, family: .v4)) == nil)
    }
  }

  @Test("Counters are those of ipvsadm --stats, after real connections")
  func statistics() async throws {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.connectThroughIPVS()
      let shown = try namespace.must("ipvsadm", "-Ln", "--stats", "--exact")
      let listed = try Kpx.run("ipvs", "-o", "wide")
      #expect(listed.status == 0, "\(listed.errorText)")
      func numbers(_ text: String, of line: String) -> [Substring] {
        let words = text.split(separator: "\n").first { $0.contains(line) }?.split(separator: " ") ?? []
        return Array(words.suffix(5))
      }
      for line in ["10.9.0.1:80", "127.0.0.1:8080", "10.9.0.1:53", "127.0.0.1:5353"] {
        #expect(numbers(listed.text, of: line) == numbers(shown, of: line), "\(line)\n\(listed.text)\n\(shown)")
        #expect(numbers(shown, of: line).first.flatMap { Int($0) } ?? 0 > 0, "\(shown)")
      }
    }
  }

  @Test("A service can be asked for by itself, and one that is not there is not found")
  func single() async throws {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.must("ipvsadm", "-R", input: Array(everyKind.utf8))
      let one = try Kpx.run("ipvs", "10.9.0.1:80")
      #expect(one.status == 0 && one.text.contains("10.0.0.2:8080") && !one.text.contains("10.9.0.1:81"))
      let mark = try Kpx.run("ipvs", "fwm:7", "-6")
      #expect(mark.text.contains("FWM 7 IPv6") && mark.text.contains("[fd00::7]:0"))
      let none = try Kpx.run("ipvs", "10.9.0.1:1234")
      #expect(none.status == 66 && none.text.isEmpty && none.errorText.contains("no virtual service 10.9.0.1:1234"))
    }
  }
}

extension PrivateNetworkNamespace {
  /// A TCP and a UDP service whose real servers are this node's, and some traffic to each.
  fileprivate func connectThroughIPVS() throws(SetupError) {
    try must("ip", "address", "add", "10.9.0.1/32", "dev", "lo")
    let text = """
      -A -t 10.9.0.1:80 -s rr
      -a -t 10.9.0.1:80 -r 127.0.0.1:8080 -m -w 1
      -A -u 10.9.0.1:53 -s rr
      -a -u 10.9.0.1:53 -r 127.0.0.1:5353 -m -w 1

      """
    try must("ipvsadm", "-R", input: Array(text.utf8))
    try must(
      "sh", "-c",
      """
      mkdir -p /tmp/www && echo hello >/tmp/www/index.html
      busybox httpd -p 127.0.0.1:8080 -h /tmp/www
      for i in 1 2 3; do busybox wget -q -O - http://10.9.0.1/ || exit 1; done
      bash -c 'for i in 1 2; do echo x >/dev/udp/10.9.0.1/53; done'
      # The kernel adds its processors' counters up every two seconds.
      sleep 3
      exit 0
      """)
  }
}

extension Substring {
  fileprivate var trimmingSpaces: String {
    var text = self
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}

import Inspect
import Testing

@Suite("Names that kube-proxy makes")
struct KubeProxyNamesTests {
  @Test(
    "Service ports hash as kube-proxy hashes them",
    arguments: [
      ("default/kubernetes:https", "tcp", ["NPX46M4PTMTKRN6Y"]),
      ("kube-system/kube-dns:dns", "udp", ["TCOU7JCQXEZGVUNU"]),
      ("kube-system/kube-dns:dns-tcp", "tcp", ["ERIFXISQEP7F7OF4"]),
      ("kube-system/kube-dns:metrics", "tcp", ["JD5MR3NA4I4DYORP"]),
      ("yaobank/summary:http", "tcp", ["OIQIZJVJK6E34BR4"]),
      ("yaobank/summary", "tcp", ["Z3CBC4YDDMFPAV6P", "LXI36EZD4DDV3QVU"]),
      ("yaobank/summary:", "tcp", ["Z3CBC4YDDMFPAV6P", "LXI36EZD4DDV3QVU"]),
      ("yaobank/customer:http", "tcp", ["PX5FENG4GZJTCELT"]),
      ("yaobank/database:http", "tcp", ["AE2X4VPDA5SRYCA6"]),
      ("ns1/svc1:p80", "tcp", ["XPGD46QRK7WJZT7O"]),
    ])
  func hashes(name: String, transport: String, expected: [String]) throws {
    let port = try #require(ServicePortName(name))
    #expect(
      ChainName.names(.service, of: port, transport: try #require(TransportProtocol(transport))).map(\.hash) == expected
    )
  }

  @Test("An endpoint's chain is named after the service port and the endpoint")
  func endpointChain() throws {
    let port = ServicePortName("ns1", "svc1", port: "p80")
    let endpoint = try #require(SocketAddress("10.180.0.1:80"))
    #expect(
      ChainName.names(of: endpoint, of: port, transport: .tcp).map(\.description) == ["KUBE-SEP-SXIVWICOYRO3J4NJ"])
  }

  @Test("Chains are told by their names, and near misses are not")
  func classification() throws {
    let chain = try #require(ChainName("KUBE-XLB-OIQIZJVJK6E34BR4"))
    #expect(chain.kind == .externalLocal && chain.hash == "OIQIZJVJK6E34BR4")
    #expect(chain.description == "KUBE-XLB-OIQIZJVJK6E34BR4")
    for name in [
      "KUBE-SVC-OIQIZJVJK6E34BR", "KUBE-SVC-OIQIZJVJK6E34BR41", "KUBE-SVC-oiqizjvjk6e34br4", "KUBE-SERVICES",
      "KUBE-SVC-",
      "KUBE-SVC-OIQIZJVJK6E34BR0", "cali-OUTPUT", "", "KUBE-SVC-🐙🐙🐙🐙",
    ] {
      #expect(ChainName(name) == nil, "\(name)")
    }
    #expect(WellKnownChain(rawValue: "KUBE-NODEPORTS") == .nodePorts)
    #expect(WellKnownChain(rawValue: "KUBE-NODE-PORT") == .ipvsNodePort)
  }

  /// All names that the API's objects can have in a capture.
  private func computable(_ capture: KubeProxyCapture) -> Set<String> {
    var names: Set<String> = []
    for service in capture.cluster.services {
      for frontend in capture.expected.frontends(of: service) {
        for kind in ChainName.Kind.allCases where kind != .endpoint {
          names.formUnion(ChainName.names(kind, of: frontend.name, transport: frontend.transport).map(\.description))
        }
        for endpoint in frontend.endpoints + frontend.endpointsInside {
          let chains = ChainName.names(of: endpoint.address, of: frontend.name, transport: frontend.transport)
          names.formUnion(chains.map(\.description))
        }
      }
    }
    return names
  }

  @Test("Every hashed chain of a capture is named after something in its API", arguments: KubeProxyCapture.iptables)
  func capturedChains(name: String) throws {
    let capture = try KubeProxyCapture(name)
    let known = computable(capture)
    let chains = capture.files.values.flatMap { $0.tables["nat"].map { Array($0.keys) } ?? [] }
    let hashed = chains.filter { ChainName($0) != nil }
    #expect(hashed.count > 10)
    #expect(hashed.filter { !known.contains($0) } == [])
    let others = chains.filter { $0.hasPrefix("KUBE-") && ChainName($0) == nil }
    #expect(others.filter { WellKnownChain(rawValue: $0) == nil } == [])
  }

  @Test(
    "nftables' names are made and read back",
    arguments: [
      "service-ULMVA6XW-ns1/svc1/tcp/p80", "service-4EUXERQY-default/hello-world-clusterip/tcp/",
      "external-BEVKME7N-edge/dual/tcp/http", "endpoint-4NHIBXVJ-edge/dual/tcp/http__fd00.10.244.1..21/8080",
      "endpoint-I2IBS6XD-default/hello-world-clusterip/tcp/__10.244.16.17/8080",
      "endpoint-MCHNRKEU-edge/dual/tcp/http__10.244.32.29/8080",
    ])
  func nftablesNames(text: String) throws {
    let name = try #require(NftablesName(text))
    #expect(name.description == text)
    #expect(name.transport == .tcp)
    #expect((name.endpoint != nil) == text.hasPrefix("endpoint-"))
  }

  @Test("An nftables name gives its parts")
  func nftablesParts() throws {
    let name = try #require(NftablesName("endpoint-4NHIBXVJ-edge/dual/tcp/http__fd00.10.244.1..21/8080"))
    #expect(name.kind == .endpoint)
    #expect(name.port == ServicePortName("edge", "dual", port: "http"))
    #expect(name.endpoint == SocketAddress("[fd00:10:244:1::21]:8080"))
  }

  @Test(
    "What only looks like an nftables name is none",
    arguments: [
      "service-ULMVA6XX-ns1/svc1/tcp/p80", "service-ULMVA6XW-ns1/svc1/tcp", "services", "endpoint-", "service-A-b",
      "service-ULMVA6XW-ns1/svc1/ipx/p80", "endpoint-4NHIBXVJ-edge/dual/tcp/http__fd00.10.244.1..21/99999",
      "service-ULMVA6XW-ns1/svc1/tcp/p80/x", "endpoint-4NHIBXVJ-edge/dual/tcp/http/8080",
    ])
  func notNftablesName(text: String) {
    #expect(NftablesName(text) == nil)
  }

  @Test("A name that is too long is cut at 240 letters and ends in dots")
  func longNftablesName() {
    let label = String(repeating: "a", count: 120)
    let name = NftablesName(.service, of: ServicePortName(label, label), transport: .tcp).description
    #expect(name.utf8.count == 240 + "service-".utf8.count)
    #expect(name.hasSuffix("a..."))
    #expect(NftablesName(name) == nil)
  }
}

@Suite("Comments of kube-proxy's rules")
struct KubeProxyCommentTests {
  @Test(
    "Each form says its service port and subject",
    arguments: [
      ("yaobank/summary:http cluster IP", "yaobank/summary:http", .clusterIP),
      ("yaobank/summary: cluster IP", "yaobank/summary", .clusterIP),
      ("edge/extip:http external IP", "edge/extip:http", .externalIP),
      ("edge/lb:http loadbalancer IP", "edge/lb:http", .loadBalancerIP),
      ("default/hello", "default/hello", .servicePort),
      ("default/hello:", "default/hello", .servicePort),
      ("edge/empty:http has no endpoints", "edge/empty:http", .noEndpoints),
      ("edge/empty has no local endpoints", "edge/empty", .noLocalEndpoints),
      ("Balancing rule 12 for edge/etp-local:http", "edge/etp-local:http", .balancing(12)),
      ("edge/etp-local:http health check node port", "edge/etp-local:http", .healthCheckNodePort),
      ("masquerade LOCAL traffic for a/b:c LB IP", "a/b:c", .externalTraffic),
      ("route LOCAL traffic for a/b:c LB IP to service chain", "a/b:c", .externalTraffic),
      ("pod traffic for a/b:c external destinations", "a/b:c", .externalTraffic),
      ("other traffic to a/b will be dropped by KUBE-PROXY-FIREWALL", "a/b", .notInSourceRanges),
      ("a/b:c traffic not accepted by KUBE-FW-IE4GFHGZSXCYMQ3K", "a/b:c", .notInSourceRanges),
    ] as [(String, String, RuleComment.Subject)])
  func forms(text: String, name: String, subject: RuleComment.Subject) throws {
    let comment = try #require(RuleComment(text))
    #expect(comment.port.description == name)
    #expect(comment.subject == subject)
  }

  @Test("An endpoint's address is read in both families")
  func endpointForms() throws {
    let four = try #require(RuleComment("yaobank/summary:http -> 10.244.16.12:80"))
    #expect(four.subject == .endpoint(try #require(SocketAddress("10.244.16.12:80"))))
    let six = try #require(RuleComment("edge/six-only:http -> [fd00:10:244:1::21]:8080"))
    #expect(six.subject == .endpoint(try #require(SocketAddress("[fd00:10:244:1::21]:8080"))))
  }

  @Test(
    "Other people's comments say nothing",
    arguments: [
      "kubernetes service portals", "cali:tVnHkvAo15HuiPy0", "", " cluster IP", "a/b/c cluster IP", "a/b:c -> nowhere",
      "Balancing rule -1 for a/b:c", "Balancing rule x for a/b:c", "dnat name: \"k8s-pod-network\" id: \"8d7f\"",
      "a/b:c edited by hand", "A/b cluster IP", "a/ cluster IP", "/b", "a/b:c traffic not accepted by me",
      "pod traffic for  external destinations",
    ])
  func foreign(text: String) {
    #expect(RuleComment(text) == nil)
  }

  @Test("Every comment with a service port in the captures is understood", arguments: KubeProxyCapture.iptables)
  func captured(name: String) throws {
    let capture = try KubeProxyCapture(name)
    let services = Set(capture.cluster.services.map(\.metadata.namespacedName))
    let rules = capture.files.values.flatMap { $0.tables.values.flatMap { $0.values.flatMap { $0 } } }
    let comments = Set(rules.filter { $0.chain.hasPrefix("KUBE-") }.compactMap(\.comment))
    let general = comments.filter {
      $0.hasPrefix("kubernetes ") || $0 == "Redirect pods trying to reach external loadbalancer VIP to clusterIP"
        || $0 == "block incoming localnet connections"
    }
    let read = comments.subtracting(general).map { ($0, RuleComment($0)) }
    #expect(read.count > 10)
    #expect(read.filter { $0.1 == nil }.map(\.0) == [])
    #expect(read.filter { !services.contains($0.1?.port.service ?? NamespacedName("", "")) }.map(\.0) == [])
  }
}

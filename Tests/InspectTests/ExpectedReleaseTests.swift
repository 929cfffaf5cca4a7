import Testing

@testable import Inspect

/// A service with two endpoints on this node and two elsewhere, and what a release makes of it.
private struct Lab {
  var spec = #""type":"NodePort","clusterIP":"10.0.0.1","ports":[{"name":"p","port":80,"nodePort":30080}]"#
  var status = "{}"
  var annotations = "{}"
  /// A label of the service's, and one of its slice's, as JSON.
  var label = ""
  var sliceLabel = ""
  var endpoints = ""
  var mode = ProxyMode.iptables

  static func endpoint(_ address: String, node: String, _ conditions: String = "", hints: String = "null") -> String {
    #"{"addresses":["\#(address)"],"conditions":{\#(conditions)},"nodeName":"\#(node)","hints":\#(hints)}"#
  }

  static let terminating = #""ready":false,"serving":true,"terminating":true"#

  func forwarding(_ version: String, node: String = "here") throws -> (ExpectedForwarding, Service) {
    let cluster = try ClusterSnapshot.of(
      """
      {"kind":"List","items":[
        {"kind":"Node","metadata":{"name":"here","labels":{"topology.kubernetes.io/zone":"a"}},
         "status":{"addresses":[{"type":"InternalIP","address":"192.0.2.1"}]}},
        {"kind":"Service","metadata":{"name":"s","namespace":"n","annotations":\(annotations),"labels":{\(label)}},
         "spec":{\(spec)},"status":\(status)},
        {"kind":"EndpointSlice","metadata":{"name":"s-1","namespace":"n","labels":{"kubernetes.io/service-name":"s"\(sliceLabel)}},
         "addressType":"IPv4","ports":[{"name":"p","port":8080}],"endpoints":[\(endpoints)]},
        {"kind":"Endpoints","metadata":{"name":"s","namespace":"n"}}]}
      """)
    let identity = cluster.node(node).map(NodeIdentity.init) ?? NodeIdentity(name: node)
    let version = try #require(KubeProxyVersion(version))
    let service = try #require(cluster.service(NamespacedName("n", "s")))
    return (ExpectedForwarding(cluster: cluster, node: identity, version: version, mode: mode), service)
  }

  func frontend(_ kind: FrontendKind, _ version: String, node: String = "here") throws -> ExpectedFrontend {
    let (forwarding, service) = try forwarding(version, node: node)
    return try #require(forwarding.frontends(of: service).first { $0.kind == kind })
  }

  /// The last numbers of the endpoints' addresses.
  func ends(_ kind: FrontendKind, _ version: String, node: String = "here") throws -> [String] {
    try frontend(kind, version, node: node).endpoints.map { endpoint in
      String(endpoint.address.address.description.split(separator: ".").last ?? "")
    }
  }
}

@Suite("What releases of kube-proxy do differently")
struct ExpectedReleaseTests {
  private let zoned = [
    Lab.endpoint("10.1.0.1", node: "here", hints: #"{"forZones":[{"name":"a"}]}"#),
    Lab.endpoint("10.1.0.2", node: "there", hints: #"{"forZones":[{"name":"b"}]}"#),
  ].joined(separator: ",")

  @Test(
    "The label of another proxy on a slice, and that of a headless service on a service, count up to 1.35",
    arguments: [("1.35", false), ("1.36", true)])
  func labels(version: String, isServed: Bool) throws {
    let endpoints = Lab.endpoint("10.1.0.1", node: "here")
    let slice = Lab(
      sliceLabel: #","service.kubernetes.io/service-proxy-name":"other""#, endpoints: endpoints)
    let service = Lab(label: #""service.kubernetes.io/headless":"""#, endpoints: endpoints)
    #expect(try slice.frontend(.clusterIP, version).verdict == (isServed ? .forward : .reject))
    #expect(try service.frontend(.clusterIP, version).verdict == (isServed ? .forward : .unhandled(.headlessLabel)))
    let headless = Lab(sliceLabel: #","service.kubernetes.io/headless":"""#, endpoints: endpoints)
    let frontend = try headless.frontend(.clusterIP, version)
    #expect(frontend.verdict == .reject)
    #expect(frontend.lack == .leftAlone(label: "service.kubernetes.io/headless"))
  }

  @Test(
    "Zone hints count from 1.24 with an annotation, and from 1.31 without",
    arguments: [
      ("1.23", #"{"service.kubernetes.io/topology-aware-hints":"auto"}"#, ["1", "2"]),
      ("1.24", #"{"service.kubernetes.io/topology-aware-hints":"auto"}"#, ["1"]),
      ("1.26", #"{"service.kubernetes.io/topology-aware-hints":"other"}"#, ["1", "2"]),
      ("1.26", #"{"service.kubernetes.io/topology-mode":"Auto"}"#, ["1", "2"]),
      ("1.27", #"{"service.kubernetes.io/topology-mode":"Auto"}"#, ["1"]),
      ("1.30", #"{"service.kubernetes.io/topology-aware-hints":"other"}"#, ["1"]),
      ("1.30", #"{"service.kubernetes.io/topology-mode":"Disabled"}"#, ["1", "2"]),
      ("1.30", "{}", ["1", "2"]),
      ("1.31", "{}", ["1"]),
      ("1.31", #"{"service.kubernetes.io/topology-mode":"Disabled"}"#, ["1"]),
    ])
  func zoneHints(version: String, annotations: String, expected: [String]) throws {
    let lab = Lab(annotations: annotations, endpoints: zoned)
    #expect(try lab.ends(.clusterIP, version) == expected)
  }

  @Test("Zone hints are passed over unless every ready endpoint has them and one is for this zone")
  func incompleteHints() throws {
    let bare = Lab.endpoint("10.1.0.3", node: "there")
    #expect(try Lab(endpoints: "\(zoned),\(bare)").ends(.clusterIP, "1.34") == ["1", "2", "3"])
    let unready = Lab.endpoint("10.1.0.3", node: "there", #""ready":false"#)
    #expect(try Lab(endpoints: "\(zoned),\(unready)").ends(.clusterIP, "1.34") == ["1"])
    let elsewhere = Lab.endpoint("10.1.0.2", node: "there", hints: #"{"forZones":[{"name":"b"}]}"#)
    #expect(try Lab(endpoints: elsewhere).ends(.clusterIP, "1.34") == ["2"])
    let unknown = try Lab(endpoints: zoned).frontend(.clusterIP, "1.34", node: "nameless")
    #expect(unknown.endpoints.count == 2 && unknown.notes == [.zoneUnknown] && !unknown.isCertain)
  }

  @Test("Node hints go before zone hints from 1.34")
  func nodeHints() throws {
    let zone = #""forZones":[{"name":"a"}]"#
    let lab = Lab(
      endpoints: [
        Lab.endpoint("10.1.0.1", node: "here", hints: #"{\#(zone),"forNodes":[{"name":"here"}]}"#),
        Lab.endpoint("10.1.0.2", node: "there", hints: #"{\#(zone),"forNodes":[{"name":"there"}]}"#),
      ].joined(separator: ","))
    #expect(try lab.ends(.clusterIP, "1.33") == ["1", "2"])
    #expect(try lab.ends(.clusterIP, "1.34") == ["1"])
    #expect(try lab.frontend(.clusterIP, "1.34").notes == [.narrowedToNode])
    #expect(try lab.frontend(.clusterIP, "1.33").notes == [.narrowedToZone("a")])
  }

  @Test("Terminating endpoints that serve are the last resort from 1.26, for each policy by itself")
  func terminatingFallback() throws {
    var lab = Lab(
      endpoints: [
        Lab.endpoint("10.1.0.1", node: "here", Lab.terminating),
        Lab.endpoint("10.1.0.2", node: "there", Lab.terminating),
      ].joined(separator: ","))
    #expect(try lab.frontend(.clusterIP, "1.25").verdict == .reject)
    #expect(try lab.ends(.clusterIP, "1.26") == ["1", "2"])
    #expect(try lab.frontend(.clusterIP, "1.26").notes == [.terminatingFallback])
    lab.spec += #","externalTrafficPolicy":"Local""#
    lab.endpoints += "," + Lab.endpoint("10.1.0.3", node: "there")
    #expect(try lab.ends(.clusterIP, "1.26") == ["3"])
    #expect(try lab.ends(.nodePort, "1.26") == ["1"])
    #expect(try lab.frontend(.nodePort, "1.26").endpointsInside.map(\.address.description) == ["10.1.0.3:8080"])
    #expect(try lab.frontend(.nodePort, "1.25").verdict == .drop)
  }

  @Test("The internal policy Local: ignored to 1.21, all traffic's to 1.23, refused then, dropped since")
  func internalPolicy() throws {
    var lab = Lab(
      endpoints: [Lab.endpoint("10.1.0.1", node: "here"), Lab.endpoint("10.1.0.2", node: "there")]
        .joined(separator: ","))
    lab.spec += #","internalTrafficPolicy":"Local""#
    #expect(try lab.ends(.clusterIP, "1.21") == ["1", "2"])
    #expect(try lab.ends(.clusterIP, "1.22") == ["1"])
    #expect(try lab.ends(.nodePort, "1.23") == ["1"])
    #expect(try lab.ends(.clusterIP, "1.24") == ["1"])
    #expect(try lab.ends(.nodePort, "1.24") == ["1", "2"])
    #expect(try lab.frontend(.clusterIP, "1.23", node: "other").verdict == .reject)
    #expect(try lab.frontend(.nodePort, "1.23", node: "other").verdict == .reject)
    #expect(try lab.frontend(.clusterIP, "1.24", node: "other").verdict == .drop)
    #expect(try lab.frontend(.nodePort, "1.24", node: "other").verdict == .forward)
  }

  @Test("A load balancer's address with ipMode Proxy is left alone from 1.30")
  func ipMode() throws {
    let lab = Lab(
      status: #"{"loadBalancer":{"ingress":[{"ip":"192.0.2.9","ipMode":"Proxy"}]}}"#,
      endpoints: Lab.endpoint("10.1.0.1", node: "here"))
    #expect(try lab.frontend(.loadBalancer, "1.28").isCertain)
    #expect(try lab.frontend(.loadBalancer, "1.28").verdict == .forward)
    #expect(try lab.frontend(.loadBalancer, "1.29").notes == [.needsGate("LoadBalancerIPMode")])
    #expect(try lab.frontend(.loadBalancer, "1.30").verdict == .unhandled(.ipModeProxy))
  }

  @Test("Before 1.19 v1 Endpoints are read, and slices only for want of them")
  func endpointsBeforeSlices() throws {
    let lab = Lab(endpoints: Lab.endpoint("10.1.0.1", node: "here"))
    #expect(try lab.frontend(.clusterIP, "1.18").verdict == .reject)
    #expect(try lab.frontend(.clusterIP, "1.19").verdict == .forward)
    let (forwarding, service) = try lab.forwarding("1.34")
    var cluster = ClusterSnapshot()
    cluster.add(service)
    var bare = forwarding
    bare.cluster = cluster
    #expect(bare.frontends(of: service).map(\.verdict) == [.unknown, .unknown])
    #expect(bare.frontends(of: service).allSatisfy { !$0.isCertain })
  }

  @Test("v1 Endpoints serve where no slices are known, by the port's name")
  func endpointsForWantOfSlices() throws {
    let cluster = try ClusterSnapshot.of(
      """
      {"kind":"List","items":[
        {"kind":"Service","metadata":{"name":"s","namespace":"n"},
         "spec":{"clusterIP":"10.0.0.1","ports":[{"name":"p","port":80,"targetPort":"web"}]}},
        {"kind":"Endpoints","metadata":{"name":"s","namespace":"n",
         "annotations":{"endpoints.kubernetes.io/over-capacity":"truncated"}},
         "subsets":[{"addresses":[{"ip":"10.1.0.1","nodeName":"here","targetRef":{"kind":"Pod","namespace":"n","name":"x"}},
           {"ip":"fd00::1"}],"notReadyAddresses":[{"ip":"10.1.0.2"}],
           "ports":[{"name":"q","port":1},{"name":"p","port":8080},{"name":"p","port":53,"protocol":"UDP"}]}]}]}
      """)
    let service = try #require(cluster.service(NamespacedName("n", "s")))
    let forwarding = ExpectedForwarding(
      cluster: cluster, node: NodeIdentity(name: "here"), version: KubeProxyVersion(1, 34))
    let frontend = try #require(forwarding.frontends(of: service).first)
    #expect(frontend.endpoints.map(\.address.description) == ["10.1.0.1:8080"])
    #expect(frontend.endpoints.first?.isLocal == true)
    #expect(frontend.endpoints.first?.pod == NamespacedName("n", "x"))
    #expect(frontend.notes == [.truncated, .fromEndpoints])
    #expect(frontend.known.isTruncated && !frontend.known.hasTerminating)
  }

  @Test(
    "v1 Endpoints tell of a service's first family, of the families that they have, and of all that are written by hand",
    arguments: [
      ("\"selector\":{\"a\":\"b\"}", "10.1.0.1", [.v4]),
      ("\"selector\":{\"a\":\"b\"}", "fd00::1", [.v4, .v6]), ("\"selector\":{}", "10.1.0.1", [.v4, .v6]),
    ] as [(String, String, Set<IPFamily>)])
  func familiesOfEndpoints(selector: String, address: String, families: Set<IPFamily>) throws {
    let cluster = try ClusterSnapshot.of(
      """
      {"kind":"List","items":[
        {"kind":"Service","metadata":{"name":"s","namespace":"n"},
         "spec":{"clusterIPs":["10.0.0.1","fd00:1::1"],\(selector),"ports":[{"port":80}]}},
        {"kind":"Endpoints","metadata":{"name":"s","namespace":"n"},
         "subsets":[{"addresses":[{"ip":"\(address)"}],"ports":[{"port":8080}]}]}]}
      """)
    let service = try #require(cluster.service(NamespacedName("n", "s")))
    var forwarding = ExpectedForwarding(
      cluster: cluster, node: NodeIdentity(name: "here"), version: KubeProxyVersion(1, 34))
    let frontends = forwarding.frontends(of: service)
    for frontend in frontends { #expect((frontend.verdict != .unknown) == families.contains(frontend.family)) }
    #expect(frontends.count == 2 && frontends.allSatisfy { $0.known.families == families })
    // A kube-proxy that goes by the same objects knows no more than they tell.
    forwarding.version = KubeProxyVersion(1, 18)
    #expect(forwarding.frontends(of: service).allSatisfy { $0.known == .complete })
  }

  @Test(
    "Without hints it is known for whom endpoints are meant only of services that ask for no zone",
    arguments: [
      ("", "", true), ("\"trafficDistribution\":\"PreferClose\",", "", false),
      ("", "\"service.kubernetes.io/topology-mode\":\"Auto\"", false),
    ])
  func hints(spec: String, annotation: String, areKnown: Bool) throws {
    let cluster = try ClusterSnapshot.of(
      """
      {"kind":"List","items":[
        {"kind":"Service","metadata":{"name":"s","namespace":"n","annotations":{\(annotation)}},
         "spec":{\(spec)"clusterIP":"10.0.0.1","ports":[{"port":80}]}}]}
      """)
    let service = try #require(cluster.service(NamespacedName("n", "s")))
    #expect(EndpointKnowledge(nil, of: service).hasHints == areKnown)
  }

  @Test("A release makes of every service what the one before it made, unless it is known to begin something")
  func beginnings() throws {
    let cluster = try ClusterSnapshot.load(path: Fixtures.path("captures/api/lab"))
    let node = NodeIdentity(try #require(cluster.node("node1")))
    var forwarding = ExpectedForwarding(cluster: cluster, node: node, version: .oldest)
    var seen: Set<Int> = []
    for service in cluster.services {
      for expectation in forwarding.frontends(of: service, versions: .oldest ... .newest).dropFirst() {
        seen.insert(expectation.versions.lowerBound.minor)
      }
      let (first, last) = (KubeProxyVersion(1, 25), KubeProxyVersion.newest)
      let isDecisive = forwarding.frontends(of: service, versions: first...last).count > 1
      forwarding.version = .newest
      #expect(forwarding.dependsOnRelease([service], of: first...last) == isDecisive, "\(service.metadata.name)")
    }
    #expect(seen.count > 5 && seen.isSubset(of: ProxyBehavior.beginnings), "\(seen.sorted())")
  }

  @Test("Of two endpoints with one address the one that stays counts, whichever comes first")
  func duplicates() throws {
    func endpoints(_ listed: String...) throws -> [ExpectedEndpoint] {
      try Lab(endpoints: listed.joined(separator: ",")).frontend(.clusterIP, "1.34").endpoints
    }
    let ending = Lab.endpoint("10.1.0.1", node: "here", Lab.terminating)
    let staying = Lab.endpoint("10.1.0.1", node: "here")
    for found in [try endpoints(ending, staying), try endpoints(staying, ending)] {
      #expect(found.count == 1 && found.first?.isTerminating == false)
    }
  }

  @Test("Source ranges hold for load balancers' addresses, by family, unless one holds everything")
  func sourceRanges() throws {
    func ranges(_ list: String) throws -> ExpectedFrontend {
      var lab = Lab(
        status: #"{"loadBalancer":{"ingress":[{"ip":"192.0.2.9"}]}}"#,
        endpoints: Lab.endpoint("10.1.0.1", node: "here"))
      lab.spec += #","loadBalancerSourceRanges":[\#(list)]"#
      #expect(try lab.frontend(.nodePort, "1.34").sourceRanges.isEmpty)
      return try lab.frontend(.loadBalancer, "1.34")
    }
    #expect(try ranges(#""10.0.0.0/8","fd00::/8""#).sourceRanges.map(\.description) == ["10.0.0.0/8"])
    #expect(try ranges(#""10.0.0.0/8","0.0.0.0/0""#).sourceRanges.isEmpty)
    #expect(try ranges(#""fd00::/8""#).notes == [.noSourceRangesOfFamily])
  }

  @Test("Services that are not kube-proxy's are left alone, with the reason")
  func unhandledServices() throws {
    let cluster = try ClusterSnapshot.load(path: Fixtures.path("captures/api/lab"))
    let node = NodeIdentity(try #require(cluster.node("node1")))
    let forwarding = ExpectedForwarding(cluster: cluster, node: node, version: KubeProxyVersion(1, 34))
    func reason(_ name: String) throws -> UnhandledReason? {
      forwarding.unhandledReason(of: try #require(cluster.service(NamespacedName("edge", name))))
    }
    #expect(try reason("store") == .headless)
    #expect(try reason("external-name") == .externalName)
    #expect(try reason("other-proxy") == .otherProxy("other"))
    #expect(try reason("affinity") == nil)
    let old = ExpectedForwarding(cluster: cluster, node: node, version: KubeProxyVersion(1, 18))
    let sixFirst = try #require(cluster.service(NamespacedName("edge", "six-first")))
    #expect(
      old.frontends(of: sixFirst).map(\.verdict) == [
        .unhandled(.familyNotServed(.v6)), .unhandled(.noClusterIPOfFamily(.v4)),
      ])
  }

  @Test("A range of releases falls into those that agree")
  func versionRanges() throws {
    var lab = Lab(
      endpoints: [Lab.endpoint("10.1.0.1", node: "here"), Lab.endpoint("10.1.0.2", node: "there")]
        .joined(separator: ","))
    lab.spec += #","internalTrafficPolicy":"Local""#
    let (forwarding, service) = try lab.forwarding("1.30")
    let groups = forwarding.frontends(of: service, versions: KubeProxyVersion(1, 20)...KubeProxyVersion(1, 99))
    #expect(groups.map(\.versions.lowerBound.minor) == [20, 22, 24])
    #expect(groups.map(\.versions.upperBound.minor) == [21, 23, 36])
    #expect(groups.last?.frontends.first?.endpoints.count == 1)
  }
}

import Testing

@testable import Inspect

/// A service and its slices, as the API has them.
private func frontend(_ slices: String, selector: String = #"{"app":"web","tier":"a"}"#) throws -> ExpectedFrontend {
  let cluster = try ClusterSnapshot.of(
    """
    {"kind":"List","items":[
      {"kind":"Service","metadata":{"name":"s","namespace":"n"},
       "spec":{"type":"ClusterIP","clusterIP":"10.0.0.1","selector":\(selector),"ports":[{"name":"http","port":80}]}},
      {"kind":"EndpointSlice","metadata":{"name":"other","namespace":"n","labels":{"kubernetes.io/service-name":"t"}},
       "addressType":"IPv4","ports":[{"name":"http","port":8080}],"endpoints":[{"addresses":["10.1.0.9"]}]}\(slices)]}
    """)
  let forwarding = ExpectedForwarding(cluster: cluster, node: NodeIdentity(name: "here"), version: .newest)
  let service = try #require(cluster.service(NamespacedName("n", "s")))
  return try #require(forwarding.frontends(of: service).first)
}

private func slice(port: String, _ endpoints: String) -> String {
  """
  ,{"kind":"EndpointSlice","metadata":{"name":"s-1","namespace":"n","labels":{"kubernetes.io/service-name":"s"}},
    "addressType":"IPv4","ports":[\(port)],"endpoints":[\(endpoints)]}
  """
}

private let http = #"{"name":"http","port":8080}"#

private func endpoint(_ address: String, _ conditions: String) -> String {
  #"{"addresses":["\#(address)"],"conditions":{\#(conditions)},"nodeName":"here","targetRef":{"kind":"Pod","namespace":"n","name":"p"}}"#
}

@Suite("Why a service has no endpoint, and which endpoints get nothing")
struct EndpointLackTests {
  @Test("Nobody has made a slice")
  func noSlice() throws {
    #expect(try frontend("").lack == .noSlice(hasSelector: true))
    #expect(try frontend("", selector: "{}").lack == .noSlice(hasSelector: false))
  }

  @Test("The selector matches no pod, and is told")
  func noPod() throws {
    let lack = try frontend(slice(port: http, "")).lack
    #expect(lack?.description == "no serving pod matches the selector app=web,tier=a")
  }

  @Test("Pods have no port of the name")
  func noPort() throws {
    let ready = endpoint("10.1.0.1", #""ready":true"#)
    #expect(try frontend(slice(port: #"{"name":"metrics","port":9090}"#, ready)).lack == .noPort("http"))
    #expect(try frontend(slice(port: "", ready)).lack == .noPort("http"))
  }

  @Test("Endpoints that are not ready get nothing, and are named")
  func notReady() throws {
    let unready = endpoint("10.1.0.1", #""ready":false"#)
    let none = try frontend(slice(port: http, unready))
    #expect(none.lack == .notReady(1) && none.unused.map(\.address.description) == ["10.1.0.1:8080"])
    let some = try frontend(slice(port: http, unready + "," + endpoint("10.1.0.2", #""ready":true"#)))
    #expect(some.lack == nil && some.unused.map(\.pod) == [NamespacedName("n", "p")])
    #expect(some.endpoints.map(\.address.description) == ["10.1.0.2:8080"])
  }

  @Test("Endpoints that terminate and serve, as nothing else does, get packets")
  func terminating() throws {
    let serving = endpoint("10.1.0.1", #""ready":false,"serving":true,"terminating":true"#)
    let used = try frontend(slice(port: http, serving))
    #expect(used.lack == nil && used.unused == [] && used.endpoints.count == 1)
    let ready = try frontend(slice(port: http, serving + "," + endpoint("10.1.0.2", #""ready":true"#)))
    #expect(ready.unused.map(\.isTerminating) == [true])
  }
}

import Testing

@testable import Inspect

@Suite("A list of services, from what was asked to the answer")
struct ServicesSessionTests {
  @Test("A list has the services of the namespace that was named, else of default, or of all")
  func namespaces() throws {
    func names(_ query: ServicesQuery) throws -> [String?] {
      try session().services(query).items.map { $0.service?.name }
    }
    var query = ServicesQuery()
    #expect(try names(query) == [])
    query.namespace = "ns"
    #expect(try names(query) == ["svc"])
    query.namespace = nil
    query.areAllNamespaces = true
    #expect(try names(query) == ["svc"])
  }

  @Test("A list says where the API's objects are from, and at its end that none of its nodes is this host")
  func notes() throws {
    try withDump { dump in
      var query = ServicesQuery()
      query.namespace = "ns"
      query.families = [.v4]
      var session = session(cluster: dump)
      #expect(try session.services(query).notes == [])
      session.hostName = "host9"
      let list = try session.services(query)
      #expect(list.api?.source.hasSuffix("cluster.json") == true)
      #expect(list.node.name == nil)
      #expect(list.notes.last?.text.contains("no node named host9") == true)
    }
  }
}

import TestSupport
import Testing

@testable import Inspect

@Suite("Connections to the API")
struct ConnectionTests {
  @Test("They are closed with the reader that opened them, and where it was refused")
  func closed() throws {
    let server = try APIServer("--objects", APIServer.objects("yaobank"))
    #expect(try server.read().slices().count == 1)
    #expect(try descriptorsLeft { _ = try server.read() } == [])

    let refusing = try APIServer("--objects", APIServer.objects("yaobank"), misnamed: true)
    #expect(try descriptorsLeft { #expect(throws: (any Error).self) { try refusing.read() } } == [])
  }

  @Test("They are closed with a session's view, which asks more than once")
  func view() throws {
    let server = try APIServer("--objects", APIServer.objects("yaobank"))
    let source = ClusterSource.server(try server.search(), limits: APILimits(time: .seconds(60)))
    let node = NodeGuess(name: "node1", isHostName: false)
    let question = ClusterQuestion.service(NamespacedName("yaobank", "summary"))
    #expect(
      try descriptorsLeft {
        try ProcessNamespace.enter()
        var view = try ClusterView(source, node: node) { _ in question }
        guard view.snapshot != nil else { throw SetupError("no answer") }
        _ = view.readEndpoints(of: NamespacedName("yaobank", "summary"))
        _ = view.readPods(at: [.v4(0x0af4_100a)])
      } == [])
  }
}

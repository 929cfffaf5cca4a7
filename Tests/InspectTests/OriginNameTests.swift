import Testing

@testable import Inspect

@Suite("Where one packet comes from, as typed")
struct OriginNameTests {
  @Test(
    "An origin is read as typed",
    arguments: [
      ("node", OriginName.node), ("external", .external), ("10.0.0.1", .address(.v4(0x0a00_0001))),
      ("client", .pod(namespace: nil, name: "client")), ("default/client", .pod(namespace: "default", name: "client")),
      ("default/node", .pod(namespace: "default", name: "node")), ("pod/client", .pod(namespace: nil, name: "client")),
      ("pod/default/client", .pod(namespace: "default", name: "client")),
      ("deploy/client", .pod(namespace: "deploy", name: "client")),
    ])
  func reads(text: String, name: OriginName) throws {
    #expect(try OriginName(text) == name)
  }

  @Test("What is no origin is refused", arguments: ["", "a/b/c", "/a", "a/", "10.0.0.1:80"])
  func refuses(text: String) {
    #expect(throws: TargetError.self) { try OriginName(text) }
  }
}

import Testing

@testable import Inspect

@Suite("Which Node object this host is")
struct ThisNodeTests {
  private let cluster = try? ClusterSnapshot.of(
    """
    {"kind": "NodeList", "items": [
      {"kind": "Node", "metadata": {"name": "node1", "labels": {"kubernetes.io/hostname": "host1"}}},
      {"kind": "Node", "metadata": {"name": "node2"}}]}
    """)

  @Test(
    "It is the one of the host's name, with or without its domain, or with that name as a label",
    arguments: [("node2", "node2"), ("node2.example.org", "node2"), ("host1", "node1"), ("host1.lan", "node1")])
  func byHostName(host: String, name: String) {
    let node = ThisNode(given: nil, host: host, cluster: cluster)
    #expect(node.name == name)
    #expect(node.note == nil)
  }

  @Test("A host of another name is none of them, and that is said")
  func unknown() {
    let node = ThisNode(given: nil, host: "node22", cluster: cluster)
    #expect(node.name == nil)
    #expect(node.note?.contains("no node named node22") == true)
  }

  @Test("A name that was given is taken, and what the API does not know of it is said")
  func given() {
    #expect(ThisNode(given: "node1", host: "x", cluster: cluster).note == nil)
    let unknown = ThisNode(given: "node9", host: "node1", cluster: cluster)
    #expect(unknown.name == "node9")
    #expect(unknown.note?.hasPrefix("the API has no node node9: ") == true)
  }

  @Test("Where nodes are not known, the host's name is taken and nothing said")
  func withoutNodes() {
    for cluster in [nil, ClusterSnapshot()] {
      let node = ThisNode(given: nil, host: "host9", cluster: cluster)
      #expect(node.name == "host9")
      #expect(node.note == nil)
    }
  }
}

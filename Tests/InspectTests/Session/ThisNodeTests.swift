import TestSupport
import Testing

@testable import Inspect

#if canImport(Glibc)
  import Glibc
#endif

@Suite("Which Node object this host is")
struct ThisNodeTests {
  private let cluster = try? ClusterSnapshot.of(
    """
    {"kind": "NodeList", "items": [
      {"kind": "Node", "metadata": {"name": "node1", "labels": {"kubernetes.io/hostname": "host1"}},
       "status": {"addresses": [{"type": "InternalIP", "address": "192.0.2.1"}]}},
      {"kind": "Node", "metadata": {"name": "node2"},
       "status": {"addresses": [{"type": "InternalIP", "address": "192.0.2.2"}]}}]}
    """)

  private func node(
    given: String? = nil, certificate: String? = nil, host: String, addresses: [String] = [],
    _ cluster: ClusterSnapshot?
  ) -> ThisNode {
    ThisNode(
      ThisNode.Evidence(
        given: given, certificate: certificate, host: host, addresses: addresses.compactMap { IPPrefix($0) }),
      cluster: cluster)
  }

  @Test(
    "It is the one of the host's name, with or without its domain, or with that name as a label",
    arguments: [("node2", "node2"), ("node2.example.org", "node2"), ("host1", "node1"), ("host1.lan", "node1")])
  func byHostName(host: String, name: String) {
    let node = node(host: host, cluster)
    #expect(node.name == name)
    #expect(node.note == nil)
  }

  @Test(
    "It is the one that the kubelet's certificate names, or whose internal address the host has, whatever the host is called"
  )
  func byEvidence() {
    #expect(node(certificate: "node2", host: "node1", addresses: ["192.0.2.1"], cluster).name == "node2")
    #expect(node(host: "node1", addresses: ["127.0.0.0/8", "192.0.2.2"], cluster).name == "node2")
    // A certificate of another cluster's node, or what two have, tells nothing.
    #expect(node(certificate: "node7", host: "node1", cluster).name == "node1")
    #expect(node(host: "node1", addresses: ["192.0.2.0/24"], cluster).name == "node1")
  }

  @Test("A host of another name is none of them, and that is said")
  func unknown() {
    let node = node(host: "node22", cluster)
    #expect(node.name == nil)
    #expect(node.note?.contains("no node named node22") == true)
  }

  @Test("A name that was given is taken, and what the API does not know of it is said")
  func given() {
    #expect(node(given: "node1", host: "x", cluster).note == nil)
    let unknown = node(given: "node9", certificate: "node2", host: "node1", cluster)
    #expect(unknown.name == "node9")
    #expect(unknown.note?.hasPrefix("the API has no node node9: ") == true)
  }

  @Test("Where nodes are not known, the host's name is taken and nothing said")
  func withoutNodes() {
    for cluster in [nil, ClusterSnapshot()] {
      let node = node(host: "host9", cluster)
      #expect(node.name == "host9")
      #expect(node.note == nil)
    }
  }

  @Test(
    "Where nodes may not be read, the host's name is doubted if endpoints are on nodes of other names alone, as in a pod"
  )
  func forbiddenNodes() throws {
    let cluster = try ClusterSnapshot.of(
      """
      {"kind": "List", "items": [
        {"kind": "Service", "metadata": {"namespace": "ns", "name": "svc"}, "spec": {"clusterIP": "10.96.0.1"}},
        {"kind": "EndpointSlice", "addressType": "IPv4",
         "metadata": {"namespace": "ns", "name": "svc-1", "labels": {"kubernetes.io/service-name": "svc"}},
         "endpoints": [{"addresses": ["10.244.1.5"], "nodeName": "node1"}]}]}
      """)
    #expect(node(host: "node1", cluster).name == "node1")
    let pod = node(host: "debug-pod", cluster)
    #expect(pod.name == nil)
    #expect(pod.note?.contains("--node NAME") == true)
    #expect(node(certificate: "node3", host: "debug-pod", cluster).name == "node3")
  }

  @Test(
    "The kubelet's certificate is found below a root folder, and its subject read; another certificate tells nothing")
  func certificate() throws {
    let folder = try ScratchDirectory()
    #expect(KubeletCertificate.nodeName(root: folder.path) == nil)
    func certificate(_ subject: String) throws -> String {
      let made = try runTool(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout"]
          + ["/dev/stdout", "-subj", subject])
      try #require(made.status == 0)
      return made.text
    }
    #expect(KubeletCertificate.nodeName(in: try certificate("/CN=kubernetes-admin/O=system:masters")) == nil)
    let long = String(repeating: "n", count: 40) + ".example.org"
    for name in ["ip-10-0-1-2.ec2.internal", long] {
      let pem = try certificate("/O=system:nodes/CN=system:node:\(name)")
      #expect(KubeletCertificate.nodeName(in: pem) == name)
    }
    #expect(mkdir("\(folder.path)/var", 0o755) == 0 && mkdir("\(folder.path)/var/snap", 0o755) == 0)
    for part in ["/var/lib", "/var/lib/kubelet", "/var/lib/kubelet/pki"] { mkdir(folder.path + part, 0o755) }
    _ = try folder.write(
      "var/lib/kubelet/pki/kubelet-client-current.pem", try certificate("/O=system:nodes/CN=system:node:node1"))
    #expect(KubeletCertificate.nodeName(root: folder.path) == "node1")
  }
}

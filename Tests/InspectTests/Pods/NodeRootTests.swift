import TestSupport
import Testing

@testable import Inspect

@Suite("From where the files of a node are seen")
struct NodeRootTests {
  private func root(_ folders: String...) throws -> ScratchDirectory {
    let root = try ScratchDirectory()
    for folder in folders { try succeed(["mkdir", "-p", "\(root.path)/\(folder)"]) }
    return root
  }

  @Test("In a container they are below process 1's root, else below /host, if a kubelet has files there; that is said")
  func container() throws {
    let own = try root("var/log")
    let node = try root("var/log/pods")
    let bound = try root("var/lib/kubelet")
    #expect(NodeRoot(first: node.path, bound: bound.path, own: own.path).prefix == node.path)
    let host = NodeRoot(first: own.path, bound: bound.path, own: own.path)
    #expect(host.prefix == bound.path && host.note?.contains(bound.path) == true)
    #expect(NodeRoot(first: nil, bound: bound.path, own: own.path).prefix == bound.path)
    #expect(NodeRoot(first: nil, bound: "\(own.path)/none", own: own.path) == NodeRoot())
  }

  @Test("A process with mounts of its own, but the node's folders, reads its own")
  func sameFolders() throws {
    let node = try root("var/log/pods", "var/lib/kubelet")
    #expect(NodeRoot(first: node.path, bound: "/none", own: node.path) == NodeRoot())
  }

  @Test("A name below /var/run is taken below /run: the link between the two would lead out of that root")
  func links() throws {
    let node = try root("var/log/pods")
    let found = NodeRoot(first: node.path, bound: "/none", own: "/none")
    #expect(found.path("/var/run/docker.sock") == "\(node.path)/run/docker.sock")
    #expect(found.path("/var/log/pods") == "\(node.path)/var/log/pods")
    #expect(NodeRoot().path("/var/run/docker.sock") == "/var/run/docker.sock")
  }

  @Test("Places that the user named stay where they are")
  func named() throws {
    let node = try root("var/log/pods")
    var sources = PodSources()
    sources.logs = "/mine"
    let found = NodeRoot(first: node.path, bound: "/none", own: "/none")
    let moved = sources.below(found)
    #expect(moved.logs == "/mine" && moved.kubelet == "\(node.path)/var/lib/kubelet/pods")
    #expect(moved.runtimes.map(\.path).contains("\(node.path)/run/containerd/containerd.sock"))
    sources.areRuntimesNamed = true
    #expect(sources.below(found).runtimes == sources.runtimes)
  }

  @Test("crictl's file, the kubelet's and its options name the runtime's socket")
  func runtimes() throws {
    let node = try root("etc", "var/lib/kubelet", "var/log/pods")
    let found = NodeRoot(first: node.path, bound: "/none", own: "/none")
    #expect(RuntimeEndpoint.configured(found).isEmpty)
    _ = try node.write("etc/crictl.yaml", "# runtime-endpoint: unix:///no\nruntime-endpoint: \"unix:///run/a.sock\"\n")
    _ = try node.write("var/lib/kubelet/config.yaml", "kind: x\ncontainerRuntimeEndpoint: 'unix:///var/run/b.sock'\n")
    _ = try node.write(
      "var/lib/kubelet/kubeadm-flags.env",
      "KUBELET_KUBEADM_ARGS=\"--x=y --container-runtime-endpoint=unix:///run/c.sock --z\"\n")
    #expect(RuntimeEndpoint.configured(found).map(\.path) == ["a", "b", "c"].map { "\(node.path)/run/\($0).sock" })
  }
}

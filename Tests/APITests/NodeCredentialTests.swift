import TestSupport
import Testing

@testable import Inspect

#if canImport(Glibc)
  import Glibc
#endif

private let summary = ClusterQuestion.service(NamespacedName("yaobank", "summary"))

/// A kubeconfig's cluster, with the authority in itself.
private func trusted(_ server: APIServer) throws -> String {
  let authority = encodedBase64(try ConfigFile(TestCertificates.made().authority).read())
  return "{server: '\(server.url)', certificate-authority-data: \(authority)}"
}

private func search(
  _ node: ScratchDirectory, overrides: AccessOverrides = AccessOverrides(), host: ScratchDirectory? = nil
) -> CredentialSearch {
  CredentialSearch(
    kubeconfig: nil, overrides: overrides, environment: { _ in nil }, node: node.path, host: host?.path)
}

private func firstAccess(_ search: CredentialSearch) throws -> ClusterAccess {
  guard case .access(let access)? = search.first(from: 0)?.found else { throw SetupError("no access") }
  return access
}

@Suite("A node's own credentials")
struct NodeCredentialTests {
  private let yaobank = APIServer.objects("yaobank")

  @Test(
    "Where kube-proxy is a pod its kubeconfig and its token are found in the kubelet's volumes, before the kubelet's own",
    arguments: ["kubernetes.io~projected/kube-api-access-abcde", "kubernetes.io~secret/kube-proxy-token-abcde"])
  func kubeProxyPod(volume: String) throws {
    let server = try APIServer("--objects", yaobank, "--profile", "kube-proxy", "--token", "pr0xy")
    let node = try ScratchDirectory()
    let pods = "var/lib/kubelet/pods"
    // As the kubelet makes volumes: a version's folder, and links to the one that counts.
    func mount(_ uid: String, _ volume: String, _ files: [String: String]) throws {
      let folder = "\(pods)/\(uid)/volumes/\(volume)"
      for (name, text) in files { try node.write("\(folder)/..2026_11_22/\(name)", text) }
      symlink("..2026_11_22", "\(node.path)/\(folder)/..data")
      for name in files.keys { symlink("..data/\(name)", "\(node.path)/\(folder)/\(name)") }
    }
    let account = "/var/run/secrets/kubernetes.io/serviceaccount"
    let kubeconfig = config(
      cluster: "{server: '\(server.url)', certificate-authority: \(account)/ca.crt}",
      user: "{tokenFile: \(account)/token}")
    // Another pod's token is none of kube-proxy's.
    try mount("1", volume, ["token": "other", "ca.crt": ""])
    try mount("2", "kubernetes.io~configmap/kube-proxy", ["kubeconfig.conf": kubeconfig, "config.conf": ""])
    let authority = String(decoding: try ConfigFile(TestCertificates.made().authority).read(), as: UTF8.self)
    try mount("2", volume, ["token": "pr0xy\n", "ca.crt": authority])
    try node.write("etc/kubernetes/kubelet.conf", config(cluster: trusted(server), user: "{token: kubelet}"))
    let read = try readCluster(summary, by: search(node))
    #expect(
      read.source.name == "\(node.path)/\(pods)/2/volumes/kubernetes.io~configmap/kube-proxy/kubeconfig.conf")
    #expect(read.slices().count == 1 && read.notes.isEmpty)
    #expect(try server.requests().allSatisfy { $0.line.contains("Bearer pr0xy") })
  }

  @Test("A credential of the command line takes the place of the user of a kubeconfig that kpx found, and is named")
  func replaced() throws {
    let certificates = try TestCertificates.made()
    let server = try APIServer("--objects", yaobank, "--token", "g00d")
    let node = try ScratchDirectory()
    let user = "{client-certificate: /client.crt, client-key: /client.key, as: jane}"
    for (name, file) in [("client.crt", certificates.client), ("client.key", certificates.clientKey)] {
      try node.write(name, String(decoding: try ConfigFile(file).read(), as: UTF8.self))
    }
    let path = try node.write("etc/kubernetes/kubelet.conf", config(cluster: trusted(server), user: user))
    #expect(try firstAccess(search(node)).credentialKind == "client certificate")
    let token = overrides { $0.setToken("g00d") }
    let found = try firstAccess(search(node, overrides: token))
    #expect(found.credentialKind == "token" && found.certificate == nil && found.impersonation.user == nil)
    #expect(found.source.name == "\(path) and the command line")
    #expect(try readCluster(summary, by: search(node, overrides: token)).slices().count == 1)
    // A kubeconfig that the user named is merged with the command line, as kubectl does it.
    let own = config(cluster: try trusted(server), user: user.replacing(": /", with: ": \(node.path)/"))
    let named = CredentialSearch(
      kubeconfig: try node.write("named", own), overrides: token, environment: { _ in nil })
    #expect(try firstAccess(named).credentialKind == "client certificate and token")
  }

  @Test("A server that takes the connection and is silent leaves time for another one, and is asked nothing more")
  func hanging() throws {
    let silent = try APIServer("--fault", "mute")
    let server = try APIServer("--objects", yaobank)
    let node = try ScratchDirectory()
    try node.write("etc/kubernetes/admin.conf", config(cluster: trusted(silent)))
    try node.write("etc/rancher/k3s/k3s.yaml", config(cluster: trusted(silent)))
    try node.write("etc/kubernetes/kubelet.conf", config(cluster: trusted(server)))
    let start = ContinuousClock.now
    let read = try readCluster(summary, by: search(node), limits: APILimits(time: .seconds(8)))
    #expect(start.duration(to: .now) < .seconds(7))
    #expect(read.slices().count == 1)
    #expect(read.notes.first?.contains("\(silent.url) did not answer in time") == true)
    #expect(try silent.requests().count == 3)
  }

  @Test("A server that was silent to one question is asked no other, though there is time")
  func silentOnce() throws {
    let server = try APIServer("--objects", yaobank, "--fault", "mute:/endpointslices")
    let node = try ScratchDirectory()
    try node.write("etc/kubernetes/admin.conf", config(cluster: trusted(server)))
    try node.write("etc/kubernetes/kubelet.conf", config(cluster: trusted(APIServer())))
    try ProcessNamespace.enter()
    var reader = try ClusterReader.read(
      { _ in summary }, node: NodeGuess(name: "node1", isHostName: false), by: search(node),
      limits: APILimits(time: .seconds(6)))
    #expect(reader.snapshot.services.count == 1)
    #expect(reader.notes.contains { $0.contains("the endpoints of yaobank/summary are not known: ") })
    reader.readPods(at: [.v4(0x0af4_100a)])
    #expect(try server.requests().count == 3)
  }

  @Test("A server in whose place no other could be asked has all the time")
  func alone() throws {
    let slow = try APIServer("--objects", yaobank, "--delay", "2.2")
    let node = try ScratchDirectory()
    for file in ["etc/kubernetes/admin.conf", "etc/kubernetes/kubelet.conf"] {
      try node.write(file, config(cluster: trusted(slow)))
    }
    let read = try readCluster(summary, by: search(node), limits: APILimits(time: .seconds(4)))
    #expect(read.slices().count == 1)
    #expect(try slow.requests().count == 3)
  }

  @Test("In a container of the node the node's own files are looked at, and their links lead to the node's files")
  func hostRoot() throws {
    let host = try ScratchDirectory()
    let user = "{client-certificate: /var/lib/kubelet/pki/kubelet-client-current.pem}"
    let file = "etc/kubernetes/kubelet.conf"
    try host.write(file, config(user: user))
    try host.write("var/lib/kubelet/pki/kubelet-client-2026.pem", "PEM")
    symlink(
      "/var/lib/kubelet/pki/kubelet-client-2026.pem", "\(host.path)/var/lib/kubelet/pki/kubelet-client-current.pem")
    let container = try ScratchDirectory()
    let access = try firstAccess(search(container, host: host))
    #expect(access.source.name == "\(host.path)/\(file)" && access.certificate == Secret("PEM"))
    #expect(search(container, host: host).places.contains("\(host.path)/\(file)"))
    // The container may have the node's file mounted.
    try container.write(file, "")
    unlink("\(container.path)/\(file)")
    #expect(link("\(host.path)/\(file)", "\(container.path)/\(file)") == 0)
    #expect(search(container, host: host).places.count { $0.hasSuffix("/\(file)") } == 1)
  }

  @Test("The node's root is that of process 1, where it has other mounts and lets itself be looked into")
  func firstProcess() throws {
    let proc = try ScratchDirectory()
    #expect(HostRoot.path(proc: proc.path) == nil)
    try proc.write("1/ns/mnt", "")
    try proc.write("self/ns/mnt", "")
    #expect(HostRoot.path(proc: proc.path) == nil)
    try proc.write("1/root/etc/hostname", "node1")
    #expect(HostRoot.path(proc: proc.path) == "\(proc.path)/1/root")
    unlink("\(proc.path)/self/ns/mnt")
    #expect(link("\(proc.path)/1/ns/mnt", "\(proc.path)/self/ns/mnt") == 0)
    #expect(HostRoot.path(proc: proc.path) == nil)
  }
}

import TestSupport
import Testing

@testable import Inspect

#if canImport(Glibc)
  import Glibc
#endif

/// The access that a kubeconfig's text gives.
private func access(
  _ text: String, overrides: AccessOverrides = AccessOverrides(), environment: [String: String] = [:],
  files: [String: String] = [:]
) throws -> ClusterAccess {
  let folder = try ScratchDirectory()
  for (name, content) in files { try folder.write(name, content) }
  let path = try folder.write("config", text)
  let search = CredentialSearch(kubeconfig: path, overrides: overrides, environment: { environment[$0] })
  return try found(search)
}

private func found(_ search: CredentialSearch) throws -> ClusterAccess {
  switch try #require(search.first(from: 0)).found {
  case .access(let access): return access
  case .unusable(let error): throw error
  }
}

private func problem(_ text: String, overrides: AccessOverrides = AccessOverrides()) -> String {
  do {
    return "none: \(try access(text, overrides: overrides))"
  } catch {
    let text = "\(error)"
    return text.hasPrefix("/tmp/kpx-test-") ? String(text.dropFirst("/tmp/kpx-test-XXXXXX/".count)) : text
  }
}

/// A kubeconfig with one context, and these flow mappings.
func config(cluster: String = "{server: 'https://10.0.0.1:6443'}", user: String = "{}") -> String {
  """
  apiVersion: v1
  kind: Config
  current-context: c
  contexts: [{name: c, context: {cluster: k, user: u}}]
  clusters: [{name: k, cluster: \(cluster)}]
  users: [{name: u, user: \(user)}]
  """
}

@Suite("Kubeconfigs")
struct KubeconfigTests {
  @Test(
    "Data in the file counts before the file that is named beside it; files are relative to the kubeconfig's folder")
  func material() throws {
    let files = ["pki/ca.crt": "CA FILE", "client.crt": "CERT FILE", "client.key": "KEY FILE"]
    let byFile = try access(
      config(
        cluster: "{server: 'https://h', certificate-authority: pki/ca.crt}",
        user: "{client-certificate: client.crt, client-key: ./client.key}"), files: files)
    #expect(byFile.authorities == Array("CA FILE".utf8))
    #expect(byFile.certificate == Secret("CERT FILE") && byFile.key == Secret("KEY FILE"))
    let byData = try access(
      config(
        cluster: "{server: 'https://h', certificate-authority: pki/ca.crt, certificate-authority-data: REFUQQ==}",
        user: "{client-certificate: client.crt, client-certificate-data: REFUQQ==, client-key-data: S0VZ}"),
      files: files)
    #expect(byData.authorities == Array("DATA".utf8))
    #expect(byData.certificate == Secret("DATA") && byData.key == Secret("KEY"))
  }

  @Test("The kubelet's certificate and key may be in one file")
  func oneFile() throws {
    let access = try access(config(user: "{client-certificate: both.pem}"), files: ["both.pem": "BOTH"])
    #expect(access.key == Secret("BOTH"))
  }

  @Test("Tokens, token files, passwords and plugins are told apart, and a token file counts before a token")
  func users() throws {
    func authorization(_ user: String) throws -> String {
      switch try access(config(user: user)).authorization {
      case .none: "none"
      case .token(let token): "token \(token.text)"
      case .tokenFile(let file, let fallback):
        "file \(file.path.split(separator: "/").last ?? ""), \(fallback?.text ?? "-")"
      case .basic(let user, let password): "basic \(user) \(password.text)"
      case .plugin(let plugin): "plugin \(plugin.command) \(plugin.arguments)"
      }
    }
    #expect(try authorization("{}") == "none")
    #expect(try authorization("{token: abc}") == "token abc")
    #expect(try authorization("{token: 12345}") == "token 12345")
    #expect(try authorization("{tokenFile: t}") == "file t, -")
    #expect(try authorization("{tokenFile: /x/t, token: abc}") == "file t, abc")
    #expect(try authorization("{username: me, password: 'pass word'}") == "basic me pass word")
    let exec =
      "{exec: {apiVersion: client.authentication.k8s.io/v1, command: aws, args: [eks, get-token], interactiveMode: Never}}"
    #expect(try authorization(exec) == "plugin aws [\"eks\", \"get-token\"]")
  }

  @Test("Of several files in KUBECONFIG the first that names something counts, and missing ones are passed over")
  func merging() throws {
    let folder = try ScratchDirectory()
    let first = try folder.write(
      "first",
      """
      current-context: one
      contexts: [{name: one, context: {cluster: shared, user: u, namespace: from-first}}]
      users: [{name: u, user: {token: first}}]
      """)
    let second = try folder.write(
      "deep/second",
      """
      current-context: two
      contexts: [{name: one, context: {cluster: other}}, {name: two, context: {cluster: shared, user: u}}]
      clusters: [{name: shared, cluster: {server: 'https://second', certificate-authority: ca.crt}}]
      users: [{name: u, user: {token: second}}]
      """)
    try folder.write("deep/ca.crt", "CA OF SECOND")
    let variable = "\(folder.path)/missing:\(first)::\(second)"
    let access = try found(CredentialSearch(kubeconfig: nil, environment: { ["KUBECONFIG": variable][$0] }))
    #expect(access.source == AccessSource(name: "\(first):\(second)", context: "one"))
    #expect(access.server.description == "https://second")
    #expect(access.namespace == "from-first")
    #expect(access.authorities == Array("CA OF SECOND".utf8))
    guard case .token(let token) = access.authorization else { return #expect(Bool(false), "no token") }
    #expect(token.text == "first")
    let other = try found(
      CredentialSearch(
        kubeconfig: nil, overrides: overrides { $0.context = "two" }, environment: { ["KUBECONFIG": variable][$0] }))
    #expect(other.source.context == "two" && other.namespace == nil)
  }

  @Test("The command line counts before the files")
  func commandLine() throws {
    let text = config(
      cluster: "{server: 'https://file', certificate-authority-data: REFUQQ==, tls-server-name: a}",
      user: "{token: file, exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: x}}")
    let folder = try ScratchDirectory()
    let authority = try folder.write("ca", "OTHER")
    let access = try access(
      text,
      overrides: overrides {
        $0.server = "https://flag:6443"
        $0.setToken("flag")
        $0.serverName = "b"
        $0.authority = authority
        $0.impersonated = "jane"
        $0.groups = ["dev"]
      })
    #expect(access.server.description == "https://flag:6443")
    #expect(access.serverName == "b")
    #expect(access.authorities == Array("OTHER".utf8))
    #expect(access.impersonation.user == "jane" && access.impersonation.groups == ["dev"])
    guard case .token(let token) = access.authorization else { return #expect(Bool(false), "no token") }
    #expect(token.text == "flag")
    let insecure = try self.insecure(text)
    #expect(insecure.isInsecure && insecure.authorities == nil)
  }

  private func insecure(_ text: String) throws -> ClusterAccess {
    try access(text, overrides: overrides { $0.isInsecure = true })
  }

  @Test("A server and a token on the command line need no file")
  func flagsAlone() throws {
    let search = CredentialSearch(
      kubeconfig: nil,
      overrides: overrides {
        $0.server = "10.0.0.1:6443"
        $0.setToken("t")
      }, environment: { _ in nil }, node: "/nonexistent")
    let access = try found(search)
    #expect(access.server.description == "https://10.0.0.1:6443")
    #expect(access.source.name == "the command line")
  }

  @Test("Anchors, aliases, merged mappings, quotes, block texts and JSON are read as YAML says")
  func yaml() throws {
    let anchored = try access(
      """
      base: &base {insecure-skip-tls-verify: true, server: "https://base"}
      current-context: "c"
      contexts:
        - name: c
          context: {cluster: k, user: u}
      clusters:
        - name: k
          cluster:
            <<: *base
            server: 'https://own'
      users:
        - name: u
          user:
            token: >-
              abc
      """)
    #expect(anchored.isInsecure)
    #expect(anchored.server.description == "https://own")
    guard case .token(let token) = anchored.authorization else { return #expect(Bool(false), "no token") }
    #expect(token.text == "abc")
    let json = """
      {"current-context":"c","contexts":[{"name":"c","context":{"cluster":"k","user":null}}],
      "clusters":[{"name":"k","cluster":{"server":"https:\\/\\/h\\u002eexample"}}],"users":null}
      """
    #expect(try access(json).server.description == "https://h.example")
  }

  @Test(
    "What is wrong is said with its line",
    arguments: [
      ("a: [", "config:2 is not YAML: did not find expected node content"),
      ("a: 1\na: 2", "config:2 is not YAML: key \"a\" is there twice"),
      ("a: *b", "config:1 is not YAML: alias *b has no anchor before it"),
      ("text", "config:1: this is no kubeconfig"),
      ("kind: Pod", "config:1: this is a Pod and no kubeconfig (kind: Config)"),
      ("clusters: {}", "config:1: clusters is no list"),
      ("clusters:\n- cluster: {}", "config:2: an entry of clusters has no name"),
      ("clusters:\n- name: a\n- name: a", "config:3: clusters has \"a\" twice"),
      ("contexts:\n- name: a\n  context: {user: b}", "config:3: a context has no cluster"),
      ("users:\n- name: a\n  user:\n    client-key-data: '%'", "config:4: client-key-data is not base64"),
      ("users:\n- name: a\n  user: {exec: {command: x}}", "config:3: exec has no apiVersion"),
      (
        "users:\n- name: a\n  user: {exec: {command: x, apiVersion: client.authentication.k8s.io/v1alpha1}}",
        "config:3: exec: apiVersion client.authentication.k8s.io/v1alpha1 is none of client.authentication.k8s.io/v1, "
          + "client.authentication.k8s.io/v1beta1"
      ),
      (
        "users:\n- name: a\n  user: {exec: {command: x, apiVersion: client.authentication.k8s.io/v1}}",
        "config:3: exec: interactiveMode must be said with client.authentication.k8s.io/v1: Never, IfAvailable or Always"
      ),
      ("", "config: it is empty"), ("# nothing\n", "config: it is empty"),
      ("users: [{name: a}]", "config: it names no current context; --context says which"),
      ("current-context: x", "config: there is no context \"x\""),
      (
        "current-context: x\ncontexts: [{name: b, context: {cluster: c}}, {name: a, context: {cluster: c}}]",
        "config: there is no context \"x\"; there are a, b"
      ),
      ("current-context: a\ncontexts: [{name: a, context: {cluster: c}}]", "config: there is no cluster \"c\""),
      (config(cluster: "{server: 'ftp://h'}"), "config: the server is no URL such as https://10.0.0.1:6443"),
      (
        config(cluster: "{server: 'https://user:secret@h'}"),
        "config: the server is no URL such as https://10.0.0.1:6443"
      ),
      (config(cluster: "{}"), "config: the cluster has no server"),
      (config(user: "{client-key-data: S0VZ}"), "config: there is a client key without a client certificate"),
      (config(user: "{as-groups: [g]}"), "config: groups cannot be impersonated without a user (--as)"),
      (
        config(user: "{auth-provider: {name: gcp}}"),
        "config: auth-provider \"gcp\" is nothing that kpx has; kubectl has replaced it by credential plugins (exec)"
      ),
    ])
  func problems(text: String, expected: String) {
    let message = problem(text).split(separator: "/").last.map(String.init) ?? ""
    let whole = problem(text)
    #expect(whole.hasSuffix(expected), "\(whole) \(message)")
    #expect(!whole.contains("secret"))
  }

  @Test("A credential plugin is told nothing of a cluster that is longer than it should be")
  func longExtension() {
    let items = String(repeating: "x, ", count: 30_000)
    let extensions = "[{name: client.authentication.k8s.io/exec, extension: [\(items)]}]"
    #expect(
      problem("clusters: [{name: k, cluster: {extensions: \(extensions)}}]").hasSuffix("the extension is too long"))
  }

  @Test("Aliases of aliases count as what they stand for: neither their number nor their depth is without a limit")
  func aliases() {
    var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1...30 {
      bomb += "a\(level): &a\(level) [\((0..<10).map { _ in "*a\(level - 1)" }.joined(separator: ", "))]\n"
    }
    #expect(problem(bomb).hasSuffix("config:5 is not YAML: too many values"))
    var tower = "a0: &a0 [x]\n"
    let (open, close) = (String(repeating: "[", count: 60), String(repeating: "]", count: 60))
    for level in 1...780 { tower += "a\(level): &a\(level) \(open)*a\(level - 1)\(close)\n" }
    #expect(problem(tower).hasSuffix("config:3 is not YAML: nested too deeply"))
  }

  @Test("Merging the same mapping again and again does not take the square of its length")
  func mergedOften() {
    let base = "base: &base {\((0..<20_000).map { "k\($0): " }.joined(separator: ", "))}\n"
    let merged = "all: {<<: [\(String(repeating: "*base, ", count: 20_000))]}\n"
    #expect(problem(base + merged).hasSuffix("config:2 is not YAML: too many values"))
  }

  @Test("Nesting and random bytes are errors, never crashes")
  func hostile() throws {
    #expect(problem(String(repeating: "[", count: 100_000)).hasSuffix("config:1 is not YAML: nested too deeply"))
    var generator = SystemRandomNumberGenerator()
    let sound = Array(config(cluster: "{server: 'https://h', certificate-authority-data: REFUQQ==}").utf8)
    for _ in 0..<2000 {
      var bytes = sound
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
      }
      let cut = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &generator)))
      _ = try? Kubeconfig.parse(cut, in: ConfigFolder(path: "config"))
    }
  }

  @Test("A secret does not show itself, however it is printed")
  func secrets() throws {
    let access = try access(
      config(
        cluster: "{server: 'https://h', proxy-url: 'http://me:pa55@proxy'}",
        user: "{token: t0ken, client-certificate-data: REFUQQ==, client-key-data: S0VZ}"))
    var dumped = ""
    dump(access, to: &dumped)
    for text in ["\(access)", String(reflecting: access), dumped, "\(Secret("t0ken"))", "\([Secret("t0ken")])"] {
      for secret in ["t0ken", "pa55", "DATA", "75, 69, 89"] { #expect(!text.contains(secret)) }
    }
  }
}

@Suite("Where credentials are looked for")
struct AccessLadderTests {
  private func kubeconfig(_ server: String) -> String { config(cluster: "{server: 'https://\(server)'}") }

  /// All accesses of a search, in order.
  private func sources(_ search: CredentialSearch) -> [String] {
    var sources: [String] = []
    var place = 0
    while let (next, found) = search.first(from: place) {
      place = next + 1
      switch found {
      case .access(let access): sources.append(access.server.host)
      case .unusable(let error): sources.append("\(error)")
      }
    }
    return sources
  }

  @Test("Home, the pod's account, administrators' files, kube-proxy's, its pod's, the kubelet's: in this order")
  func order() throws {
    let node = try ScratchDirectory()
    let account = "var/run/secrets/kubernetes.io/serviceaccount"
    let files = [
      "etc/kubernetes/kubelet.conf", "var/lib/kubelet/kubeconfig", "var/lib/kube-proxy/kubeconfig",
      "var/lib/rancher/k3s/agent/kubeproxy.kubeconfig", "var/lib/rancher/rke2/agent/kubeproxy.kubeconfig",
      "var/snap/microk8s/current/credentials/proxy.config",
      "etc/kubernetes/admin.conf", "etc/rancher/k3s/k3s.yaml", "etc/rancher/rke2/rke2.yaml",
      "var/lib/k0s/pki/admin.conf", "var/snap/microk8s/current/credentials/client.config",
      "var/lib/rancher/k3s/agent/kubelet.kubeconfig",
    ]
    for file in files { try node.write(file, kubeconfig(file.replacing("/", with: "-"))) }
    for (place, kubelet) in ["var/lib/kubelet", "var/lib/k0s/kubelet"].enumerated() {
      let volumes = "\(kubelet)/pods/\(place)/volumes"
      try node.write("\(volumes)/kubernetes.io~configmap/kube-proxy/kubeconfig.conf", kubeconfig("pod-\(place)"))
      try node.write("\(volumes)/kubernetes.io~projected/kube-api-access-x/token", "t0ken")
    }
    try node.write("home/.kube/config", kubeconfig("home"))
    try node.write("\(account)/token", "account-token\n")
    try node.write("\(account)/ca.crt", "CA")
    try node.write("\(account)/namespace", "kube-system\n")
    let variables = [
      "HOME": "\(node.path)/home", "KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "6443",
    ]
    let search = CredentialSearch(kubeconfig: nil, environment: { variables[$0] }, node: node.path)
    #expect(
      sources(search) == [
        "home", "fd00::1", "etc-kubernetes-admin.conf", "etc-rancher-k3s-k3s.yaml", "etc-rancher-rke2-rke2.yaml",
        "var-lib-k0s-pki-admin.conf", "var-snap-microk8s-current-credentials-client.config",
        "var-lib-kube-proxy-kubeconfig", "var-lib-rancher-k3s-agent-kubeproxy.kubeconfig",
        "var-lib-rancher-rke2-agent-kubeproxy.kubeconfig", "var-snap-microk8s-current-credentials-proxy.config",
        "pod-0", "pod-1", "etc-kubernetes-kubelet.conf", "var-lib-kubelet-kubeconfig",
        "var-lib-rancher-k3s-agent-kubelet.kubeconfig",
      ])
    #expect(!search.isExplicit)
    guard case .access(let pod)? = search.first(from: 1)?.found else { return #expect(Bool(false), "no account") }
    #expect(pod.namespace == "kube-system" && pod.authorities == Array("CA".utf8))
    #expect(pod.source.name == "the pod's service account")
  }

  @Test(
    "Under sudo the files of who called it are looked at",
    .enabled(if: geteuid() == 0, "needs root, as whom sudo runs it"))
  func sudo() throws {
    let entry = try #require(getpwnam("nobody"))
    let variables = ["HOME": "/nonexistent", "SUDO_USER": "nobody", "SUDO_UID": "\(entry.pointee.pw_uid)"]
    let search = CredentialSearch(kubeconfig: nil, environment: { variables[$0] }, node: "/nonexistent")
    #expect(search.places.contains("\(String(cString: entry.pointee.pw_dir))/.kube/config"))
    #expect(search.places.first == "/nonexistent/.kube/config")
  }

  @Test("A file that is no good is passed over with a word, unless the user named it")
  func broken() throws {
    let node = try ScratchDirectory()
    try node.write("etc/kubernetes/admin.conf", "text")
    try node.write("etc/kubernetes/kubelet.conf", kubeconfig("kubelet"))
    let search = CredentialSearch(kubeconfig: nil, environment: { _ in nil }, node: node.path)
    #expect(sources(search) == ["\(node.path)/etc/kubernetes/admin.conf:1: this is no kubeconfig", "kubelet"])
    let named = CredentialSearch(kubeconfig: "/nonexistent/config", environment: { _ in nil }, node: node.path)
    #expect(sources(named) == ["cannot read /nonexistent/config: No such file or directory"])
    #expect(named.isExplicit)
  }

  @Test("A pipe where a kubeconfig should be is passed over at once; one that the user named is read, for a while")
  func pipes() throws {
    let node = try ScratchDirectory()
    let pipe = try node.pipe("home/.kube/config")
    try node.write("etc/kubernetes/kubelet.conf", kubeconfig("kubelet"))
    let search = CredentialSearch(
      kubeconfig: nil, environment: { ["HOME": "\(node.path)/home"][$0] }, node: node.path)
    #expect(sources(search) == ["\(pipe) is not a regular file", "kubelet"])
    let named = [
      CredentialSearch(kubeconfig: pipe, environment: { _ in nil }),
      CredentialSearch(kubeconfig: nil, environment: { ["KUBECONFIG": pipe][$0] }),
    ]
    for search in named {
      guard case .unusable(let error)? = search.first(from: 0, deadline: .now + .milliseconds(200))?.found else {
        Issue.record("an access from a pipe that nobody writes to")
        continue
      }
      #expect(error == .file(path: pipe, .timedOut, user: nil))
    }
    let written = try runTool(["bash", "-c", "cat <<< \"$0\" > \"$1\" & exec true", kubeconfig("written"), pipe])
    try #require(written.status == 0)
    #expect(sources(named[0]) == ["written"])
    let nothing = CredentialSearch(
      kubeconfig: "/dev/null", overrides: overrides { $0.server = "https://flag" }, environment: { _ in nil })
    #expect(sources(nothing) == ["flag"])
    for path in ["/dev/zero", node.path] {
      #expect(
        sources(CredentialSearch(kubeconfig: path, environment: { _ in nil })) == ["\(path) is not a regular file"])
    }
  }

  @Test("A credential that is refused, or whose server is gone, gives way to the next")
  func next() throws {
    let server = try APIServer("--objects", APIServer.objects("yaobank"), "--token", "good")
    let certificates = try TestCertificates.made()
    let node = try ScratchDirectory()
    let authority = encodedBase64(try ConfigFile(certificates.authority).read())
    let cluster = "{server: '\(server.url)', certificate-authority-data: \(authority)}"
    try node.write("etc/rancher/k3s/k3s.yaml", config(cluster: "{server: 'https://127.0.0.1:1'}"))
    try node.write("etc/kubernetes/admin.conf", config(cluster: cluster, user: "{token: expired}"))
    try node.write("etc/kubernetes/kubelet.conf", config(cluster: cluster, user: "{token: good}"))
    let search = CredentialSearch(kubeconfig: nil, environment: { _ in nil }, node: node.path)
    let read = try readCluster(.service(NamespacedName("yaobank", "summary")), by: search)
    #expect(read.source.name == "\(node.path)/etc/kubernetes/kubelet.conf")
    #expect(read.slices().count == 1)
    let note = try #require(read.notes.first)
    #expect(note.contains("does not accept the credential") && note.contains("https://127.0.0.1:1 cannot be reached"))
    #expect(!note.contains("expired,"))
  }
}

@Suite("Proxies")
struct ProxyTests {
  @Test(
    "HTTPS_PROXY leads to a server unless NO_PROXY excepts it",
    arguments: [
      ("https://10.0.0.1:6443", "", "http://p"), ("http://10.0.0.1:6443", "", "http://q"),
      ("https://127.0.0.1:6443", "", nil), ("https://localhost", "", nil), ("https://[::1]:6443", "", nil),
      ("https://10.0.0.1:6443", "*", nil), ("https://10.0.0.1:6443", "x, 10.0.0.0/8", nil),
      ("https://10.0.0.1:6443", "10.0.0.1:443", "http://p"), ("https://10.0.0.1:6443", "10.0.0.1:6443", nil),
      ("https://api.example.com", "example.com", nil), ("https://api.example.com", ".example.com", nil),
      ("https://example.com", ".example.com", "http://p"), ("https://badexample.com", "example.com", "http://p"),
      ("https://API.Example.com", "api.example.com:443", nil), ("https://[fd00::1]:6443", "fd00::/8", nil),
      ("https://api.example.com", "*.example.com", nil),
    ])
  func environment(server: String, exceptions: String, expected: String?) throws {
    let variables = ["HTTPS_PROXY": "http://p", "http_proxy": "http://q", "no_proxy": exceptions]
    let address = try #require(ServerAddress(server))
    #expect(ProxyEnvironment { variables[$0] }.proxy(to: address) == expected)
  }

  @Test("Through a proxy the server is reached, and the proxy sees neither token nor path")
  func connecting() throws {
    let server = try APIServer("--objects", APIServer.objects("yaobank"), "--token", "t0ken")
    let proxy = try APIServer("--connect", "--basic", "bWU6cGE1NQ==", "--to", "127.0.0.1", isSecure: false)
    let certificates = try TestCertificates.made()
    // No such host: only the proxy knows the way.
    let cluster =
      "{server: 'https://api.test:\(server.port)', certificate-authority: \(certificates.authority), "
      + "proxy-url: 'http://me:PASS@127.0.0.1:\(proxy.port)'}"
    func read(_ password: String) throws -> ReadCluster {
      let path = try server.folder.write(
        "proxied", config(cluster: cluster.replacing("PASS", with: password), user: "{token: t0ken}"))
      return try readCluster(
        .service(NamespacedName("yaobank", "summary")),
        by: CredentialSearch(kubeconfig: path, environment: { _ in nil }))
    }
    #expect(try read("pa55").slices().count == 1)
    let seen = try proxy.requests()
    #expect(!seen.isEmpty && seen.allSatisfy { $0.path == "api.test:\(server.port)" })
    #expect(seen.allSatisfy { !$0.line.contains("t0ken") })
    let refused = failure { try read("wr0ng") }
    #expect(refused.contains("the proxy http://127.0.0.1:\(proxy.port), by which the API at https://api.test:"))
    #expect(refused.contains("407"))
    #expect(!refused.contains("wr0ng"))
  }

  @Test("A proxy that is not there is named, without its password, and not the API")
  func dead() throws {
    let folder = try ScratchDirectory()
    let cluster = "{server: 'https://10.9.9.9:6443', proxy-url: 'http://me:pa55@127.0.0.1:1/'}"
    let path = try folder.write("proxied", config(cluster: cluster))
    let message = failure {
      try readCluster(
        .service(NamespacedName("a", "b")), by: CredentialSearch(kubeconfig: path, environment: { _ in nil }))
    }
    #expect(
      message.contains(
        "the proxy http://127.0.0.1:1, by which the API at https://10.9.9.9:6443 is asked, cannot be used: "
          + "Connection refused"))
    #expect(!message.contains("pa55"))
  }
}

#if canImport(Glibc)
  import Glibc
#endif

/// Where a node's credentials for the API are looked for, in order: what the user named, else what the node itself has.
public struct CredentialSearch: Sendable {
  /// One place to look.
  struct Candidate: Sendable {
    /// The files of one kubeconfig, below `root`, which are merged.
    var files: [String]
    /// Whether the user named them.
    var isNamed = false
    /// What is looked at when it is there; nil where a file's absence is an error.
    var isOptional = true
    /// Empty, or another root directory that it is in.
    var root = ""
    /// For the kubeconfig of a pod, its service account's folder below `root`.
    var mountedAccount: String?
    /// The server, for a pod's service account, whose token is the only file then.
    var accountServer: String?
    /// For a file of the user who called sudo: that user reads it.
    var reader: LocalUser?

    /// The files to read: those that are there, or that must be.
    var present: [String] {
      // One that may not be looked at is not absent: that is worth a word.
      isOptional ? files.filter { Glibc.access(root + $0, F_OK) == 0 || ![ENOENT, ENOTDIR].contains(errno) } : files
    }

    /// The first file, by which it is known again under another path; nil where it is not there.
    var identity: [UInt]? {
      var status = stat()
      guard let file = files.first, stat(root + file, &status) == 0 else { return nil }
      return [UInt(status.st_dev), UInt(status.st_ino)]
    }

    var isAbsent: Bool { present.isEmpty }
  }

  /// What a candidate gave.
  public enum Found: Sendable {
    case access(ClusterAccess)
    case unusable(KubeconfigError)
  }

  private let candidates: [Candidate]
  private let overrides: AccessOverrides
  private let proxies: ProxyEnvironment
  /// Whether the user said which kubeconfig or context to use: then there is no other.
  public let isExplicit: Bool
  /// Whether the user named the API or a credential for it: then they count on it.
  public var isNamed: Bool { isExplicit || overrides.server != nil || overrides.hasCredential }

  /// - Parameters:
  ///   - kubeconfig: the file that the command line names.
  ///   - environment: the value of a variable.
  ///   - node: the root of the node's file system, for tests another one.
  ///   - host: the root of the node's file system where kpx is in a container of it; nil where it is not.
  public init(
    kubeconfig: String?, overrides: AccessOverrides = AccessOverrides(),
    environment: (String) -> String? = CredentialSearch.environment, node: String = "", host: String? = nil
  ) {
    self.overrides = overrides
    proxies = ProxyEnvironment(environment)
    let listed = (environment("KUBECONFIG") ?? "").split(separator: ":").map(String.init)
    if let kubeconfig {
      candidates = [Candidate(files: [kubeconfig], isNamed: true, isOptional: false)]
      isExplicit = true
    } else if !listed.isEmpty {
      // As with kubectl: of these, those that are not there are passed over.
      candidates = [Candidate(files: listed, isNamed: true)]
      isExplicit = true
    } else {
      let own = Self.homes(environment) + Self.serviceAccount(environment, node) + Self.onNode(node)
      candidates = own + (host.map { Self.others(in: Self.onNode($0), than: own) } ?? [])
      isExplicit = overrides.context != nil
    }
  }

  /// A variable of this process.
  public static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  /// The first candidate from a place on that is there, read only now; and its place.
  /// - Parameter deadline: until when pipes that the user named are read; nil: as long as it takes.
  func first(from start: Int, deadline: ContinuousClock.Instant? = nil) -> (place: Int, found: Found)? {
    for place in candidates.indices.dropFirst(start) {
      if let found = find(candidates[place], deadline) { return (place, found) }
    }
    guard start <= candidates.count, overrides.server != nil, candidates.allSatisfy({ $0.isAbsent }) else { return nil }
    // A server and perhaps a token on the command line need no file.
    return (
      candidates.count,
      found { () throws(KubeconfigError) in
        try access(Kubeconfig(), source: "the command line", isNamed: true, deadline)
      }
    )
  }

  /// The namespace of the context that would be used; nil where none names one, or cannot be used.
  var namespace: String? {
    let deadline = ContinuousClock.now + .seconds(1)
    guard case .access(let access)? = first(from: 0, deadline: deadline)?.found else { return nil }
    return access.namespace
  }

  /// The contexts of the first kubeconfig that is there and can be read.
  /// - Parameter limit: how long pipes that the user named are read.
  public func contexts(within limit: Duration) -> [String] {
    let configs = candidates.lazy.filter { $0.accountServer == nil && !$0.isAbsent }.compactMap {
      try? read($0, .now + limit)
    }
    return configs.first.map { $0.contexts.keys.sorted() } ?? []
  }

  /// Where it was looked, for a person.
  public var places: [String] { candidates.flatMap { candidate in candidate.files.map { candidate.root + $0 } } }

  // MARK: - Places

  private static func homes(_ environment: (String) -> String?) -> [Candidate] {
    var candidates: [Candidate] = []
    let caller = geteuid() == 0 ? invokingUser(environment) : nil
    if let home = environment("HOME"), !home.isEmpty {
      // sudo may leave HOME as it was.
      candidates.append(Candidate(files: ["\(home)/.kube/config"], reader: home == caller?.home ? caller : nil))
    }
    if let caller, candidates.first?.reader == nil {
      candidates.append(Candidate(files: ["\(caller.home)/.kube/config"], reader: caller))
    }
    return candidates
  }

  /// Who called sudo.
  private static func invokingUser(_ environment: (String) -> String?) -> LocalUser? {
    guard environment("SUDO_USER") != nil, let number = environment("SUDO_UID").flatMap({ UInt32($0) }), number != 0
    else { return nil }
    let user = LocalUser(number)
    return user.home == "/" ? nil : user
  }

  private static func serviceAccount(_ environment: (String) -> String?, _ node: String) -> [Candidate] {
    guard let host = environment("KUBERNETES_SERVICE_HOST"), !host.isEmpty else { return [] }
    let port = environment("KUBERNETES_SERVICE_PORT") ?? "443"
    let server = "https://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    return [Candidate(files: ["\(ConfigFolder.account)/token"], root: node, accountServer: server)]
  }

  /// What has the node's own files: administrators' first, who may read all, and the kubelet's last, who may not.
  private static func onNode(_ node: String) -> [Candidate] {
    let administrators = [
      "/etc/kubernetes/admin.conf", "/etc/rancher/k3s/k3s.yaml", "/etc/rancher/rke2/rke2.yaml",
      "/var/lib/k0s/pki/admin.conf", "/var/snap/microk8s/current/credentials/client.config",
    ]
    let proxies = [
      "/var/lib/kube-proxy/kubeconfig", "/var/lib/kube-proxy/kubeconfig.conf", "/etc/kubernetes/kube-proxy.conf",
      "/etc/kubernetes/kube-proxy.kubeconfig", "/var/lib/rancher/k3s/agent/kubeproxy.kubeconfig",
      "/var/lib/rancher/rke2/agent/kubeproxy.kubeconfig", "/var/snap/microk8s/current/credentials/proxy.config",
    ]
    let kubelets = [
      "/etc/kubernetes/kubelet.conf", "/var/lib/kubelet/kubeconfig", "/var/lib/rancher/k3s/agent/kubelet.kubeconfig",
      "/var/lib/rancher/rke2/agent/kubelet.kubeconfig", "/var/lib/k0s/kubelet.conf",
      "/var/snap/microk8s/current/credentials/kubelet.config",
    ]
    let pods = KubeProxyPod.all(root: node).map {
      Candidate(files: [$0.kubeconfig], root: node, mountedAccount: $0.account)
    }
    func files(_ paths: [String]) -> [Candidate] { paths.map { Candidate(files: [$0], root: node) } }
    return files(administrators + proxies) + pods + files(kubelets)
  }

  /// Those that are not files that the others are: a container may have the node's mounted.
  private static func others(in found: [Candidate], than known: [Candidate]) -> [Candidate] {
    let identities = Set(known.compactMap(\.identity))
    return found.filter { $0.identity.map { !identities.contains($0) } ?? true }
  }

  // MARK: - Reading

  private func find(_ candidate: Candidate, _ deadline: ContinuousClock.Instant?) -> Found? {
    let files = candidate.present
    guard !files.isEmpty else { return nil }
    return found { () throws(KubeconfigError) in
      if let server = candidate.accountServer {
        return try serviceAccount(server, root: candidate.root, deadline)
      }
      let config = try read(candidate, deadline)
      let source = files.map { candidate.root + $0 }.joined(separator: ":")
      return try access(config, source: source, isNamed: candidate.isNamed, deadline)
    }
  }

  /// What the files of a candidate say together.
  private func read(
    _ candidate: Candidate, _ deadline: ContinuousClock.Instant?
  ) throws(KubeconfigError) -> Kubeconfig {
    var config = Kubeconfig()
    for path in candidate.present {
      let kind = candidate.isNamed ? FileKind.pipe(until: deadline) : .regular
      let file = try ConfigFile(path, root: candidate.root, reader: candidate.reader, kind: kind).content()
      let folder = ConfigFolder(
        path: path, root: candidate.root, mountedAccount: candidate.mountedAccount,
        reader: candidate.reader ?? Self.owner(of: file))
      config.merge(try Kubeconfig.parse(file.bytes, in: folder))
    }
    return config
  }

  /// Who may write a kubeconfig says which files are read and which programs run, and must not do so with root's rights.
  /// nil: whoever runs kpx, who has no others to give, or whose file it is.
  private static func owner(of file: NodeFile.Content) -> LocalUser? {
    geteuid() == 0 && file.owner != 0 ? LocalUser(file.owner) : nil
  }

  private func found(_ access: () throws(KubeconfigError) -> ClusterAccess) -> Found {
    do {
      return .access(try access())
    } catch {
      return .unusable(error)
    }
  }

  /// - Parameter isNamed: whether the user named the kubeconfig. Of one that kpx found, a credential of the command line
  ///   takes the place of the whole user: a server would look at the user's certificate before the command line's token.
  private func access(
    _ config: Kubeconfig, source: String, isNamed: Bool, _ deadline: ContinuousClock.Instant?
  ) throws(KubeconfigError) -> ClusterAccess {
    let replacesUser = !isNamed && overrides.hasCredential
    return try config.access(
      overrides, source: replacesUser ? "\(source) and the command line" : source, replacesUser: replacesUser,
      proxies: proxies, deadline: deadline)
  }

  /// What every pod has: a token, the cluster's authority, and the server's address in its environment.
  private func serviceAccount(
    _ server: String, root: String, _ deadline: ContinuousClock.Instant?
  ) throws(KubeconfigError) -> ClusterAccess {
    let file = { (name: String) in ConfigFile("\(ConfigFolder.account)/\(name)", root: root) }
    var config = Kubeconfig()
    config.currentContext = "in-cluster"
    config.contexts["in-cluster"] = Kubeconfig.Context(
      cluster: "in-cluster", user: "in-cluster",
      namespace: (try? file("namespace").read()).map { String(decoding: $0, as: UTF8.self).trimmed })
    var cluster = Kubeconfig.Cluster()
    cluster.server = server
    cluster.authority.file = file("ca.crt")
    config.clusters["in-cluster"] = cluster
    var user = Kubeconfig.User()
    user.tokenFile = file("token")
    config.users["in-cluster"] = user
    var access = try access(config, source: "the pod's service account", isNamed: false, deadline)
    access.source.context = nil
    return access
  }
}

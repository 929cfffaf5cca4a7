#if canImport(Glibc)
  import Glibc
#endif

/// Where a node's credentials for the API are looked for, in order: what the user named, else what the node itself has.
public struct CredentialSearch: Sendable {
  /// One place to look.
  struct Candidate: Sendable {
    /// The files of one kubeconfig, which are merged.
    var files: [String]
    /// Whether the user named them.
    var isNamed = false
    /// What is looked at when it is there; nil where a file's absence is an error.
    var isOptional = true
    /// The directory that its files' absolute paths begin at.
    var root = ""
    /// The server, for a pod's service account, whose token is the only file then.
    var accountServer: String?
    /// For a file of the user who called sudo: that user reads it.
    var reader: LocalUser?

    /// The files to read: those that are there, or that must be.
    var present: [String] {
      // One that may not be looked at is not absent: that is worth a word.
      isOptional ? files.filter { Glibc.access($0, F_OK) == 0 || ![ENOENT, ENOTDIR].contains(errno) } : files
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
  /// Whether the user said which credential to use: then there is no other.
  public let isExplicit: Bool

  /// - Parameters:
  ///   - kubeconfig: the file that the command line names.
  ///   - environment: the value of a variable.
  ///   - node: the root of the node's file system, for tests another one.
  public init(
    kubeconfig: String?, overrides: AccessOverrides = AccessOverrides(),
    environment: (String) -> String? = CredentialSearch.environment, node: String = ""
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
      candidates = Self.homes(environment) + Self.serviceAccount(environment, node) + Self.onNode(node)
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
      found { () throws(KubeconfigError) in try access(Kubeconfig(), source: "the command line", deadline) }
    )
  }

  /// Where it was looked, for a person.
  public var places: [String] { candidates.flatMap(\.files) }

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

  private static let accountFolder = "/var/run/secrets/kubernetes.io/serviceaccount"

  private static func serviceAccount(_ environment: (String) -> String?, _ node: String) -> [Candidate] {
    guard let host = environment("KUBERNETES_SERVICE_HOST"), !host.isEmpty else { return [] }
    let port = environment("KUBERNETES_SERVICE_PORT") ?? "443"
    let server = "https://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    return [Candidate(files: ["\(node)\(accountFolder)/token"], root: node, accountServer: server)]
  }

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
    return (administrators + proxies + kubelets).map { Candidate(files: [node + $0], root: node) }
  }

  // MARK: - Reading

  private func find(_ candidate: Candidate, _ deadline: ContinuousClock.Instant?) -> Found? {
    let files = candidate.present
    guard !files.isEmpty else { return nil }
    return found { () throws(KubeconfigError) in
      if let server = candidate.accountServer {
        return try serviceAccount(server, folder: candidate.root + Self.accountFolder, deadline)
      }
      var config = Kubeconfig()
      for path in files {
        let kind = candidate.isNamed ? FileKind.pipe(until: deadline) : .regular
        let file = try ConfigFile(path, reader: candidate.reader, kind: kind).content()
        let folder = ConfigFolder(path: path, root: candidate.root, reader: candidate.reader ?? Self.owner(of: file))
        config.merge(try Kubeconfig.parse(file.bytes, in: folder))
      }
      return try access(config, source: files.joined(separator: ":"), deadline)
    }
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

  private func access(
    _ config: Kubeconfig, source: String, _ deadline: ContinuousClock.Instant?
  ) throws(KubeconfigError) -> ClusterAccess {
    try config.access(overrides, source: source, proxies: proxies, deadline: deadline)
  }

  /// What every pod has: a token, the cluster's authority, and the server's address in its environment.
  private func serviceAccount(
    _ server: String, folder: String, _ deadline: ContinuousClock.Instant?
  ) throws(KubeconfigError) -> ClusterAccess {
    var config = Kubeconfig()
    config.currentContext = "in-cluster"
    config.contexts["in-cluster"] = Kubeconfig.Context(
      cluster: "in-cluster", user: "in-cluster",
      namespace: (try? ConfigFile("\(folder)/namespace").read()).map { String(decoding: $0, as: UTF8.self).trimmed })
    var cluster = Kubeconfig.Cluster()
    cluster.server = server
    cluster.authority.file = ConfigFile("\(folder)/ca.crt")
    config.clusters["in-cluster"] = cluster
    var user = Kubeconfig.User()
    user.tokenFile = ConfigFile("\(folder)/token")
    config.users["in-cluster"] = user
    var access = try access(config, source: "the pod's service account", deadline)
    access.source.context = nil
    return access
  }
}

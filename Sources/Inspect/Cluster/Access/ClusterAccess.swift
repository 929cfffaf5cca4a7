/// Everything that is needed to ask an API server: where it is, whom to trust, who asks.
public struct ClusterAccess: Sendable {
  /// How a request shows who makes it.
  enum Authorization: Sendable {
    case none
    case token(Secret)
    /// A file whose content is changed now and then; and what counts while it cannot be read.
    case tokenFile(ConfigFile, fallback: Secret?)
    case basic(user: String, password: Secret)
    case plugin(ExecPlugin)
  }

  /// Where it comes from.
  public var source: AccessSource
  /// The server.
  public var server: ServerAddress
  /// The name in the server's certificate, where it is not the host of its URL.
  var serverName: String?
  var isInsecure = false
  /// Certificates (PEM) of the authorities; nil: the system's.
  var authorities: [UInt8]?
  var certificate: Secret?
  var key: Secret?
  var authorization = Authorization.none
  var impersonation = Impersonation()
  /// The proxy's URL, which may hold a password; nil: none.
  var proxy: Secret?
  /// The namespace that the context names.
  public var namespace: String?

  /// Whether there is anything that shows who asks.
  var hasCredential: Bool {
    if case .none = authorization { return certificate != nil }
    return true
  }

  /// What shows who asks, in a word: never what it is.
  public var credentialKind: String {
    // Of both, a server looks at the certificate first.
    let kinds = [certificate.map { _ in "client certificate" }, authorization.kind].compactMap(\.self)
    return kinds.isEmpty ? "none" : kinds.joined(separator: " and ")
  }
}

extension ClusterAccess.Authorization {
  /// In a word; nil for none.
  fileprivate var kind: String? {
    switch self {
    case .plugin(let plugin): "credential plugin \(plugin.command)"
    case .token, .tokenFile: "token"
    case .basic: "password"
    case .none: nil
    }
  }
}

/// Where an access comes from.
public struct AccessSource: Sendable, Hashable, CustomStringConvertible {
  /// The files, `the pod's service account` or `the command line`; several where the server is from one and the credential
  /// from another.
  public var name: String
  /// The context that was used, if it has one.
  public var context: String?

  /// The name.
  public var description: String { name }
}

/// What the command line says of the access, as kubectl has it. What is nil is not said.
public struct AccessOverrides: Sendable {
  /// `--context`
  public var context: String?
  /// `--server`: the URL.
  public var server: String?
  /// `--tls-server-name`
  public var serverName: String?
  /// `--token`
  public var token: Secret?
  /// `--certificate-authority`: a file.
  public var authority: String?
  /// `--client-certificate`: a file.
  public var certificate: String?
  /// `--client-key`: a file.
  public var key: String?
  /// `--insecure-skip-tls-verify`
  public var isInsecure = false
  /// Whether a credential may go to a server without TLS.
  public var allowsPlainHTTP = false
  /// `--as`
  public var impersonated: String?
  /// `--as-group`
  public var groups: [String] = []

  /// Nothing is said.
  public init() {}

  /// Whether they show who asks.
  var hasCredential: Bool { token != nil || certificate != nil || key != nil }

  /// A token for the server, from a command line.
  public mutating func setToken(_ text: String) { token = Secret(text) }
}

extension Kubeconfig {
  /// The access that the files and the command line make together.
  /// - Parameters:
  ///   - replacesUser: whether who asks is said by the command line alone.
  ///   - deadline: until when pipes that the command line names are read.
  func access(
    _ overrides: AccessOverrides, source: String, replacesUser: Bool = false, proxies: ProxyEnvironment,
    deadline: ContinuousClock.Instant?
  ) throws(KubeconfigError) -> ClusterAccess {
    let name = overrides.context ?? currentContext
    let incomplete = { (problem: String) in KubeconfigError.incomplete(source: source, problem: problem) }
    var context: Context?
    if let name {
      guard let found = contexts[name] else {
        let known = contexts.keys.sorted().joined(separator: ", ")
        throw incomplete("there is no context \"\(name)\"" + (known.isEmpty ? "" : "; there are \(known)"))
      }
      context = found
    } else if overrides.server == nil {
      throw incomplete(isEmpty ? "it is empty" : "it names no current context; --context says which")
    }
    let cluster = try self.cluster(context, incomplete)
    let user = replacesUser ? User() : try self.user(context, incomplete)
    guard let text = overrides.server ?? cluster.server, !text.isEmpty else {
      throw incomplete("the cluster has no server")
    }
    guard let server = ServerAddress(text) else {
      throw incomplete("the server is no URL such as https://10.0.0.1:6443")
    }
    var access = ClusterAccess(source: AccessSource(name: source, context: name), server: server)
    access.namespace = context?.namespace
    let named = { (path: String) in ConfigFile(path, kind: .pipe(until: deadline)) }
    try trust(cluster, overrides, named, incomplete, &access)
    try identify(user, overrides, named, incomplete, &access)
    if !server.isSecure, access.hasCredential, !overrides.allowsPlainHTTP {
      throw incomplete(
        "\(server) is not asked: without TLS anyone on the way can read the credential (\(access.credentialKind)); "
          + "--allow-plain-http sends it all the same")
    }
    access.proxy = (cluster.proxy.flatMap { $0.isEmpty ? nil : $0 } ?? proxies.proxy(to: server)).map { Secret($0) }
    if case .plugin(var plugin) = access.authorization, plugin.wantsCluster {
      plugin.cluster = access.pluginCluster(cluster)
      access.authorization = .plugin(plugin)
    }
    return access
  }

  private func cluster(
    _ context: Context?, _ incomplete: (String) -> KubeconfigError
  ) throws(KubeconfigError) -> Cluster {
    guard let context else { return Cluster() }
    guard let cluster = clusters[context.cluster] else {
      throw incomplete("there is no cluster \"\(context.cluster)\"")
    }
    return cluster
  }

  private func user(_ context: Context?, _ incomplete: (String) -> KubeconfigError) throws(KubeconfigError) -> User {
    guard let name = context?.user, !name.isEmpty else { return User() }
    guard let user = users[name] else { throw incomplete("there is no user \"\(name)\"") }
    return user
  }

  private func trust(
    _ cluster: Cluster, _ overrides: AccessOverrides, _ named: (String) -> ConfigFile,
    _ incomplete: (String) -> KubeconfigError, _ access: inout ClusterAccess
  ) throws(KubeconfigError) {
    access.serverName = (overrides.serverName ?? cluster.serverName).flatMap { $0.isEmpty ? nil : $0 }
    if overrides.authority != nil && overrides.isInsecure {
      throw incomplete("--certificate-authority and --insecure-skip-tls-verify exclude each other")
    }
    if overrides.isInsecure {
      access.isInsecure = true
    } else if let file = overrides.authority {
      access.authorities = try named(file).read()
    } else {
      access.isInsecure = cluster.isInsecure
      guard cluster.authority.isGiven else { return }
      if cluster.isInsecure {
        throw incomplete("insecure-skip-tls-verify and a certificate authority exclude each other")
      }
      access.authorities = try cluster.authority.bytes()
    }
  }

  private func identify(
    _ user: User, _ overrides: AccessOverrides, _ named: (String) -> ConfigFile,
    _ incomplete: (String) -> KubeconfigError, _ access: inout ClusterAccess
  ) throws(KubeconfigError) {
    let certificate = overrides.certificate.map { Material(file: named($0)) } ?? user.certificate
    let key = overrides.key.map { Material(file: named($0)) } ?? user.key
    if certificate.isGiven {
      access.certificate = Secret(try certificate.bytes())
      // A key may stand in the same file, as in the kubelet's.
      access.key = key.isGiven ? Secret(try key.bytes()) : access.certificate
    } else if key.isGiven {
      throw incomplete("there is a client key without a client certificate")
    }
    if let token = overrides.token {
      access.authorization = .token(token)
    } else if let file = user.tokenFile {
      access.authorization = .tokenFile(file, fallback: user.token)
    } else if let token = user.token {
      access.authorization = .token(token)
    } else if let name = user.userName {
      access.authorization = .basic(user: name, password: user.password ?? Secret(""))
    } else if let plugin = user.exec {
      access.authorization = .plugin(plugin)
    } else if let provider = user.authProvider, !certificate.isGiven {
      throw incomplete(
        "auth-provider \"\(provider)\" is nothing that kpx has; kubectl has replaced it by credential plugins (exec)")
    }
    access.impersonation = user.impersonation
    if let name = overrides.impersonated { access.impersonation.user = name }
    if !overrides.groups.isEmpty { access.impersonation.groups = overrides.groups }
    if access.impersonation.user == nil && !access.impersonation.isEmpty {
      throw incomplete("groups cannot be impersonated without a user (--as)")
    }
  }
}

extension Kubeconfig.Material {
  func bytes() throws(KubeconfigError) -> [UInt8] {
    if let data { return data.value }
    return try file?.read() ?? []
  }
}

extension ClusterAccess {
  /// What a plugin is told of the cluster, as JSON.
  fileprivate func pluginCluster(_ cluster: Kubeconfig.Cluster) -> String {
    var fields = ["\"server\":\(jsonQuoted(server.description))"]
    if let serverName { fields.append("\"tls-server-name\":\(jsonQuoted(serverName))") }
    if isInsecure { fields.append("\"insecure-skip-tls-verify\":true") }
    if let authorities { fields.append("\"certificate-authority-data\":\"\(encodedBase64(authorities))\"") }
    if let proxy = cluster.proxy { fields.append("\"proxy-url\":\(jsonQuoted(proxy))") }
    if cluster.disablesCompression { fields.append("\"disable-compression\":true") }
    if let config = cluster.execConfig { fields.append("\"config\":\(config)") }
    return "{\(fields.joined(separator: ","))}"
  }
}

extension APIOrigin {
  /// A server that was asked.
  public init(_ access: ClusterAccess) {
    self.init(
      source: access.source.name, context: access.source.context, server: access.server.description,
      credential: access.credentialKind)
  }
}

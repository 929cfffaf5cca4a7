/// What kubeconfig files say, merged: of two that name the same cluster, user or context, the first counts.
struct Kubeconfig: Sendable {
  /// A certificate or key: itself, or the file that holds it. What is given itself counts first.
  struct Material: Sendable, Hashable {
    var data: Secret?
    var file: ConfigFile?

    var isGiven: Bool { data != nil || file != nil }
  }

  struct Cluster: Sendable {
    var server: String?
    var serverName: String?
    var isInsecure = false
    var authority = Material()
    var proxy: String?
    var disablesCompression = false
    /// What the cluster has to say to credential plugins, as JSON.
    var execConfig: String?
  }

  struct User: Sendable {
    var certificate = Material()
    var key = Material()
    var token: Secret?
    var tokenFile: ConfigFile?
    var userName: String?
    var password: Secret?
    var exec: ExecPlugin?
    var impersonation = Impersonation()
    /// A provider of credentials that was built into clients once.
    var authProvider: String?
  }

  struct Context: Sendable {
    var cluster: String
    var user: String?
    var namespace: String?
  }

  var currentContext: String?
  var clusters: [String: Cluster] = [:]
  var users: [String: User] = [:]
  var contexts: [String: Context] = [:]

  /// Adds what another file says and this one does not.
  mutating func merge(_ other: Kubeconfig) {
    currentContext = currentContext ?? other.currentContext
    clusters.merge(other.clusters) { first, _ in first }
    users.merge(other.users) { first, _ in first }
    contexts.merge(other.contexts) { first, _ in first }
  }
}

/// For whom a request is made, where that is another than who makes it.
public struct Impersonation: Sendable, Hashable {
  /// `Impersonate-User`; nil for nobody else.
  public var user: String?
  /// `Impersonate-Uid`
  public var uid: String?
  /// `Impersonate-Group`, once for each.
  public var groups: [String] = []
  /// `Impersonate-Extra-NAME`, by name.
  public var extra: [String: [String]] = [:]

  /// Whether there is anything to say of it.
  var isEmpty: Bool { user == nil && uid == nil && groups.isEmpty && extra.isEmpty }
}

/// Why a kubeconfig cannot be used.
public enum KubeconfigError: Error, Sendable, Equatable {
  /// `user` is who was to read it, where that is not who runs kpx.
  case file(path: String, FileError, user: String?)
  case notYAML(path: String, line: Int, problem: String)
  case unexpected(path: String, line: Int, problem: String)
  /// It is sound, and lacks something; `source` names the files.
  case incomplete(source: String, problem: String)
}

extension KubeconfigError: CustomStringConvertible {
  /// The sentence for a person, with the file's path and line.
  public var description: String {
    switch self {
    case .file(let path, .timedOut, _): "\(FileError.timedOut.sentence(path)); --request-timeout allows more"
    case .file(let path, let error, let user): error.sentence(path, user: user)
    case .notYAML(let path, let line, let problem): "\(path):\(line) is not YAML: \(problem)"
    case .unexpected(let path, let line, let problem): "\(path):\(line): \(problem)"
    case .incomplete(let source, let problem): "\(source): \(problem)"
    }
  }
}

extension Kubeconfig {
  /// Whether it says nothing at all.
  var isEmpty: Bool { clusters.isEmpty && users.isEmpty && contexts.isEmpty && currentContext == nil }

  /// Reads one file's bytes. Files that it names are relative to `files`' folder.
  static func parse(_ bytes: [UInt8], in files: ConfigFolder) throws(KubeconfigError) -> Kubeconfig {
    let path = files.shownPath
    let root: YAMLNode?
    do {
      root = try YAMLNode.parse(bytes)
    } catch {
      throw .notYAML(path: path, line: error.line, problem: error.problem)
    }
    guard let root, !root.isNull else { return Kubeconfig() }
    return try KubeconfigReader(files: files).config(root)
  }
}

/// Reads the parts of one file.
private struct KubeconfigReader {
  let files: ConfigFolder

  func config(_ root: YAMLNode) throws(KubeconfigError) -> Kubeconfig {
    guard case .mapping = root.content else { throw problem(root, "this is no kubeconfig") }
    if let kind = try text(root, "kind"), kind != "Config" {
      throw problem(root, "this is a \(kind) and no kubeconfig (kind: Config)")
    }
    var config = Kubeconfig()
    config.currentContext = try text(root, "current-context").flatMap { $0.isEmpty ? nil : $0 }
    config.clusters = try named(root, list: "clusters", part: "cluster", read: cluster)
    config.users = try named(root, list: "users", part: "user", read: user)
    config.contexts = try named(root, list: "contexts", part: "context", read: context)
    return config
  }

  private func problem(_ node: YAMLNode, _ text: String) -> KubeconfigError {
    .unexpected(path: files.shownPath, line: node.line, problem: text)
  }

  /// A list of named parts, such as `clusters: [{name: …, cluster: {…}}]`.
  private func named<Part>(
    _ root: YAMLNode, list: String, part: String, read: (YAMLNode) throws(KubeconfigError) -> Part
  ) throws(KubeconfigError) -> [String: Part] {
    guard let node = root[list] else { return [:] }
    guard let items = node.items else { throw problem(node, "\(list) is no list") }
    var parts: [String: Part] = [:]
    for item in items {
      guard let name = try text(item, "name") else { throw problem(item, "an entry of \(list) has no name") }
      guard parts[name] == nil else { throw problem(item, "\(list) has \"\(name)\" twice") }
      let content = item[part] ?? YAMLNode(content: .mapping([]), line: item.line)
      guard case .mapping = content.content else { throw problem(content, "\(part) is no mapping") }
      parts[name] = try read(content)
    }
    return parts
  }

  // MARK: - Parts

  private func cluster(_ node: YAMLNode) throws(KubeconfigError) -> Kubeconfig.Cluster {
    var cluster = Kubeconfig.Cluster()
    cluster.server = try text(node, "server")
    cluster.serverName = try text(node, "tls-server-name")
    cluster.isInsecure = try flag(node, "insecure-skip-tls-verify")
    cluster.authority = try material(node, "certificate-authority")
    cluster.proxy = try text(node, "proxy-url")
    cluster.disablesCompression = try flag(node, "disable-compression")
    for entry in node["extensions"]?.items ?? [] {
      guard try text(entry, "name") == "client.authentication.k8s.io/exec" else { continue }
      guard let config = entry["extension"] else { continue }
      guard let json = config.json(limit: 64 << 10) else { throw problem(config, "the extension is too long") }
      cluster.execConfig = json
    }
    return cluster
  }

  private func context(_ node: YAMLNode) throws(KubeconfigError) -> Kubeconfig.Context {
    guard let cluster = try text(node, "cluster") else { throw problem(node, "a context has no cluster") }
    return Kubeconfig.Context(
      cluster: cluster, user: try text(node, "user"),
      namespace: try text(node, "namespace").flatMap { $0.isEmpty ? nil : $0 })
  }

  private func user(_ node: YAMLNode) throws(KubeconfigError) -> Kubeconfig.User {
    var user = Kubeconfig.User()
    user.certificate = try material(node, "client-certificate")
    user.key = try material(node, "client-key")
    user.token = try text(node, "token").map { Secret($0) }
    user.tokenFile = try text(node, "tokenFile").map(files.file)
    user.userName = try text(node, "username")
    user.password = try text(node, "password").map { Secret($0) }
    user.impersonation = try impersonation(node)
    if let provider = node["auth-provider"] { user.authProvider = try text(provider, "name") ?? "" }
    if let exec = node["exec"] { user.exec = try plugin(exec) }
    return user
  }

  private func impersonation(_ node: YAMLNode) throws(KubeconfigError) -> Impersonation {
    var impersonation = Impersonation()
    impersonation.user = try text(node, "as")
    impersonation.uid = try text(node, "as-uid")
    impersonation.groups = try texts(node, "as-groups")
    guard let extra = node["as-user-extra"] else { return impersonation }
    guard case .mapping(let entries) = extra.content else { throw problem(extra, "as-user-extra is no mapping") }
    for entry in entries { impersonation.extra[entry.key] = try texts(extra, entry.key) }
    return impersonation
  }

  private func plugin(_ node: YAMLNode) throws(KubeconfigError) -> ExecPlugin {
    guard let command = try text(node, "command"), !command.isEmpty else {
      throw problem(node, "exec has no command")
    }
    guard let version = try text(node, "apiVersion") else { throw problem(node, "exec has no apiVersion") }
    guard let api = ExecPlugin.Version(rawValue: version) else {
      throw problem(node, "exec: apiVersion \(version) is none of \(ExecPlugin.Version.all)")
    }
    var plugin = ExecPlugin(
      version: api, command: command.contains("/") ? files.resolve(command) : command,
      arguments: try texts(node, "args"))
    for entry in node["env"]?.items ?? [] {
      guard let name = try text(entry, "name") else { throw problem(entry, "a variable of exec has no name") }
      plugin.environment.append((name, try text(entry, "value") ?? ""))
    }
    plugin.owner = files.reader
    plugin.installHint = try text(node, "installHint")
    plugin.wantsCluster = try flag(node, "provideClusterInfo")
    if let mode = try text(node, "interactiveMode") {
      guard let known = ExecPlugin.Interactive(rawValue: mode) else {
        throw problem(node, "exec: interactiveMode \(mode) is none of Never, IfAvailable, Always")
      }
      plugin.interactive = known
    } else if api == .v1 {
      throw problem(node, "exec: interactiveMode must be said with \(version): Never, IfAvailable or Always")
    }
    return plugin
  }

  // MARK: - Values

  private func text(_ node: YAMLNode, _ key: String) throws(KubeconfigError) -> String? {
    guard let value = node[key] else { return nil }
    guard let text = value.text else { throw problem(value, "\(key) is no text") }
    return text
  }

  private func texts(_ node: YAMLNode, _ key: String) throws(KubeconfigError) -> [String] {
    guard let value = node[key] else { return [] }
    guard let items = value.items else { throw problem(value, "\(key) is no list") }
    var texts: [String] = []
    for item in items {
      guard let text = item.text else { throw problem(item, "\(key) has an entry that is no text") }
      texts.append(text)
    }
    return texts
  }

  private func flag(_ node: YAMLNode, _ key: String) throws(KubeconfigError) -> Bool {
    guard let value = node[key] else { return false }
    switch value.text {
    case "true", "True", "TRUE"?: return true
    case "false", "False", "FALSE"?: return false
    default: throw problem(value, "\(key) is neither true nor false")
    }
  }

  /// `KEY-data`, in base64, or `KEY`, a file.
  private func material(_ node: YAMLNode, _ key: String) throws(KubeconfigError) -> Kubeconfig.Material {
    var material = Kubeconfig.Material()
    material.file = try text(node, key).flatMap { $0.isEmpty ? nil : files.file($0) }
    if let value = node["\(key)-data"], let text = value.text, !text.isEmpty {
      guard let bytes = base64(text) else { throw problem(value, "\(key)-data is not base64") }
      material.data = Secret(bytes)
    }
    return material
  }
}

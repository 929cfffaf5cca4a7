import ArgumentParser
import Glibc
import Inspect

/// Where the API's objects come from. What concerns a connection is called as kubectl calls it.
struct ClusterOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Use the output of 'kubectl get services,endpointslices,pods,nodes -A -o json' instead of the API: a file, or a directory of files",
      valueName: "path"),
    completion: .file())
  var apiDump: String?

  @Option(
    help: ArgumentHelp("Ask a file of 'kpx snapshot' instead of this node and the API", valueName: "file"),
    completion: .file())
  var snapshot: String?

  @Flag(help: "Do not contact the API server; use only the kernel's rules")
  var noApi = false

  @Option(
    help: "This node's name in the API (default: by the kubelet's certificate, address or host name)",
    completion: NameCompletion.nodes)
  var node: String?

  @Option(
    help: "kube-proxy's version on this node, such as 1.34 (default: asked from kube-proxy, or inferred from its rules)"
  )
  var proxyVersion: String?

  @Option(
    help: ArgumentHelp(
      "The kubeconfig to use (default: KUBECONFIG, ~/.kube/config, then the node's own credentials)", valueName: "file"),
    completion: .file())
  var kubeconfig: String?

  @Option(help: "The kubeconfig context to use", completion: NameCompletion.contexts)
  var context: String?

  @Option(name: .shortAndLong, help: ArgumentHelp("The API server's URL", valueName: "url"))
  var server: String?

  @Option(help: "Bearer token for the API server; other users can see it in the process list")
  var token: String?

  @Option(help: ArgumentHelp("CA certificates to verify the API server with", valueName: "file"), completion: .file())
  var certificateAuthority: String?

  @Option(help: ArgumentHelp("Client certificate", valueName: "file"), completion: .file())
  var clientCertificate: String?

  @Option(help: ArgumentHelp("Client certificate's key", valueName: "file"), completion: .file())
  var clientKey: String?

  @Flag(help: "Do not verify the server's certificate. Insecure: anyone on the path can read the credential")
  var insecureSkipTlsVerify = false

  @Flag(help: "Send the credential to http:// servers, too. Insecure: anyone on the path can read it")
  var allowPlainHttp = false

  @Option(
    help: ArgumentHelp("Name to expect in the server's certificate, if it differs from the URL's", valueName: "name"))
  var tlsServerName: String?

  @Option(
    help: ArgumentHelp(
      "Time limit for all API requests together, such as 500ms, 2s or 1m; 0 for none", valueName: "time"))
  var requestTimeout = RequestTimeout.standard

  @Option(name: .customLong("as"), help: ArgumentHelp("User to impersonate", valueName: "user"))
  var impersonatedUser: String?

  @Option(
    name: .customLong("as-group"), parsing: .singleValue,
    help: ArgumentHelp("Group to impersonate; can be repeated", valueName: "group"))
  var impersonatedGroups: [String] = []

  @Option(help: ArgumentHelp("Limit for all that the API sends in one run, in MiB", valueName: "mib"))
  var apiLimit = 128

  func validate() throws {
    if snapshot != nil, apiDump != nil || kubeconfig != nil || context != nil || server != nil {
      throw ValidationError(
        "--snapshot has what the API said: it excludes --api-dump, --kubeconfig, --context and --server")
    }
    if noApi, apiDump != nil { throw ValidationError("--no-api and --api-dump exclude each other") }
    if let proxyVersion, KubeProxyVersion(proxyVersion) == nil {
      throw ValidationError("--proxy-version: \(proxyVersion) is no version such as 1.34 or v1.34.9")
    }
    guard (1...1 << 20).contains(apiLimit) else { throw ValidationError("--api-limit: \(apiLimit) is no size") }
    if insecureSkipTlsVerify, certificateAuthority != nil {
      throw ValidationError("--certificate-authority and --insecure-skip-tls-verify exclude each other")
    }
    if !impersonatedGroups.isEmpty, impersonatedUser == nil { throw ValidationError("--as-group needs --as") }
  }

  /// A session that asks a snapshot, or the node in a network namespace, whose tables this process must be able to read.
  func session(of node: NodeOptions) throws -> Session {
    guard let snapshot else {
      try Privileges.check()
      return session(netns: node.netns)
    }
    if node.netns != nil { throw Failure("--snapshot and --netns exclude each other", .usage) }
    var session = Session(try NodeSnapshot(path: snapshot))
    if noApi { session.cluster = .noAPI }
    if let name = self.node { session.nodeName = name }
    if proxyVersion != nil { session.release = release }
    return session
  }

  /// A session that asks this API, for a node in a network namespace.
  func session(netns: String?) -> Session {
    var session = Session()
    session.cluster = source
    session.nodeName = node
    session.release = release
    session.netns = netns
    return session
  }

  /// Whether the user had another node asked, or another time.
  var isElsewhere: Bool { apiDump != nil || snapshot != nil }

  /// The release that the user named.
  private var release: Release {
    proxyVersion.flatMap { KubeProxyVersion($0) }.map { Release($0, source: "--proxy-version") } ?? .unknown
  }

  /// Where the API's objects come from.
  private var source: ClusterSource {
    if let apiDump { return .dump(path: apiDump, timeLimit: requestTimeout.duration) }
    return noApi ? .contextAlone(search) : .server(search, limits: limits)
  }

  /// The status to end with after an answer: the user counts on an API that they named.
  /// - Parameter api: where what the API says is from; nil where it told nothing.
  func status(_ status: Int32, api: APIOrigin?) -> Int32 {
    guard api == nil, case .server(let search, _) = source, search.isNamed else { return status }
    return ExitStatus.unavailable.rawValue
  }

  /// Ends a command that has answered, and needed the API for names alone: what it would not say goes to stderr.
  func end(_ addresses: NamedAddresses) throws {
    write(addresses.notes.map { "note: \(printable($0.text))\n" }.joined(), to: STDERR_FILENO)
    let status = status(0, api: addresses.api)
    if status != 0 { throw ExitCode(status) }
  }

  private var limits: APILimits {
    var limits = APILimits(time: requestTimeout.duration)
    limits.bytes = apiLimit << 20
    return limits
  }

  /// Where to look for a credential.
  private var search: CredentialSearch {
    var overrides = AccessOverrides()
    overrides.context = context
    overrides.server = server
    overrides.serverName = tlsServerName
    if let token { overrides.setToken(token) }
    overrides.authority = certificateAuthority
    overrides.certificate = clientCertificate
    overrides.key = clientKey
    overrides.isInsecure = insecureSkipTlsVerify
    overrides.allowsPlainHTTP = allowPlainHttp
    overrides.impersonated = impersonatedUser
    overrides.groups = impersonatedGroups
    return CredentialSearch(kubeconfig: kubeconfig, overrides: overrides, host: HostRoot.path())
  }
}

/// A time as kubectl takes it: `2s`, `500ms`, `1m30s`, whole seconds without a unit; 0 is without end.
struct RequestTimeout: ExpressibleByArgument {
  static let standard = RequestTimeout(text: "5s", duration: .seconds(5))
  /// For names that a word is completed with: nobody waits for those.
  static let ofNames = RequestTimeout(text: "150ms", duration: .milliseconds(150))

  /// For one of many nodes, and for all of them.
  static let ofNodes = RequestTimeout(text: "10s", duration: .seconds(10))
  static let ofFleets = RequestTimeout(text: "60s", duration: .seconds(60))

  /// For who is asked by a program that waits for a few seconds.
  static let ofMonitors = RequestTimeout(text: "1s", duration: .seconds(1))

  /// Whether nobody has said another.
  var isStandard: Bool { text == Self.standard.text }

  private let text: String
  /// nil: without end.
  let duration: Duration?

  private init(text: String, duration: Duration?) {
    self.text = text
    self.duration = duration
  }

  init?(argument: String) {
    guard let duration = Self.parse(argument) else { return nil }
    self.init(text: argument, duration: duration > .zero ? duration : nil)
  }

  var defaultValueDescription: String { text }

  private static func parse(_ text: String) -> Duration? {
    if let seconds = UInt32(text) { return .seconds(Int64(seconds)) }
    let units: [(name: String, length: Duration)] = [
      ("ms", .milliseconds(1)), ("h", .seconds(3600)), ("m", .seconds(60)), ("s", .seconds(1)),
    ]
    var rest = text[...]
    var total = Duration.zero
    repeat {
      let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
      rest = rest[digits.endIndex...]
      guard let number = Double(digits), number < 1e6, let unit = units.first(where: { rest.hasPrefix($0.name) }) else {
        return nil
      }
      total += unit.length * number
      rest = rest.dropFirst(unit.name.count)
    } while !rest.isEmpty
    return total
  }
}

import ArgumentParser
import Glibc
import Inspect

/// Where this node's pods are looked for.
struct PodOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The container runtime's socket (default: CONTAINER_RUNTIME_ENDPOINT, or the usual sockets)",
      valueName: "socket"),
    completion: .file())
  var runtimeEndpoint: String?

  @Flag(help: "Do not ask the container runtime; use processes and the kubelet's files")
  var noRuntime = false

  @Option(
    help: ArgumentHelp(
      "Output of 'kubectl get pods -A -o json', for pod names that nothing on this node provides", valueName: "path"),
    completion: .file())
  var apiDump: String?

  /// How long a dump may take that comes through a pipe.
  private static let dumpLimit = Duration.seconds(60)

  func validate() throws {
    if noRuntime, runtimeEndpoint != nil {
      throw ValidationError("--no-runtime and --runtime-endpoint exclude each other")
    }
    if let runtimeEndpoint, !RuntimeEndpoint(runtimeEndpoint).isSocket {
      throw ValidationError("--runtime-endpoint \(runtimeEndpoint): expected unix:///PATH, or a socket's path")
    }
  }

  /// Whether the user named a place.
  var isGiven: Bool { apiDump != nil || runtimeEndpoint != nil || noRuntime }

  /// The places to look in: the usual ones, unless options or the environment name others.
  var sources: PodSources {
    var sources = PodSources.ofThisNode(runtime: runtimeEndpoint)
    if noRuntime {
      sources.runtimes = []
      sources.areRuntimesNamed = true
    }
    return sources
  }

  /// A session that looks for them on the node in a network namespace.
  func session(netns: String?) -> Session {
    var session = Session()
    if let apiDump { session.cluster = .dump(path: apiDump, timeLimit: Self.dumpLimit) }
    session.netns = netns
    return session
  }
}

extension PodSources {
  /// The usual places, unless the environment names others.
  static func ofThisNode(runtime: String? = nil) -> PodSources {
    var sources = PodSources()
    sources.logs = variable("KPX_POD_LOGS") ?? sources.logs
    sources.kubelet = variable("KPX_KUBELET_PODS") ?? sources.kubelet
    sources.cniCache = variable("KPX_CNI_CACHE") ?? sources.cniCache
    sources.leases = variable("KPX_CNI_LEASES") ?? sources.leases
    if let endpoint = runtime ?? variable("CONTAINER_RUNTIME_ENDPOINT") {
      sources.runtimes = [RuntimeEndpoint(endpoint)]
      sources.areRuntimesNamed = true
      sources.areRuntimesRequired = runtime != nil
    }
    return sources
  }

  private static func variable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
  }
}

/// Which API knows the nodes, where this node's pods need none.
struct NodesAPIOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("With --nodes: the kubeconfig of the API that knows the nodes", valueName: "file"),
    completion: .file())
  var kubeconfig: String?

  @Option(help: "With --nodes: the kubeconfig context to use", completion: NameCompletion.contexts)
  var context: String?

  var isGiven: Bool { kubeconfig != nil || context != nil }

  /// A session that learns which nodes there are, of a dump where one is named.
  func session(_ pods: PodOptions) -> Session {
    var session = pods.session(netns: nil)
    guard pods.apiDump == nil else { return session }
    var overrides = AccessOverrides()
    overrides.context = context
    session.cluster = .server(
      CredentialSearch(kubeconfig: kubeconfig, overrides: overrides, host: HostRoot.path()),
      limits: APILimits(time: RequestTimeout.standard.duration))
    return session
  }
}

#if canImport(Glibc)
  import Glibc
#endif

/// One question of an operator's, from what was named on the command line to the answer: whom to ask, in which order, and
/// what it means where one of them gives no answer. Every command asks through it.
public struct Session: Sendable {
  /// Where the API's objects come from.
  public var cluster = ClusterSource.noAPI
  /// This node's name in the API, where the user named it; else the host's name tells.
  public var nodeName: String?
  /// kube-proxy's release, where the user named it.
  public var release = Release.unknown
  /// The network namespace to look at: an `ip netns` name, a path or a process id; nil for the calling thread's.
  public var netns: String?
  /// Who is told what an answer waits for.
  public var observer = ActivityObserver.none

  /// The release of the node's kernel.
  var kernel = KernelRelease.running
  /// The seconds since 1970 at which the node is looked at.
  var now: @Sendable () -> Double = { Session.clock() }
  /// What this host calls itself.
  var hostName = ThisNode.hostName
  /// The node's name in the kubelet's certificate of this host.
  var certificateName: @Sendable () -> String? = { KubeletCertificate.nodeName() }
  /// The node's own addresses, in its network namespace.
  var localAddresses: @Sendable () throws -> [IPPrefix]? = { try LocalAddresses.read() }
  /// What the node's kernel said, where it was saved; nil for this machine.
  var members: SavedMembers?
  /// Opens the node, in its network namespace; nil for this machine.
  var openNode: (@Sendable () throws -> any Node)?
  /// How long kube-proxy is given to follow the API, where it seems not to have.
  var pauseForSync = Duration.milliseconds(1500)
  /// How long both looks may take with the pause between them; nil: as long as it takes. Where there is no time for a second
  /// look, what kube-proxy says of itself tells whether it may be about to follow.
  public var timeForLooks: Duration?
  /// Finds a pod of this node, in the node's network namespace; its third parameter is whether details are wanted.
  var findPod: @Sendable (PodTarget, PodSources, Bool) throws -> PodInterfaces = { target, sources, withDetails in
    try PodFinder(sources, withDetails: withDetails).find(target)
  }

  /// Finds all pods of this node in the same way; nil for a snapshot without them.
  var findPods: (@Sendable (PodSources, Bool) throws -> PodInterfaces)? = { sources, withDetails in
    try PodFinder(sources, withDetails: withDetails).all()
  }

  /// The namespace of objects that are named without one, where no context of a kubeconfig names another.
  public static let defaultNamespace = "default"

  /// This machine, without the API.
  public init() {}

  /// This node as answers name it that do not rest on the API.
  public var answeringNode: AnsweringNode { answering(name: thisNode(nil).name) }

  /// The node by a name, with its kernel.
  func answering(name: String?) -> AnsweringNode { AnsweringNode(name: name, kernel: kernel?.text) }

  /// Which of the API's nodes this host is.
  func thisNode(_ cluster: ClusterSnapshot?) -> ThisNode {
    var evidence = nodeEvidence
    if cluster != nil { evidence.addresses = try? inNode(localAddresses) }
    return ThisNode(evidence, cluster: cluster)
  }

  /// The files of this host do not tell of a node that is looked at from outside, such as one that is a container.
  var nodeEvidence: ThisNode.Evidence {
    ThisNode.Evidence(
      given: nodeName, certificate: nodeName == nil && netns == nil ? certificateName() : nil, host: hostName)
  }

  /// Asks the API. The question may be about the namespace of the context that is used.
  /// - Parameter withNodes: whether all nodes are wanted, and not this one.
  func readCluster(
    withNodes: Bool = false, _ question: (_ namespace: String?) -> ClusterQuestion
  ) throws(SessionError) -> ClusterView {
    try ClusterView(cluster, node: withNodes ? nil : nodeEvidence.guess, observer, question: question)
  }

  /// Runs `body` where the user wants to look.
  func inNode<Value: Sendable>(_ body: @Sendable @escaping () throws -> Value) throws(SessionError) -> Value {
    do {
      return try runInNode(body)
    } catch {
      throw SessionError(error)
    }
  }

  /// The same, with the errors of `body` as they are.
  func runInNode<Value: Sendable>(_ body: @Sendable @escaping () throws -> Value) throws -> Value {
    guard let netns else { return try body() }
    return try open(netns).run(body)
  }

  private func open(_ netns: String) throws -> NetworkNamespace {
    do throws(KernelError) {
      return try NetworkNamespace(netns)
    } catch {
      guard case .system(_, ENOENT) = error else { throw error }
      throw SessionError.noNetworkNamespace(netns, nearest: nearest(to: netns, in: NetworkNamespace.names))
    }
  }
}

extension Session {
  /// What answers about services rest on, as far as it is known before the node is asked.
  func context(
    _ cluster: ClusterSnapshot?, _ node: ThisNode, families: [IPFamily], timeLimit: Double,
    tellsForwarding: Bool = true
  ) -> ServiceContext {
    var context = ServiceContext()
    context.cluster = cluster
    context.node = node.name
    context.release = release
    context.families = families
    context.timeLimit = timeLimit
    context.tellsForwarding = tellsForwarding
    context.observer = observer
    return context
  }

  /// Opens the node and asks it, both where the user wants to look.
  func askNode<Value: Sendable>(
    _ body: @Sendable @escaping (any Node) throws -> Value
  ) throws(SessionError) -> Value {
    let open = opener
    return try inNode { try body(open()) }
  }

  /// What opens the node, in the thread that is to ask it.
  var opener: @Sendable () throws -> any Node {
    let (openNode, observer) = (openNode, observer)
    return {
      observer.tell(.readingNode)
      return try openNode?() ?? LiveNode(observer)
    }
  }

  /// The same; where it has no answer for want of a kube-proxy, what the API would not say is told with it.
  func askProxy<Value: Sendable>(
    _ apiNotes: [String], _ body: @Sendable @escaping (any Node) throws -> Value
  ) throws(SessionError) -> Value {
    do {
      return try askNode(body)
    } catch .noKubeProxy(var missing) {
      missing.apiNotes = apiNotes
      throw .noKubeProxy(missing)
    }
  }

  /// What the API has of addresses, for answers that name who is behind them.
  func readNames() throws(SessionError) -> NamedAddresses {
    let view = try readCluster { _ in .all(namespace: nil) }
    return NamedAddresses(
      node: answering(name: thisNode(view.snapshot).name), names: AddressNames(view.snapshot), api: view.origin,
      notes: view.notes.map { Note(.api, $0) })
  }
}

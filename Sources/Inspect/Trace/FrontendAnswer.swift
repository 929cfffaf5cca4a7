/// How one frontend is forwarded, beside what the API says of it.
public struct FrontendAnswer: Sendable {
  /// What the rules do.
  public var trace: FrontendTrace
  /// In the order of `trace.endpoints`.
  public var endpoints: [EndpointAnswer]
  /// The one packet that the answer is for; nil where it is for all.
  public var origin: PacketOrigin?
  /// What kube-proxy should have programmed; nil without the API, and for what the API does not have.
  public var expected: ExpectedFrontend?

  /// Those of the API that get no packet, and none of the rules' either.
  public var unused: [UnusedEndpoint]
  /// The connections that there are to it; nil where they were not read.
  var connections: FrontendConnections?
  /// Under which releases of kube-proxy it can be as the API implies, where it is not known which runs.
  var explanation: String?
  /// Where kube-proxy has a node port and does not serve it at this address: the node's addresses at which it does.
  var otherAddresses: [IPAddress]?

  init(
    trace: FrontendTrace, origin: PacketOrigin? = nil, expected: ExpectedFrontend?, cluster: ClusterSnapshot?,
    node: String?
  ) {
    self.trace = trace
    self.origin = origin
    self.expected = expected
    let known = Dictionary(
      ((expected?.endpoints ?? []) + (expected?.endpointsInside ?? [])).map { ($0.address, $0) }
    ) { first, _ in first }
    endpoints = trace.endpoints.map { endpoint in
      EndpointAnswer(
        trace: endpoint, expected: known[endpoint.address], cluster: cluster, node: node)
    }
    let met = Set(trace.endpoints.map(\.address))
    unused = (expected?.unused ?? []).filter { !met.contains($0.address) }.map { endpoint in
      UnusedEndpoint(expected: endpoint, isLocal: endpoint.nodeName.flatMap { name in node.map { $0 == name } })
    }
  }

  /// The same, with the pods that a cluster knows by now.
  func named(by cluster: ClusterSnapshot, node: String?) -> FrontendAnswer {
    let named = FrontendAnswer(trace: trace, origin: origin, expected: expected, cluster: cluster, node: node)
    var answer = self
    answer.endpoints = zip(endpoints, named.endpoints).map { before, endpoint in
      var endpoint = endpoint
      endpoint.interface = before.interface
      return endpoint
    }
    return answer
  }

  /// The endpoints that a reference client's packets are sent to, whether or not they arrive.
  var referenceEndpoints: Set<SocketAddress> {
    Set(trace.endpoints.filter(\.isForReference).map(\.address))
      .union(trace.sentTo)
  }

  /// The endpoints that packets of a pod of this node are sent to, whether or not they arrive.
  var podEndpoints: Set<SocketAddress> {
    Set(trace.endpoints.filter(\.isForPods).map(\.address)).union(trace.sentToFromPods)
  }

  /// Whether packets are sent to endpoints and none of a reference client arrives.
  var losesAll: Bool { trace.verdict != .forward && trace.losses.contains(where: \.isForReference) }
}

/// An endpoint of the API that gets no packet, since it is not ready or on its way out.
public struct UnusedEndpoint: Sendable, Hashable {
  /// What the API says of it.
  public var expected: ExpectedEndpoint
  /// Whether it is on this node; nil where one of the two is not known.
  public var isLocal: Bool?
}

/// An endpoint in the kernel, beside what the API says of it.
public struct EndpointAnswer: Sendable {
  /// What the rules do.
  public var trace: EndpointTrace
  /// nil: no pod, or not known; `isKnownWithoutPod` tells which.
  public var pod: NamespacedName?
  /// Whether the API has the endpoint and no pod behind it.
  public var isKnownWithoutPod: Bool
  /// The node that it is on, by the API.
  public var node: String?
  /// Whether that is this node; nil where one of the two is not known.
  public var isLocal: Bool?
  /// Its condition in the API; nil where the API does not say.
  public var ready: Bool?
  /// Its condition in the API; nil where the API does not say.
  public var serving: Bool?
  /// Its condition in the API; nil where the API does not say.
  public var terminating: Bool?
  /// The interface of this node that leads to it, where it is on this node and that was asked for.
  public var interface: String?

  init(trace: EndpointTrace, expected: ExpectedEndpoint?, cluster: ClusterSnapshot?, node thisNode: String?) {
    self.trace = trace
    // A pod on the node's network shares its address with others: an address alone names no pod there.
    let pods = cluster?.pods(at: trace.address.address).filter { !$0.hasEnded } ?? []
    let only = pods.count == 1 && !pods[0].hostNetwork ? pods[0] : nil
    pod = expected?.pod ?? only?.metadata.namespacedName
    isKnownWithoutPod = expected != nil && pod == nil
    node = expected?.nodeName ?? only?.nodeName
    isLocal = node.flatMap { name in thisNode.map { $0 == name } }
    ready = expected?.isReady ?? only?.isReady
    serving = expected?.isServing
    terminating = expected?.isTerminating ?? only.map { $0.metadata.deletionTimestamp != nil }
  }
}

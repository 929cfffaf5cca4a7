/// Whether clients' addresses are replaced by the node's.
public enum Masquerade: Sendable, Hashable {
  case always
  case never
  /// For some packets.
  case conditional(PacketCondition)
  case uncertain

  /// For which packets, where it is for some.
  public var when: PacketCondition? { if case .conditional(let when) = self { when } else { nil } }
}

/// An endpoint that packets are sent to.
public struct EndpointTrace: Sendable {
  /// Where packets are sent to.
  public var address: SocketAddress
  /// Of the packets that `when` speaks of, 0 to 1. For clients that no affinity binds. nil where a scheduler of IPVS goes
  /// by what is not known beforehand.
  public var share: Double?
  /// For which packets; nil: for all.
  public var when: PacketCondition?
  /// Whether a reference client may meet it: one outside the cluster, or for a ClusterIP a pod of this node.
  public var isForReference: Bool
  /// Whether a pod of this node may meet it.
  public var isForPods: Bool
  /// What sends packets there: a rule, or a virtual service.
  public var translation: Step?
  /// Whether a packet from the endpoint to itself is masqueraded; nil where no rule asks.
  public var isHairpinMasqueraded: Bool?
  /// The address that it sees a packet come from, for one packet of a known source; nil where that is not known.
  public var seenSource: IPAddress?
  /// The packet's mark at the end, likewise.
  public var mark: UInt32?
  /// What IPVS knows of it; nil where rules send packets there. With weight 0 it drains: no new connection goes there.
  public var realServer: RealServer?

  /// What was counted of packets that went there.
  public var counters: Counters? {
    if let statistics = realServer?.statistics {
      return Counters(packets: statistics.inPackets, bytes: statistics.inBytes)
    }
    return translation?.rule?.rule.counters
  }

  /// Whether it only keeps the connections that it has.
  public var isDraining: Bool { realServer?.weight == 0 }
}

/// What becomes of those of a reference client's packets that are not forwarded although others are.
public struct OtherOutcome: Sendable, Hashable {
  /// What becomes of them.
  public var verdict: Verdict
  /// Why, where it is not `forward`.
  public var reason: Reason?
  /// For which packets; nil: for any.
  public var when: PacketCondition?
  /// Of the packets that `when` speaks of, 0 to 1.
  public var share: Double
  /// Whether it depends on who sends.
  public var dependsOnSource: Bool
  /// Whether they are of listed sources outside the cluster alone, as of a blocklist.
  var isOfListed = false
  /// Whether packets were sent to an endpoint before: `FrontendTrace.losses` tells to which.
  public var isOnTheWay: Bool
  /// Who wrote the rule; nil for no known program.
  public var owner: RuleOwner?
}

/// How the node forwards one frontend.
public struct FrontendTrace: Sendable {
  /// The frontend that was traced.
  public var frontend: Frontend
  /// For a client outside the cluster; for a ClusterIP, a pod of this node.
  public var verdict: Verdict
  /// Why, where it is not `forward`.
  public var reason: Reason?
  /// Who carries packets to the endpoints; nil where nobody is known to.
  public var dataplane: Dataplane?
  /// For which of these clients' packets the verdict is, where it is not for all.
  public var when: PacketCondition?
  /// What becomes of the other packets, where the verdict is not for all.
  public var exceptions: [OtherOutcome]
  /// Packets that get no further than to the choice of an endpoint.
  public var losses: [EndpointLoss]
  /// The endpoints that a reference client's packets are sent to, whatever becomes of them then.
  public var sentTo: [SocketAddress]
  /// The same for those of a pod of this node.
  public var sentToFromPods: [SocketAddress]
  /// What takes a reference client's packets to a program of this node itself, before an endpoint is chosen; nil where
  /// nothing does.
  public var diversion: Diversion?
  /// Whether clients' addresses are replaced by the node's.
  public var masquerade: Masquerade
  /// Endpoints that packets leave for with their own source although kube-proxy's rules marked them to be masqueraded.
  public var markedInVain: [SocketAddress]
  /// Endpoints that a reference client's packets leave for with their own source.
  public var keepingSource: [SocketAddress]
  /// How long a client keeps its endpoint, in seconds; nil without affinity.
  public var affinitySeconds: UInt32?
  /// The rules met on the way to the choice of an endpoint, detours that marked the packet among them.
  public var path: [Step]
  /// Which of them lead from one chain to the next, up to the choice of an endpoint.
  public var leading: [Int]
  /// Where packets are sent to; empty where they get no further than this node.
  public var endpoints: [EndpointTrace]
  /// All ways of packets to it, arriving and from this node; nil where they were not asked for.
  public var graph: GraphReport?
  /// The hooks that lead there.
  public var hooks: [Hook]
  /// The addresses that a node port listens on; empty if it is all of the node's.
  public var listening: [IPAddress]
  /// The virtual services of IPVS that take packets to it.
  public var virtualServices: [VirtualService]
  /// What becomes of packets by who sends them; nil where one packet alone was asked for.
  var fates: SourceFates?
}

extension FrontendTrace {
  /// One trace for each address that a node port listens on, where it is not all of the node's.
  var byAddress: [FrontendTrace] {
    guard frontend.address == nil, !listening.isEmpty else { return [self] }
    return listening.map { address in
      var trace = self
      trace.frontend.address = address
      return trace
    }
  }

  /// Whether no packet that is asked for gets lost.
  var forwardsAll: Bool { verdict == .forward && exceptions.isEmpty }

  /// For a sentence: the verdict, and where it forwards to.
  var summary: String {
    guard verdict == .forward else { return verdict.rawValue }
    return "to " + endpoints.filter(\.isForReference).map { "\($0.address)" }.joined(separator: ", ")
  }
}

extension FrontendTrace {
  /// The trace, uncertain where something decides that could not be asked, or that no rule shows.
  func doubted(by proxy: ProxyRules) -> FrontendTrace {
    var doubtful = self
    doubtful.verdict = .uncertain
    if let doubt = proxy.doubt {
      doubtful.reason = doubt
      return doubtful
    }
    guard verdict == .unhandled, let other = proxy.hiddenSystem else { return self }
    doubtful.dataplane = .other(other)
    doubtful.reason = Reason(
      .otherSystem, "no rule translates it, and \(other.text), which handles services where no rule shows it")
    return doubtful
  }
}

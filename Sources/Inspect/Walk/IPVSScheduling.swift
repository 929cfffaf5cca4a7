/// How a virtual service spreads new connections.
enum Scheduling: Sendable, Hashable {
  /// To each real server its share of 1. Those of weight 0 get none.
  case shares([RealServer: Double])
  /// To one of these; what decides is not known beforehand.
  case open([RealServer], basis: SchedulingBasis)

  /// As the schedulers of net/netfilter/ipvs do.
  init(_ service: VirtualService) {
    let servers = (service.realServers ?? []).filter { $0.weight > 0 }
    switch service.scheduler {
    case _ where servers.count < 2: self = .shares(Self.byWeight(servers) { _ in 1 })
    case "rr": self = .shares(Self.byWeight(servers) { _ in 1 })
    case "wrr": self = .shares(Self.byWeight(servers) { Double($0.weight) })
    case "sh", "mh": self = .open(servers, basis: .source)
    case "dh", "lblc", "lblcr": self = .open(servers, basis: .destination)
    default: self = .open(servers, basis: .load)
    }
  }

  private static func byWeight(_ servers: [RealServer], _ weight: (RealServer) -> Double) -> [RealServer: Double] {
    let total = servers.map(weight).reduce(0, +)
    return Dictionary(servers.map { ($0, weight($0) / total) }) { first, _ in first }
  }
}

extension VirtualService {
  /// What its scheduler goes by, where shares cannot be told; nil where they can.
  public var schedulingBasis: SchedulingBasis? {
    if case .open(_, let basis) = Scheduling(self) { basis } else { nil }
  }
}

/// What sends a packet to one of several destinations, going by what a walk does not know.
public enum DestinationChoice: Sendable, Hashable {
  /// A virtual service's scheduler.
  case scheduler(String, basis: SchedulingBasis)
  /// DNAT to a range: the kernel goes by a hash of the client's address (find_best_ips_proto).
  case addressRange
}

extension DestinationChoice: CustomStringConvertible {
  /// What comes after "chosen".
  public var description: String {
    switch self {
    case .scheduler(let name, let basis): "by \(name), by the \(basis)"
    case .addressRange: "out of DNAT's range, by the source"
    }
  }
}

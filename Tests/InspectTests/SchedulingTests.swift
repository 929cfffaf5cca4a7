import Testing

@testable import Inspect

@Suite("How IPVS spreads connections")
struct SchedulingTests {
  private func service(_ scheduler: String, weights: [UInt32]) -> VirtualService {
    var service = VirtualService(
      key: .address(SocketAddress(address("10.96.0.1"), port: 80), transport: .tcp), scheduler: scheduler)
    service.realServers = weights.enumerated().map { index, weight in
      RealServer(
        address: SocketAddress(.v4(0x0a01_0000 + UInt32(index)), port: 80), method: .masquerading, weight: weight)
    }
    return service
  }

  /// The real servers' shares; nil where the scheduler leaves them open.
  private func shares(_ scheduler: String, _ weights: UInt32...) -> [Double]? {
    let service = service(scheduler, weights: weights)
    guard case .shares(let shares) = Scheduling(service) else { return nil }
    return service.realServers?.map { shares[$0] ?? 0 }
  }

  @Test("rr spreads evenly, wrr by weight, and a weight of 0 gets nothing by either")
  func shares() {
    #expect(shares("rr", 1, 3) == [0.5, 0.5])
    #expect(shares("wrr", 1, 3) == [0.25, 0.75])
    #expect(shares("rr", 1, 0, 1) == [0.5, 0, 0.5])
    #expect(shares("wrr", 2, 0, 6) == [0.25, 0, 0.75])
    #expect(shares("rr", 0, 0) == [0, 0])
    #expect(shares("wrr") == [])
  }

  @Test("What schedulers go by that is not known beforehand is said; of one real server there is no choice")
  func open() {
    for (scheduler, basis) in [("sh", SchedulingBasis.source), ("mh", .source), ("dh", .destination), ("lc", .load)] {
      #expect(service(scheduler, weights: [1, 1]).schedulingBasis == basis)
      #expect(shares(scheduler, 1, 0) == [1, 0])
    }
    guard case .open(let servers, _) = Scheduling(service("sh", weights: [1, 0, 5])) else {
      Issue.record("shares of sh")
      return
    }
    #expect(servers.map(\.weight) == [1, 5])
  }
}

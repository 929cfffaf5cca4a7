/// How many connections there are, by how far they have come. About: the table changes while it is read.
public struct ConnectionCounts: Codable, Sendable, Hashable {
  /// Data may go both ways.
  public var established = 0
  /// There was an answer, and the protocol's handshake is not done.
  public var opening = 0
  /// No answer was seen.
  public var unanswered = 0
  /// One side has ended them, and the entry is kept for stragglers.
  public var closing = 0

  /// None.
  public init() {}

  /// All of them.
  public var total: Int { established + opening + unanswered + closing }

  /// Adds others.
  public mutating func add(_ other: ConnectionCounts) {
    established += other.established
    opening += other.opening
    unanswered += other.unanswered
    closing += other.closing
  }

  mutating func add(_ phase: Connection.Phase) {
    switch phase {
    case .established: established += 1
    case .opening: opening += 1
    case .unanswered: unanswered += 1
    case .closing: closing += 1
    }
  }
}

/// Connections to a frontend that go where no new one would.
public struct StrayConnections: Codable, Sendable, Hashable {
  /// Why no new one would.
  public enum Kind: String, Codable, Sendable {
    /// To an address that is no endpoint of the service.
    case notAnEndpoint
    /// To the frontend itself: nothing has ever translated them.
    case notTranslated
  }

  /// What is strange about them.
  public var kind: Kind
  /// Where they go.
  public var address: IPAddress
  /// The port that they go to.
  public var port: UInt16
  /// How many there are.
  public var connections: ConnectionCounts
  /// The pod that has the address now; none: no pod has it; nil: that is not known.
  public var pod: Known<ObjectName>?

  /// Address and port.
  public var place: SocketAddress { SocketAddress(address, port: port) }

  /// `12 connections to 10.244.16.99:53, which is no endpoint (12 unanswered); no pod has that address now`
  public var text: String {
    let count = Finding.connections(connections.total)
    let unanswered = connections.unanswered == 0 ? "" : " (\(connections.unanswered) unanswered)"
    return switch kind {
    case .notAnEndpoint: "\(count) to \(place), which is no endpoint\(unanswered)" + Self.text(ofHolder: pod)
    case .notTranslated: "\(count) that nothing translates\(unanswered)"
    }
  }

  /// Who has the address, to be put behind; empty where that is not known.
  static func text(ofHolder pod: Known<ObjectName>?) -> String {
    pod.map { "; \($0.value.map { "pod \($0)" } ?? "no pod") has that address now" } ?? ""
  }
}

/// What the node does with a client's packet.
public enum Verdict: String, Codable, Sendable, Hashable {
  case forward
  case reject
  case drop
  case unhandled
  case uncertain
}

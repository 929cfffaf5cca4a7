/// Where the kernel's routing sends a packet whose ends are known.
public enum Routing: Sendable, Hashable {
  /// To this node itself.
  case local
  /// Out by an interface: to the gateway, or to the destination itself.
  case out(interface: String, gateway: IPAddress?)
  /// Nowhere: the kernel drops it, and why.
  case refused(String)
}

extension Packet {
  /// Both ends and, for a packet that arrives, the interface it came by: what routing goes by.
  var isRoutable: Bool {
    guard case .known = source, case .known = destination else { return false }
    return inInterface != .unknown
  }
}

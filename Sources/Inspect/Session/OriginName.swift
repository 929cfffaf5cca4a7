/// Where one packet is to come from, as typed after `--from`.
public enum OriginName: Sendable, Hashable {
  /// This node's own programs.
  case node
  /// Anybody who is neither this node nor a pod.
  case external
  case address(IPAddress)
  /// A pod, with its namespace, or the kind of what has it, where one was named; the whole name or its beginning.
  case pod(namespace: String?, name: String)

  /// Reads what was typed. A pod that is called `node` or `external` needs its namespace.
  /// - Throws: `TargetError`, with what is wrong.
  public init(_ text: String) throws(TargetError) {
    var parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    if parts.count > 1, PodTarget.kinds.contains(parts[0]) { parts.removeFirst() }
    if text == "node" {
      self = .node
    } else if text == "external" {
      self = .external
    } else if let address = IPAddress(text) {
      self = .address(address)
    } else if (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty && !$0.contains(":") }) {
      self = .pod(namespace: parts.count == 2 ? parts[0] : nil, name: parts[parts.count - 1])
    } else {
      throw TargetError("\(text): expected POD, NAMESPACE/POD, deploy/NAME, svc/NAME, an address, node or external")
    }
  }
}

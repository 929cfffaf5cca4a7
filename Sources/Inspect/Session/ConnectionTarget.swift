/// Whose connections are asked for.
public enum ConnectionTarget: Sendable, Hashable {
  /// A service by name, an address, a node port. What is no service may be a pod of that name, or anybody's address.
  case place(TraceTarget)
  /// What kubectl says is a pod, or what has pods: `pod/NAME`, `deploy/NAME`.
  case pod(OriginName)

  /// Reads a target as typed.
  /// - Parameter namespace: what `-n` names, which what was typed must not contradict.
  /// - Throws: `TargetError`, with what is wrong.
  public init(_ text: String, namespace: String? = nil) throws(TargetError) {
    let kind = text.split(separator: "/").first.map(String.init) ?? ""
    if text.contains("/"), PodTarget.kinds.contains(kind) || PodTarget.isWorkload(kind) {
      self = .pod(try OriginName(text))
    } else {
      self = .place(try TraceTarget(text, namespace: namespace))
    }
  }
}

/// One service to trace, and what the answer rests on.
public struct TraceRequest: Sendable {
  /// By name, address or node port.
  public var target: TraceTarget
  /// For a service without a namespace of its own.
  public var namespace = "default"
  /// Where one packet comes from, if the answer is to be for that one.
  public var origin: TraceOrigin?
  /// Whether all ways of packets are wanted, beside the one that most take.
  public var hasGraph = false
  /// What is known beside the rules.
  public var context = ServiceContext()

  /// A request without the API.
  public init(target: TraceTarget) { self.target = target }
}

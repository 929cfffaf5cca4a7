/// Why a service port has no endpoint that kube-proxy uses, as far as the API tells.
public enum EndpointLack: Sendable, Hashable, CustomStringConvertible {
  /// Nobody has made an EndpointSlice for the service, or one of the family.
  case noSlice(hasSelector: Bool)
  /// The slices are empty: the selector matches no pod that has an address.
  case noPod(selector: [String: String])
  /// There are endpoints, and none has the port: pods have none of the name that `targetPort` asks for.
  case noPort(String)
  /// There are endpoints, in slices that have a label for which kube-proxy leaves them alone.
  case leftAlone(label: String)
  /// There are endpoints, and none is ready.
  case notReady(Int)

  /// In words, for people.
  public var description: String {
    switch self {
    case .noSlice(hasSelector: true): "the service has no EndpointSlice, which kube-controller-manager makes"
    case .noSlice(hasSelector: false): "the service has no selector, and nobody has made an EndpointSlice for it"
    case .noPod(let selector):
      selector.isEmpty
        ? "its EndpointSlices are empty, and the service has no selector"
        : "no serving pod matches the selector "
          + selector.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: ",")
    case .noPort(let port):
      "no endpoint has the port \(port): the pods have no port of the name that targetPort asks for"
    case .leftAlone(let label): "its EndpointSlices have the label \(label), for which kube-proxy leaves them alone"
    case .notReady(1): "its only endpoint is not ready"
    case .notReady(let count): "none of its \(count) endpoints is ready"
    }
  }
}

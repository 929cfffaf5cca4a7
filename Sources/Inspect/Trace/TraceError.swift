/// Why there is nothing to trace.
public enum TraceError: Error, Sendable, Equatable {
  case noSuchService(String, nearest: [String], hasAPI: Bool)
  /// What was named is a namespace.
  case isNamespace(String, services: [String])
  case noSuchNamespace(String, nearest: [String], hasAPI: Bool)
  case noSuchPort(service: String, port: String, ports: [String])
  case noSuchFamily(service: String, IPFamily)
  /// - `owner`: who has the address, in words; nil where nobody is known to.
  /// - `rest`: which connections still go through it, in words; nil where none is known.
  case noSuchAddress(String, owner: String? = nil, rest: String? = nil)
  /// A port that is no node's; `services` have it at addresses of their own.
  case noSuchNodePort(String, services: [String])
  case noSuchChain(ChainName)
}

extension TraceError: CustomStringConvertible {
  /// The sentence for a person.
  public var description: String {
    switch self {
    case .noSuchService(let name, let nearest, let hasAPI):
      "no service \(name) in \(Self.places(hasAPI))" + Self.hint(nearest)
    case .isNamespace(let name, let services):
      "\(name) is a namespace; its services: \(shortened(services))"
    case .noSuchNamespace(let name, let nearest, let hasAPI):
      "no service of a namespace \(name) in \(Self.places(hasAPI))" + Self.hint(nearest)
    case .noSuchPort(let service, let port, let ports):
      "service \(service) has no port \(port)" + (ports.isEmpty ? "" : "; it has \(ports.joined(separator: ", "))")
    case .noSuchFamily(let service, let family): "service \(service) has no \(family.rawValue) address"
    case .noSuchAddress(let address, let owner, let rest):
      "no service has \(address), and no rule of this node sends it elsewhere" + (owner.map { ": \($0)" } ?? "")
        + (rest.map { "; \($0)" } ?? "")
    case .noSuchNodePort(let port, let services):
      "\(port) is no node port; services with that port: \(shortened(services))"
    case .noSuchChain(let chain): "no service of this node or of the API has the chain \(chain)"
    }
  }

  private static func places(_ hasAPI: Bool) -> String { "\(hasAPI ? "the API or " : "")this node's rules" }

  private static func hint(_ nearest: [String]) -> String {
    didYouMean(nearest).map { "; \($0)" } ?? ""
  }
}

/// Why there is nothing to trace.
public enum TraceError: Error, Sendable, Equatable, CustomStringConvertible {
  case noSuchService(String, nearest: [String], hasAPI: Bool)
  case noSuchPort(service: String, port: String, ports: [String])
  case noSuchAddress(String)

  /// The sentence for a person.
  public var description: String {
    switch self {
    case .noSuchService(let name, let nearest, let hasAPI):
      "no service \(name) in \(hasAPI ? "the API or " : "")this node's rules"
        + (nearest.isEmpty ? "" : "; did you mean \(nearest.joined(separator: ", "))?")
    case .noSuchPort(let service, let port, let ports):
      "service \(service) has no port \(port)" + (ports.isEmpty ? "" : "; it has \(ports.joined(separator: ", "))")
    case .noSuchAddress(let address):
      "no service has \(address), and no rule of this node sends it elsewhere"
    }
  }
}

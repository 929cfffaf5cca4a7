/// A port of a service as it was asked for; all of them where nothing was said of it.
struct AskedPort {
  /// A number, the service's or the node's, or a name.
  var port: String?
  var transport: TransportProtocol?

  /// As typed; nil for all.
  var text: String? {
    let parts = [port, transport.map { "\($0)" }].compactMap(\.self)
    return parts.isEmpty ? nil : parts.joined(separator: "/")
  }
}

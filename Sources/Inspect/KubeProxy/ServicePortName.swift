/// A port of a service by its names, as kube-proxy writes it: `yaobank/summary:http`.
public struct ServicePortName: Sendable, Hashable, Comparable {
  /// The service.
  public var service: NamespacedName
  /// The port's name; empty for the only port of a service.
  public var port: String

  /// A port of a service.
  public init(_ namespace: String, _ name: String, port: String = "") {
    service = NamespacedName(namespace, name)
    self.port = port
  }

  /// Reads `namespace/name`, `namespace/name:` or `namespace/name:port`; nil if it is none of these.
  public init?(_ text: some StringProtocol) {
    let bytes = text.utf8
    // Names have neither of the two.
    guard let slash = bytes.firstIndex(of: UInt8(ascii: "/")) else { return nil }
    let rest = bytes.index(after: slash)
    let colon = bytes[rest...].firstIndex(of: UInt8(ascii: ":"))
    let name = text[rest..<(colon ?? bytes.endIndex)]
    let port = colon.map { text[bytes.index(after: $0)...] }
    guard Self.isName(text[..<slash]), Self.isName(name), port.map({ $0.isEmpty || Self.isName($0) }) ?? true else {
      return nil
    }
    self.init(String(text[..<slash]), String(name), port: port.map { String($0) } ?? "")
  }

  /// The forms that kube-proxy makes hashes of. Up to 1.19 it wrote a colon after the name of a service whose only port
  /// has no name.
  public var hashedForms: [String] {
    port.isEmpty ? ["\(service)", "\(service):"] : ["\(service):\(port)"]
  }

  /// By namespace, name and port.
  public static func < (left: ServicePortName, right: ServicePortName) -> Bool {
    (left.service, left.port) < (right.service, right.port)
  }

  /// Names of the API are made of these; ports' names of old too.
  private static func isName(_ text: some StringProtocol) -> Bool {
    !text.isEmpty && text.utf8.count <= 253
      && text.utf8.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
          || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
      }
  }
}

extension ServicePortName: CustomStringConvertible {
  /// As kube-proxy writes it since 1.20.
  public var description: String { port.isEmpty ? "\(service)" : "\(service):\(port)" }
}

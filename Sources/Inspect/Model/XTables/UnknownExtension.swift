/// An extension that kpx could not decode, kept as the kernel gave it.
public struct UnknownExtension: Sendable, Hashable {
  /// Its name in the kernel: `bpf`, `u32`, …
  public var name: String
  /// Its revision.
  public var revision: UInt8
  /// Its payload, without the extension's header.
  public var bytes: [UInt8]
  /// Why it was not decoded.
  public var reason: String
}

extension UnknownExtension {
  /// What can be said of it: ` [revision 1: 0a0b…]`.
  var note: String {
    let shown = bytes.prefix(32).map { $0.hexDigits(2) }.joined()
    return " [revision \(revision): \(shown)\(bytes.count > 32 ? "…" : "")]"
  }
}

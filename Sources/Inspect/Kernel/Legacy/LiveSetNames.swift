import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// Names of ipsets by their index in the kernel, which is all that a rule holds of them.
///
/// Asked by getsockopt, which fails where ipset's module is not loaded and does not load it.
final class LiveSetNames {
  // linux/netfilter/ipset/ip_set.h
  private static let option: Int32 = 83
  private static let getByIndex: UInt32 = 0x7
  private static let version: UInt32 = 0x100
  private static let nameSize = 32

  private var names: [UInt16: String?] = [:]
  /// nil until asked, then nil if there is no answer.
  private var protocolVersion: UInt32??

  /// The name of a set of the namespace that the calling thread is in; nil if it cannot be found out.
  func name(of index: UInt16) -> String? {
    if let known = names[index] { return known }
    let name = ask(index)
    names[index] = .some(name)
    return name
  }

  private func ask(_ index: UInt16) -> String? {
    let descriptor = socket(AF_INET, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue), Int32(IPPROTO_RAW))
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    guard let version = askVersion(descriptor) else { return nil }
    // struct ip_set_req_get_set: op, version, and a name of 32 bytes in whose place the index stands.
    var request = [UInt8](repeating: 0, count: 8 + Self.nameSize)
    request.withUnsafeMutableBytes {
      $0.storeBytes(of: Self.getByIndex, as: UInt32.self)
      $0.storeBytes(of: version, toByteOffset: 4, as: UInt32.self)
      $0.storeBytes(of: index, toByteOffset: 8, as: UInt16.self)
    }
    var length = socklen_t(request.count)
    guard getsockopt(descriptor, Int32(IPPROTO_IP), Self.option, &request, &length) == 0 else { return nil }
    let name = request.withUnsafeBytes { $0.cString(at: 8, capacity: Self.nameSize) }
    return name.isEmpty ? nil : name
  }

  /// struct ip_set_req_version: op, version.
  private func askVersion(_ descriptor: Int32) -> UInt32? {
    if let protocolVersion { return protocolVersion }
    var request: [UInt32] = [Self.version, 0]
    var length = socklen_t(8)
    let answered = getsockopt(descriptor, Int32(IPPROTO_IP), Self.option, &request, &length) == 0
    protocolVersion = .some(answered ? request[1] : nil)
    return answered ? request[1] : nil
  }
}

import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// Names of ipsets by their index in the kernel, which is all that a rule holds of them.
///
/// Asked by getsockopt, which fails where ipset's module is not loaded and does not load it.
final class LiveSetNames {
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
    var request = ip_set_req_get_set()
    request.op = UInt32(IP_SET_OP_GET_BYINDEX)
    request.version = version
    request.set.index = index
    var length = socklen_t(MemoryLayout.size(ofValue: request))
    guard getsockopt(descriptor, Int32(IPPROTO_IP), SO_IP_SET, &request, &length) == 0 else { return nil }
    // The answer has the name in the index's place.
    let name = withUnsafeBytes(of: &request.set) { $0.cString(at: 0, capacity: $0.count) }
    return name.isEmpty ? nil : name
  }

  private func askVersion(_ descriptor: Int32) -> UInt32? {
    if let protocolVersion { return protocolVersion }
    var request = ip_set_req_version()
    request.op = UInt32(IP_SET_OP_VERSION)
    var length = socklen_t(MemoryLayout.size(ofValue: request))
    let answered = getsockopt(descriptor, Int32(IPPROTO_IP), SO_IP_SET, &request, &length) == 0
    protocolVersion = .some(answered ? request.version : nil)
    return answered ? request.version : nil
  }
}

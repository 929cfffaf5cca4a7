import CSys

/// The names that some CNIs derive from a pod's name. They confirm; they never decide.
public enum DerivedInterfaceName {
  /// How many digits of the hash a name has.
  private static let hashLength = 11

  /// Whether a host interface has the name that its CNI derives for a pod, and which CNI does: an `eni` may be Amazon's, a
  /// `cali` Calico's (and so with other prefixes that take the same hash).
  public static func cni(of interface: String, pod: NamespacedName) -> String? {
    // Most names are shorter, or end in no hash.
    guard interface.utf8.count >= hashLength, interface.utf8.suffix(hashLength).allSatisfy(\.isHexDigit) else {
      return nil
    }
    let hash = sha1("\(pod.namespace).\(pod.name)").prefix(hashLength)
    guard interface.hasSuffix(hash) else { return nil }
    switch interface.dropLast(hash.utf8.count) {
    case "cali": return "Calico"
    case "gke": return "GKE"
    case "eni": return "AWS VPC CNI"
    case "azv": return "Azure CNI"
    // FELIX_INTERFACEPREFIX and AWS_VPC_K8S_CNI_VETHPREFIX may be anything.
    default: return interface.utf8.count > hash.utf8.count ? "a CNI that hashes as Calico does" : nil
    }
  }

  private static func sha1(_ text: String) -> String {
    var text = text
    var digest = [UInt8](repeating: 0, count: 20)
    text.withUTF8 { csys_sha1($0.baseAddress, $0.count, &digest) }
    return digest.map { $0.hexDigits(2) }.joined()
  }
}

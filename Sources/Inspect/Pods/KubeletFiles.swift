/// What the kubelet's files say of this node's pods.
struct KubeletFiles: Sendable {
  /// From the folders of /var/log/pods: NAMESPACE_NAME_UID.
  private(set) var names: [String: NamespacedName] = [:]
  /// Pods that the kubelet keeps files of.
  private(set) var uids: Set<String> = []
  private let folder: String

  private static let largestHostsFile = 1 << 16

  init(logs: String, pods: String) {
    folder = pods
    for folder in NodeFile.names(in: logs) ?? [] {
      // Neither namespaces nor names nor uids have an underscore.
      let parts = folder.utf8.split(separator: UInt8(ascii: "_"), omittingEmptySubsequences: false).map {
        String(Substring($0))
      }
      guard parts.count == 3, !parts.contains("") else { continue }
      names[parts[2]] = NamespacedName(parts[0], parts[1])
    }
    uids = Set((NodeFile.names(in: pods) ?? []).filter(CgroupPod.isUID))
  }

  /// A pod that has or had an address.
  struct Holder: Sendable, Hashable {
    var uid: String
    /// When its hosts file was written, in nanoseconds.
    var time: Int64
  }

  /// Which pods had which address, by the hosts files that the kubelet makes for pods: those of a pod that has ended stay
  /// until it is deleted, and its address may be another's by then.
  func holders() -> [IPAddress: [Holder]] {
    var found: [IPAddress: [Holder]] = [:]
    for uid in uids {
      let holder = Holder(uid: uid, time: NodeFile.modificationTime(hostsPath(of: uid)) ?? 0)
      for address in hosts(of: uid)?.addresses ?? [] { found[address, default: []].append(holder) }
    }
    return found
  }

  /// Whether a pod's hosts file is the node's; nil if it has none.
  func isOnHostNetwork(_ uid: String) -> Bool? { hosts(of: uid)?.isNodes }

  /// A pod's addresses, by its hosts file.
  func addresses(of uid: String) -> [IPAddress] { hosts(of: uid)?.addresses ?? [] }

  private func hosts(of uid: String) -> HostsFile? { Self.hosts(hostsPath(of: uid)) }

  private func hostsPath(of uid: String) -> String { "\(folder)/\(uid)/etc-hosts" }

  /// The addresses that one pod's hosts file has, without a look at others'.
  static func addresses(of uid: String, in folder: String) -> [IPAddress] {
    hosts("\(folder)/\(uid)/etc-hosts")?.addresses ?? []
  }

  private static func hosts(_ path: String) -> HostsFile? {
    NodeFile.read(path, limit: largestHostsFile).flatMap { HostsFile(String(decoding: $0, as: UTF8.self)) }
  }
}

/// A hosts file that the kubelet made for a pod.
struct HostsFile: Sendable, Hashable {
  /// The pod's own.
  var addresses: [IPAddress] = []
  /// Whether it is a copy of the node's, for a pod on the node's network.
  var isNodes: Bool

  /// Reads `# Kubernetes-managed hosts file.`, the loopback's names, then a line for each address of the pod; nil if it is
  /// no such file.
  init?(_ text: String) {
    let lines = text.split(separator: "\n")
    guard let first = lines.first, first.hasPrefix("# Kubernetes-managed hosts file") else { return nil }
    isNodes = first.contains("host network")
    if isNodes { return }
    for line in lines.dropFirst() {
      // A pod's own aliases follow.
      if line.hasPrefix("#") { return }
      guard let word = line.split(whereSeparator: { $0 == "\t" || $0 == " " }).first,
        let address = IPAddress(String(word)), !address.isLoopback, !address.isIPv6Special
      else { continue }
      addresses.append(address)
    }
  }
}

extension IPAddress {
  /// fe00::, ff00::/8, fe80::/10: in every hosts file, and nobody's own.
  var isIPv6Special: Bool {
    guard case .v6(let high, _) = self else { return false }
    return high >> 56 >= 0xfe
  }
}

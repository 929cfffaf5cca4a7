/// Names of interfaces: what hardware and network plugins are called everywhere stays; others keep the letters in front that
/// tell who made them.
///
/// Behind these, two names whose first letters are the same get two whose first letters are the same, as many of them and no
/// more: rules ask for beginnings (`cali5+`).
final class InterfaceNames {
  private let key: RedactionKey
  private let names: NameMap
  /// What letters become, by what they stand behind.
  private var letters: [String: [UInt8: UInt8]] = [:]

  private static let beginnings = [
    "cali", "veth", "lxc", "eni", "gke", "azv", "cilium_", "docker", "br-", "virbr", "tap", "tun", "wg",
    "vxlan", "geneve", "flannel", "kube-", "cni", "cbr", "weave", "bond", "vlan", "wlan", "eth", "eno", "ens", "enp",
    "dummy", "antrea", "ovs", "ipvl", "macvtap",
  ]
  /// `eth0`, `ens192`, `enp3s0`: by slots and numbers, which stay. Names by hardware addresses (`enx…`) are not among them.
  private static let ofHardware: Set = ["eth", "eno", "ens", "enp"]
  private static let kept: Set = [
    "lo", "all", "default", "docker0", "cni0", "cbr0", "flannel.1", "flannel-v6.1", "kube-ipvs0", "kube-bridge",
    "kube-dummy-if", "tunl0", "vxlan.calico", "vxlan-v6.calico", "wireguard.cali", "cilium_host", "cilium_net",
    "cilium_vxlan", "weave", "nodelocaldns", "virbr0", "podman0", "sit0", "ip6tnl0", "gre0", "gretap0", "erspan0",
    "ip_vti0", "ip6_vti0", "ip6gre0", "dummy0", "antrea-gw0", "antrea-tun0", "bond0",
  ]

  init(_ key: RedactionKey, _ names: NameMap) {
    self.key = key
    self.names = names
  }

  /// The name that stands for another, of at most 15 bytes.
  func pseudonym(_ name: String) -> String {
    if name.isEmpty || Self.kept.contains(name) { return name }
    return behindBeginning(name) ?? names.pseudonym(name, .interface, after: "if")
  }

  /// The beginning of the names that stand for those that begin with this; nil where they have none in common.
  func pseudonym(ofBeginning text: String) -> String? { text.isEmpty ? text : behindBeginning(text) }

  /// Letter by letter; nil for a name that begins otherwise, or has other bytes than such names have.
  private func behindBeginning(_ name: String) -> String? {
    let isPlain = name.utf8.allSatisfy { Self.alphabet(of: $0) != nil || "-._:@".utf8.contains($0) }
    guard isPlain, let beginning = Self.beginnings.first(where: { name.hasPrefix($0) }) else { return nil }
    var (before, image) = (beginning, beginning)
    for letter in name.utf8.dropFirst(beginning.utf8.count) {
      image.unicodeScalars.append(Unicode.Scalar(table(behind: before, beginning)[letter] ?? letter))
      before.unicodeScalars.append(Unicode.Scalar(letter))
    }
    names.note(image, for: name)
    return image
  }

  private static let alphabets: [[UInt8]] = ["abcdefghijklmnopqrstuvwxyz0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    .map { Array($0.utf8) }

  private static func alphabet(of letter: UInt8) -> [UInt8]? { alphabets.first { $0.contains(letter) } }

  /// What letters become behind these ones: another of their alphabet, but for those that lead to a name that stays.
  private func table(behind before: String, _ beginning: String) -> [UInt8: UInt8] {
    if let known = letters[before] { return known }
    var table: [UInt8: UInt8] = [:]
    for alphabet in Self.alphabets {
      let free = alphabet.filter { letter in
        let staying = before + String(Unicode.Scalar(letter))
        return !(Self.ofHardware.contains(beginning) && "s0123456789".utf8.contains(letter))
          && !Self.kept.contains { $0.hasPrefix(staying) }
      }
      table.merge(zip(free, shuffled(free, before))) { $1 }
    }
    letters[before] = table
    return table
  }

  /// By the key (Fisher-Yates).
  private func shuffled(_ letters: [UInt8], _ before: String) -> [UInt8] {
    let random = key.digest("interface", Array(before.utf8)) + key.digest("interface, further", Array(before.utf8))
    var letters = letters
    for (byte, index) in zip(random, letters.indices.dropFirst().reversed()) {
      letters.swapAt(index, Int(byte) % (index + 1))
    }
    return letters
  }
}

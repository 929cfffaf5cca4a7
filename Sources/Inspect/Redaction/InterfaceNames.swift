/// Names of interfaces: what hardware and network plugins are called everywhere stays; others keep the letters in front that
/// tell who made them, and that rules ask for (`cali+`).
struct InterfaceNames {
  private let names: NameMap

  /// At most 7 letters: a pseudonym has 8 more, and IFNAMSIZ is 16, with the NUL.
  private static let beginnings = [
    "cali", "veth", "lxc", "eni", "gke", "azv", "cilium_", "docker", "br-", "virbr", "tap", "tun", "wg",
    "vxlan", "geneve", "flannel", "kube-", "cni", "cbr", "weave", "bond", "vlan", "wlan", "eth", "eno", "ens", "enp",
    "dummy", "antrea", "ovs", "ipvl", "macvtap",
  ]
  private static let kept: Set = [
    "lo", "all", "default", "docker0", "cni0", "cbr0", "flannel.1", "flannel-v6.1", "kube-ipvs0", "kube-bridge",
    "kube-dummy-if", "tunl0", "vxlan.calico", "vxlan-v6.calico", "wireguard.cali", "cilium_host", "cilium_net",
    "cilium_vxlan", "weave", "nodelocaldns", "virbr0", "podman0", "sit0", "ip6tnl0", "gre0", "gretap0", "erspan0",
    "ip_vti0", "ip6_vti0", "ip6gre0", "dummy0", "antrea-gw0", "antrea-tun0", "bond0",
  ]

  init(_ names: NameMap) { self.names = names }

  /// The name that stands for another, of at most 15 bytes.
  func pseudonym(_ name: String) -> String {
    if name.isEmpty || Self.kept.contains(name) || Self.isHardware(name) { return name }
    return names.pseudonym(name, .interface, after: Self.beginnings.first { name.hasPrefix($0) } ?? "if")
  }

  /// Whether the names that begin with this are those whose pseudonyms do.
  func keepsBeginning(_ text: String) -> Bool { Self.beginnings.contains(text) || text.isEmpty }

  /// `eth0`, `ens192`, `eno1`, `enp3s0`: by slots and numbers. Names by hardware addresses (`enx…`) are not among them.
  private static func isHardware(_ name: String) -> Bool {
    guard let beginning = ["eth", "ens", "eno", "enp"].first(where: { name.hasPrefix($0) }) else { return false }
    let rest = name.dropFirst(beginning.count)
    let numbers = rest.split(separator: "s", omittingEmptySubsequences: false)
    return rest.utf8.count <= 6 && numbers.count <= (beginning == "enp" ? 2 : 1)
      && numbers.allSatisfy { !$0.isEmpty && $0.allSatisfy { $0.isASCII && $0.isNumber } }
  }
}

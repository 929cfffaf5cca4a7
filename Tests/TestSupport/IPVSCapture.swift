#if canImport(Glibc)
  import Glibc
#endif

/// Whether the tests run in the virtual machine that has IPVS (Tests/Support/vm), where they may use it.
public let isInVirtualMachine = getenv("KPX_VM").map { String(cString: $0) } == "1"

extension Capture {
  /// The captures of a kube-proxy in IPVS mode.
  public static let ipvs = [
    "yaobank-ipvs-v1.23", "lab-ipvs-v1.34", "lab-ipvs-v1.36", "yaobank-ipvs-strictarp-v1.34",
  ].map(Capture.init)
}

extension PrivateNetworkNamespace {
  /// Loads a capture of IPVS mode: addresses (those of services on kube-ipvs0), sets, rules and virtual services.
  public func loadIPVSCapture(_ capture: Capture) throws(SetupError) {
    try must("ip", "link", "add", "kube-ipvs0", "type", "dummy")
    if try capture.text("iptables-nft-save.txt") == nil {
      try loadLegacyCapture(capture)
    } else {
      try loadNftCapture(capture)
    }
    guard let saved = try capture.bytes("ipvsadm-save.txt") else { throw SetupError("\(capture): no ipvsadm-save.txt") }
    try must("ipvsadm", "-R", input: saved)
    try must("sh", "-c", "echo 1 >/proc/sys/net/ipv4/vs/conntrack")
  }
}

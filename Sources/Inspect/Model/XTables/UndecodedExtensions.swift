/// What is known of extensions of iptables 1.8 whose options kpx does not read.
extension UnknownExtension {
  /// Matches: each asks about the packet, its connection or the moment, and changes nothing of the packet's way but by its
  /// answer. Which answer it gives depends on what a trace does not know.
  public static let conditions: Set<String> = [
    "ah", "bpf", "cgroup", "cluster", "connbytes", "connlabel", "connlimit", "cpu", "dccp", "devgroup", "dscp", "dst",
    "ecn", "esp", "eui64", "frag", "hashlimit", "hbh", "helper", "hl", "ipv6header", "l2tp", "length", "mh", "osf",
    "pkttype", "policy", "quota", "rateest", "realm", "rt", "srh", "string", "time", "tos", "ttl", "u32",
  ]

  /// Expressions of nf_tables that load a register with something that no trace knows; a test of it is a condition.
  public static let loads = Set(["exthdr", "osf", "rt", "socket", "tunnel", "xfrm"].map { "expression \($0)" })

  /// Targets that let every packet go on (XT_CONTINUE), and change nothing that a walk goes by: neither addresses, ports
  /// and marks nor what is in sets.
  public static let passing: Set<String> = [
    "AUDIT", "CLASSIFY", "CONNSECMARK", "DSCP", "ECN", "HL", "IDLETIMER", "LED", "RATEEST", "SECMARK", "TCPOPTSTRIP",
    "TEE",
    "TOS", "TTL",
  ]
}

import TestSupport

@testable import Inspect

#if canImport(Glibc)
  import Glibc
#endif

/// A node with the rules of a network, of agents and of policies beside kube-proxy's, chosen by chance and written by
/// Tests/Support/nodes/node_rules.py.
struct World: Sendable, CustomStringConvertible {
  let network: String
  let backend: OracleBackend
  let options: [String]

  private static let networks = [
    "calico", "calico-nft", "k3s", "kube-router", "flannel", "flannel-nft", "kindnet", "kind", "aws", "azure", "antrea",
    "weave", "cilium", "bridge",
  ]
  private static let agents = [
    "docker", "docker-old", "portmap", "node-local-dns", "istio-cni", "ip-masq-agent", "libvirt", "ufw",
  ]
  private static let encapsulations = [
    "calico": ["vxlan", "ipip"], "calico-nft": ["vxlan", "ipip"], "k3s": ["vxlan"], "flannel": ["vxlan"],
    "flannel-nft": ["vxlan"],
  ]
  /// TUNNELS of node_rules.py.
  static let tunnels = ["flannel.1", "vxlan.calico", "tunl0"]
  private static let policies = ["none", "allow", "deny", "default-deny", "egress"]
  private static let damages = [
    "forward-drop", "blackhole", "no-forward", "stale-dispatch", "link-down", "foreign-drop", "redirect", "prohibit",
    "input-drop",
  ]

  /// The world of a seed: each network's turn comes as often as any other's, all else is chance.
  init(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    network = Self.networks[Int(seed % UInt64(Self.networks.count))]
    let isNFTables = random.happens(35)
    backend = random.happens(50) ? .legacy : .iptablesNft
    // What kindnet writes for policies asks nf_tables' queue, which few kernels of test machines have, and behind which a
    // program decides.
    let policy = network == "kindnet" ? "none" : random.one(of: Self.policies)
    let damage = random.happens(40) ? random.one(of: Self.damages) : nil
    var agents = Self.agents.filter { _ in random.happens(12) }
    if agents.contains("docker") { agents.removeAll { $0 == "docker-old" } }
    var options = ["--cni", network, "--kube-proxy", isNFTables ? "nftables" : "iptables", "--policy", policy]
    options += ["--policies", "\(Int.random(in: 1...3, using: &random))"]
    options += ["--pods", "\(Int.random(in: 4...10, using: &random))"]
    options += ["--services", "\(Int.random(in: 0...6, using: &random))", "--seed", "\(seed)"]
    options += ["--dual", "--protocol", "udp", "--protocol", "sctp"]
    if random.happens(50) { options.append("--balancer") }
    if let tunnel = Self.encapsulations[network], random.happens(40) { options += ["--encap", random.one(of: tunnel)] }
    options += damage.map { ["--damage", $0] } ?? []
    options += agents.flatMap { ["--agent", $0] }
    if network.hasPrefix("calico") { options += Self.optionsOfCalico(&random) }
    self.options = options
  }

  private static func optionsOfCalico(_ random: inout SeededGenerator) -> [String] {
    var options = ["--calico-to-host", random.one(of: ["ACCEPT", "RETURN", "DROP"])]
    if random.happens(25) { options += ["--calico-allow", "RETURN"] }
    if random.happens(25) { options.append("--calico-append") }
    if random.happens(25) { options += ["--calico-hep", "eth0"] }
    return options
  }

  var description: String { options.joined(separator: " ") + " (\(backend.rawValue))" }

  /// Makes the node in the calling thread's network namespace, and says who is around it.
  func build() throws -> Surroundings {
    let folder = "/tmp/kpx-oracle-\(getpid())"
    defer { _ = try? runTool(["rm", "-rf", folder]) }
    let generator = "\(Capture.folder)/../../Support/nodes/node_rules.py"
    try succeed(["python3", generator] + options + ["--out", folder])
    try Site.forward()
    try succeed(["bash", "\(folder)/cables.sh", backend == .legacy ? "legacy" : "nft"])
    return try Surroundings(text: String(decoding: try readFile("\(folder)/world.txt") ?? [], as: UTF8.self))
  }
}

/// Who sends packets to a world, and where they can go.
struct Surroundings {
  struct Target {
    var transport: TransportProtocol
    var address: SocketAddress
  }
  private(set) var senders: [IPFamily: [Sender]] = [:]
  /// Of this node.
  private(set) var pods: Set<IPAddress> = []
  /// Frontends of services, and what is beside them: pods, ports that nobody has, machines outside.
  private(set) var services: [IPFamily: [Target]] = [:]
  private(set) var others: [IPFamily: [Target]] = [:]

  /// Reads world.txt of node_rules.py.
  init(text: String) throws {
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      guard words.count == 4 else { throw SetupError("world.txt: \(line)") }
      switch words[0] {
      case "sender": try addSender(words)
      case "pod": IPAddress(words[1]).map { _ = pods.insert($0) }
      default: try addTarget(words)
      }
    }
  }

  private mutating func addSender(_ words: [String]) throws {
    guard let address = IPAddress(words[1]) else { throw SetupError("no address: \(words)") }
    let interface = words[3] == "-" ? nil : words[3]
    senders[address.family, default: []].append(
      Sender(address: words[1], interface: interface, port: words[2] == words[3] ? nil : words[2]))
  }

  private mutating func addTarget(_ words: [String]) throws {
    let transports = ["tcp": TransportProtocol.tcp, "udp": .udp, "sctp": .sctp]
    guard let transport = transports[words[1]], let address = IPAddress(words[2]), let port = UInt16(words[3]) else {
      throw SetupError("no target: \(words)")
    }
    let target = Target(transport: transport, address: SocketAddress(address, port: port))
    if words[0] == "service" {
      services[address.family, default: []].append(target)
    } else {
      others[address.family, default: []].append(target)
    }
  }
}

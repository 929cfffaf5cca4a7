/// What a real kube-proxy left in the kernel of a node, as saved in Tests/Fixtures/captures.
public struct Capture: Sendable {
  /// The folder below Tests/Fixtures/captures.
  public let name: String

  /// The capture in a folder.
  public init(_ name: String) { self.name = name }

  /// The folder of all captures, found relative to this file.
  public static let folder =
    "\(#filePath.split(separator: "/").dropLast(2).reduce("") { $0 + "/" + $1 })/Fixtures/captures"

  /// The captures of a kube-proxy in iptables mode with the legacy backend.
  public static let legacy = [
    "lab-iptables-legacy-v1.18", "lab-iptables-legacy-v1.23", "lab-iptables-legacy-v1.25",
    "lab-iptables-legacy-v1.34", "lab-iptables-legacy-node2-masqall-v1.34",
    "yaobank-iptables-legacy-v1.34", "yaobank-drift-iptables-legacy-v1.34",
  ].map(Capture.init)

  /// The captures of a kube-proxy whose rules are in nf_tables: iptables mode over iptables-nft, nftables mode.
  public static let nft = [
    "yaobank-iptables-nft-v1.23", "lab-iptables-nft-noise-v1.34", "lab-iptables-nft-nodeport-addresses-v1.34",
    "lab-iptables-nft-bridge-v1.36", "scale-iptables-nft-v1.34", "lab-two-backends-v1.34",
    "yaobank-damaged-iptables-nft-v1.34",
    "lab-nftables-v1.30", "lab-nftables-v1.34", "lab-nftables-v1.36", "yaobank-nftables-v1.34",
  ].map(Capture.init)

  /// The path of one of its files.
  public func path(_ file: String) -> String { "\(Self.folder)/\(name)/\(file)" }

  /// The bytes of one of its files, unpacked if only FILE.gz is there; nil if it has none.
  public func bytes(_ file: String) throws(SetupError) -> [UInt8]? {
    if let bytes = try readFile(path(file)) { return bytes }
    guard let packed = try readFile(path(file + ".gz")) else { return nil }
    return try runTool(["gzip", "-dc"], input: packed).output
  }

  /// One of its files, which it must have.
  public func content(_ file: String) throws(SetupError) -> [UInt8] {
    guard let bytes = try bytes(file) else { throw SetupError("\(name) has no \(file)") }
    return bytes
  }

  /// One of its text files; nil if it has none.
  public func text(_ file: String) throws(SetupError) -> String? {
    try bytes(file).map { String(decoding: $0, as: UTF8.self) }
  }
}

extension Capture: CustomStringConvertible {
  /// The name.
  public var description: String { name }
}

extension Capture {
  /// What its kernel answered byte for byte, by the names of the files in `raw`, unpacked.
  public func members() throws(SetupError) -> [String: [UInt8]] {
    var members: [String: [UInt8]] = [:]
    for file in try runTool(["ls", path("raw")]).text.split(separator: "\n") {
      let name = String(file).replacing(".gz", with: "")
      members[name] = try content("raw/\(name)")
    }
    return members
  }
}

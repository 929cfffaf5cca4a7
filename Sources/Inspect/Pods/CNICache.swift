import FoundationEssentials

/// What CNI plugins answered when they made pods' interfaces, as libcni keeps it.
struct CNICache: Sendable {
  /// One network's answer for one interface of a sandbox.
  struct Entry: Sendable, Hashable {
    var container: String
    var interface: String
    var network: String
    var pod: NamespacedName?
    var uid: String?
    /// Where the sandbox's namespace was mounted.
    var namespace: String?
    /// Interfaces that the plugins made on the node.
    var hostInterfaces: [String]
  }

  private(set) var entries: [Entry] = []
  private static let largestFile = 1 << 20

  init(_ folder: String) {
    for file in NodeFile.names(in: folder) ?? [] {
      guard let bytes = NodeFile.read("\(folder)/\(file)", limit: Self.largestFile), let entry = Self.entry(bytes)
      else { continue }
      entries.append(entry)
    }
  }

  /// The entry in a file of the cache; nil if it is none.
  static func entry(_ bytes: [UInt8]) -> Entry? {
    guard let file = try? JSONDecoder().decode(File.self, from: Data(bytes)), let container = file.containerId else {
      return nil
    }
    let arguments = Dictionary(
      (file.cniArgs ?? []).compactMap { $0.count == 2 ? ($0[0], $0[1]) : nil }, uniquingKeysWith: { $1 })
    let interfaces = file.result?.interfaces ?? []
    let namespace = arguments["K8S_POD_NAMESPACE"]
    let name = arguments["K8S_POD_NAME"]
    return Entry(
      container: container, interface: file.ifName ?? "", network: file.networkName ?? "",
      pod: namespace.flatMap { namespace in name.map { NamespacedName(namespace, $0) } },
      uid: arguments["K8S_POD_UID"],
      namespace: interfaces.lazy.compactMap(\.sandbox).first { !$0.isEmpty },
      hostInterfaces: interfaces.filter { ($0.sandbox ?? "").isEmpty }.compactMap(\.name))
  }

  private struct File: Decodable {
    var containerId: String?
    var ifName: String?
    var networkName: String?
    var cniArgs: [[String]]?
    var result: Answer?
  }

  private struct Answer: Decodable {
    struct Interface: Decodable {
      var name: String?
      var sandbox: String?
    }
    var interfaces: [Interface]?
  }
}

/// The version of what answers look like.
public let answerVersion = "kpx/v1"

/// The node that an answer is about.
public struct AnsweringNode: Codable, Sendable, Hashable {
  /// The name of its Node object, or else the host's; nil where it is not known which Node object it is.
  public var name: String?
  /// The release of its kernel.
  public var kernel: String?
}

/// Who programs services on a node.
public struct Proxy: Codable, Sendable, Hashable {
  /// What carries out services.
  public enum Mode: String, Codable, Sendable, Hashable {
    case iptables, ipvs, nftables, none
  }

  /// The releases that may run.
  public struct Versions: Codable, Sendable, Hashable {
    /// The earliest that may run, as `1.34`.
    public var min: String
    /// nil for any later one.
    public var max: String?

    /// `1.34`, `1.31 to 1.34`, `1.31 or later`
    public var text: String {
      guard let max else { return "\(min) or later" }
      return max == min ? min : "\(min) to \(max)"
    }
  }

  /// How services are carried out; `none` where kube-proxy has no rules here.
  public var mode: Mode
  /// nil where there are no rules.
  public var backend: Backend?
  /// nil where nothing is known.
  public var version: Versions?
  /// Where the version is from, in words.
  public var versionSource: String?

  /// `iptables (legacy)`
  public var modeText: String { mode.rawValue + (backend.map { " (\($0.rawValue))" } ?? "") }
}

/// A namespace and a name.
public struct ObjectName: Codable, Sendable, Hashable, CustomStringConvertible {
  /// The object's namespace.
  public var namespace: String
  /// The name within it.
  public var name: String

  init(_ name: NamespacedName) {
    namespace = name.namespace
    self.name = name.name
  }

  /// `yaobank/summary`.
  public var description: String { "\(namespace)/\(name)" }
}

/// The service that was asked for, as far as it is known.
public struct ServiceReport: Codable, Sendable, Hashable {
  /// The service's namespace.
  public var namespace: String
  /// The name within it.
  public var name: String
  /// nil without the API.
  public var type: String?
  /// nil without the API; empty where it has none.
  public var clusterIPs: [String]?
}

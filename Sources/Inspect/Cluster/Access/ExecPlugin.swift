/// A program that a kubeconfig names to get a credential from.
struct ExecPlugin: Sendable {
  /// The API that plugin and client speak.
  enum Version: String, Sendable {
    case v1 = "client.authentication.k8s.io/v1"
    case v1beta1 = "client.authentication.k8s.io/v1beta1"

    static let all = "client.authentication.k8s.io/v1, client.authentication.k8s.io/v1beta1"
  }

  /// Whether the plugin may ask the user something.
  enum Interactive: String, Sendable {
    case never = "Never"
    case ifAvailable = "IfAvailable"
    case always = "Always"
  }

  var version: Version
  var command: String
  var arguments: [String]
  var environment: [(name: String, value: String)] = []
  var installHint: String?
  /// Whether it is told about the cluster.
  var wantsCluster = false
  var interactive = Interactive.ifAvailable
  /// What KUBERNETES_EXEC_INFO says of the cluster, as JSON; nil unless it is wanted.
  var cluster: String?
  /// As whom it runs; nil: as whoever runs kpx.
  var owner: LocalUser?

  init(version: Version, command: String, arguments: [String]) {
    self.version = version
    self.command = command
    self.arguments = arguments
  }

  /// KUBERNETES_EXEC_INFO.
  func info(isInteractive: Bool) -> String {
    let cluster = cluster.map { "\"cluster\":\($0)," } ?? ""
    return "{\"kind\":\"ExecCredential\",\"apiVersion\":\"\(version.rawValue)\","
      + "\"spec\":{\(cluster)\"interactive\":\(isInteractive)}}"
  }
}

/// Why a plugin gave no credential.
public enum PluginError: Error, Sendable, Equatable {
  case notFound(command: String, hint: String?)
  case notStarted(command: String, problem: String)
  case failed(command: String, status: String)
  case timedOut(command: String)
  case needsTerminal(command: String)
  case badAnswer(command: String, problem: String)
}

extension PluginError: CustomStringConvertible {
  /// The sentence for a person.
  public var description: String {
    switch self {
    case .notFound(let command, let hint):
      "the credential plugin \(command) is not there" + (hint.map { "; its kubeconfig says: \($0)" } ?? "")
    case .notStarted(let command, let problem): "the credential plugin \(command) could not be started: \(problem)"
    case .failed(let command, let status): "the credential plugin \(command) \(status)"
    case .timedOut(let command):
      "the credential plugin \(command) took too long; --request-timeout allows more"
    case .needsTerminal(let command): "the credential plugin \(command) needs a terminal to ask on, and there is none"
    case .badAnswer(let command, let problem): "the credential plugin \(command): \(problem)"
    }
  }
}

/// Where the API's objects come from.
public enum ClusterSource: Sendable {
  /// From nowhere: the API is not to be asked.
  case noAPI
  /// From nowhere; where a kubeconfig is found, its context's namespace counts all the same.
  case contextAlone(CredentialSearch)
  /// From what kubectl printed: a file or a folder of files, read for `timeLimit` at most where it is a pipe.
  case dump(path: String, timeLimit: Duration?)
  /// From what an API said earlier, or to somebody else.
  case saved(SavedAPI, ClusterSnapshot?)
  /// From a server, with the first credential that it accepts.
  case server(CredentialSearch, limits: APILimits)

  /// Whether a server tells, or told when a snapshot was made, and not a dump.
  var isServer: Bool {
    switch self {
    case .server: true
    case .saved(let api, _): api.isServer
    case .noAPI, .contextAlone, .dump: false
    }
  }
}

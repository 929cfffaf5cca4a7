/// Why the API gave no answer, in a sentence that a person can act on. None holds a secret.
public enum APIError: Error, Sendable, Equatable {
  /// libcurl, by which the API is asked, cannot be loaded.
  case noLibrary
  /// No connection: refused, no route, no such host, a proxy in the way.
  case unreachable(server: String, problem: String)
  /// The proxy that leads to the server refuses; nothing is known of the server.
  case proxy(String, server: String, problem: String)
  case timedOut(server: String)
  /// The server is not who it should be, or its authority is not trusted.
  case untrusted(server: String, problem: String)
  /// The connection broke, or an answer is no answer of an API server.
  case broken(server: String, problem: String)
  case tooLarge(server: String, limit: Int)
  /// Redirected to another server, which is asked nothing.
  case redirected(server: String, to: String)
  /// 401: the server does not know who asks.
  case unauthorized(server: String, credential: String)
  /// 403, with the server's own words.
  case forbidden(String)
  /// 404.
  case notFound(String)
  /// 404, and not in the API's words: a server of something else, or an API that knows no such path.
  case unknownPath(server: String, said: String?)
  /// 410: a list that was read in parts is no longer to be had.
  case gone
  /// Another status, with the server's own words.
  case status(Int, String)
  /// 429, or another status with the time to come back, for too long.
  case throttled(server: String, status: Int)
  case plugin(PluginError)
  case credential(KubeconfigError)

  /// Whether another credential may do better with the same server.
  public var isAboutCredential: Bool {
    switch self {
    case .unauthorized, .forbidden, .plugin, .credential: true
    default: false
    }
  }

  /// Whether whatever else is asked of the server would come to the same end.
  var isFinal: Bool {
    switch self {
    case .noLibrary, .unreachable, .proxy, .timedOut, .untrusted, .unauthorized: true
    default: false
    }
  }
}

extension APIError: CustomStringConvertible {
  /// The sentence for a person.
  public var description: String {
    switch self {
    case .noLibrary: "the API is asked by libcurl, and libcurl.so.4 is not installed (Debian: libcurl4)"
    case .unreachable(let server, let problem): "the API at \(server) cannot be reached: \(problem)"
    case .proxy(let proxy, let server, let problem):
      "the proxy \(proxy), by which the API at \(server) is asked, cannot be used: \(problem)"
    case .timedOut(let server): "the API at \(server) did not answer in time; --request-timeout allows more"
    case .untrusted(let server, let problem):
      "the API at \(server) is not trusted: \(problem); --certificate-authority or --tls-server-name may be wrong"
    case .broken(let server, let problem): "the API at \(server) gave no proper answer: \(problem)"
    case .tooLarge(let server, let limit):
      "the API at \(server) sent more than \(limit >> 20) MiB for one question; --api-limit allows more"
    case .redirected(let server, let target):
      "the API at \(server) redirects to \(target), which was not followed: credentials go to no other server"
    case .unauthorized(let server, let credential):
      "the API at \(server) does not accept the credential (\(credential)): it may have expired"
    case .forbidden(let message): "the API does not allow it: \(message)"
    case .notFound(let message): "the API has no such thing: \(message)"
    case .unknownPath(let server, let said):
      "the API at \(server) gave no proper answer: HTTP status 404, and not in the API's words"
        + (said.map { ": \($0)" } ?? "")
    case .gone: "the API's list changed while it was read"
    case .status(let status, let message): "the API answered \(status): \(message)"
    case .throttled(let server, let status): "the API at \(server) asks to come back later (\(status))"
    case .plugin(let error): error.description
    case .credential(let error): error.description
    }
  }
}

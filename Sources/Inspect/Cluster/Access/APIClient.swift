import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#endif

/// What requests may cost.
public struct APILimits: Sendable {
  /// How long all that is asked for one answer may take; nil: as long as it takes.
  public var time: Duration?
  /// How much all that is asked for one answer may bring: more than all services of a cluster of 10,000 and their slices
  /// with 100,000 endpoints (some 70 MiB).
  public var bytes = 128 << 20

  /// - Parameter time: nil for no limit.
  public init(time: Duration?) { self.time = time }
}

/// What is asked for: a path of the API, and its query.
struct APIPath: Sendable, Hashable {
  let path: String
  var query: [[String]] = []

  /// A path of fixed parts and names, which are encoded.
  init(_ parts: String..., query: [[String]] = []) {
    path = parts.map { "/" + $0.split(separator: "/").map { percentEncoded(String($0)) }.joined(separator: "/") }
      .joined()
    self.query = query
  }

  /// A path with its query, percent-encoded.
  var text: String {
    guard !query.isEmpty else { return path }
    return path + "?" + query.map { $0.map(percentEncoded).joined(separator: "=") }.joined(separator: "&")
  }
}

/// What is asked of the API, or told it.
struct APIRequest {
  var method = "GET"
  var path: APIPath
  /// JSON; empty: nothing.
  var content: [UInt8] = []
  /// Takes what a watch says, line by line, until it answers false.
  var takesLine: ((ArraySlice<UInt8>) -> Bool)?

  init(_ path: APIPath) { self.path = path }

  init(_ method: String, _ path: APIPath, _ content: [UInt8] = []) {
    (self.method, self.path, self.content) = (method, path, content)
  }
}

/// Asks one server, as one user. Used on one thread.
struct APIClient: ~Copyable {
  private var access: ClusterAccess
  private let limits: APILimits
  /// Until when answers are waited for; nil: as long as it takes.
  var deadline: ContinuousClock.Instant?
  /// The form that answers are wanted in.
  var accept = "application/json"
  private var session: HTTPSession
  private var credential: ExecCredential?
  private var hasRefreshed = false
  private var bytesLeft: Int
  /// Why nothing more is asked; nil while something is.
  private var end: APIError?
  /// How many things were asked for. Those that were asked for again, as the server wished, count once.
  private(set) var questionCount = 0

  /// A client; where a plugin gives the credential, it is run now.
  init(_ access: ClusterAccess, limits: APILimits, deadline: ContinuousClock.Instant?) throws(APIError) {
    self.access = access
    self.limits = limits
    self.deadline = deadline
    bytesLeft = limits.bytes
    credential = try Self.credential(access, deadline: deadline)
    session = try Self.session(access, credential)
  }

  private var server: String { access.server.description }

  // MARK: - Asking

  /// Asks for several things at the same time. Answers are in their order.
  ///
  /// A server that could not be reached, did not answer in time or did not accept the credential is asked nothing more.
  mutating func get(_ paths: [APIPath]) -> [Result<[UInt8], APIError>] { ask(paths.map { APIRequest($0) }) }

  /// The same of requests of any kind. One that the server wishes to come later is made again: it has done nothing yet.
  mutating func ask(_ requests: [APIRequest]) -> [Result<[UInt8], APIError>] {
    if let end { return requests.map { _ in .failure(end) } }
    questionCount += requests.count
    let results = perform(requests)
    for case .failure(let error) in results where error.isFinal { end = end ?? error }
    return results
  }

  private mutating func perform(_ asked: [APIRequest]) -> [Result<[UInt8], APIError>] {
    var results = [Result<[UInt8], APIError>?](repeating: nil, count: asked.count)
    var targets = asked.map { (request: $0, path: $0.path.text) }
    var waiting = Array(asked.indices)
    for attempt in 0... {
      do {
        try refreshIfExpired()
        let again = try ask(waiting, &targets, isLast: attempt >= Self.mostAttempts, &results)
        guard !again.isEmpty else { break }
        waiting = again
      } catch {
        for index in waiting where results[index] == nil { results[index] = .failure(error) }
        break
      }
    }
    return results.map { $0 ?? .failure(.timedOut(server: server)) }
  }

  /// As often as kubectl does.
  private static let mostAttempts = 10

  /// One round: fills in the results that there are, and returns who is to be asked again.
  private mutating func ask(
    _ waiting: [Int], _ targets: inout [(request: APIRequest, path: String)], isLast: Bool,
    _ results: inout [Result<[UInt8], APIError>?]
  ) throws(APIError) -> [Int] {
    var requests: [HTTPRequest] = []
    for index in waiting { requests.append(try request(targets[index].request, targets[index].path)) }
    var again: [Int] = []
    var pause = Duration.zero
    var needsCredential = false
    for (index, answer) in zip(waiting, session.perform(requests, bytesLeft: &bytesLeft)) {
      switch step(answer, targets[index].path) {
      case .done(let result): results[index] = result
      case .refresh: needsCredential = true
      case .later(let delay, _) where !isLast && isInTime(delay): pause = max(pause, delay)
      case .later(_, let status): results[index] = .failure(.throttled(server: server, status: status))
      case .elsewhere(let path) where !isLast: targets[index].path = path
      case .elsewhere: results[index] = .failure(.broken(server: server, problem: "it redirects without end"))
      }
      if results[index] == nil { again.append(index) }
    }
    if needsCredential { try refresh() }
    if pause > .zero { Self.sleep(pause) }
    return again
  }

  /// What to do after an answer.
  private enum Step {
    case done(Result<[UInt8], APIError>)
    case refresh
    case later(Duration, status: Int)
    case elsewhere(path: String)
  }

  private func step(_ answer: Result<HTTPResponse, HTTPFailure>, _ path: String) -> Step {
    let response: HTTPResponse
    switch answer {
    case .failure(let failure): return .done(.failure(error(failure)))
    case .success(let success): response = success
    }
    switch response.status {
    case 200...299: return .done(.success(response.body))
    case 301, 302, 303, 307, 308: return redirect(response)
    case 401 where canRefresh: return .refresh
    case 429: return .later(response.delay ?? .seconds(1), status: 429)
    case 500...599:
      if let delay = response.delay { return .later(delay, status: response.status) }
    default: break
    }
    return .done(.failure(error(response)))
  }

  /// A redirect within the server is followed; elsewhere goes nothing, least of all a credential.
  private func redirect(_ response: HTTPResponse) -> Step {
    let location = response.header("location") ?? ""
    if location.hasPrefix("/"), !location.hasPrefix("//") { return .elsewhere(path: location) }
    let path = location.firstRange(of: "://").flatMap { scheme in
      location[scheme.upperBound...].firstIndex(of: "/").map { String(location[$0...]) }
    }
    let origin = path.map { String(location.dropLast($0.count)) } ?? location
    if let target = ServerAddress(origin), target.hasSameOrigin(as: access.server), let path {
      return .elsewhere(path: path)
    }
    let shown = ServerAddress(origin).map(\.description) ?? "another place"
    return .done(.failure(.redirected(server: server, to: shown)))
  }

  // MARK: - Requests

  private func request(_ asked: APIRequest, _ path: String) throws(APIError) -> HTTPRequest {
    let left = try timeLeft()
    var request = HTTPRequest(
      url: "", headers: ["Accept: \(accept)", "User-Agent: kpx"], connectTo: nil, proxy: access.proxy,
      // A connection that takes longer does not come.
      connectLimit: min(left / 2, .seconds(10)), limit: left)
    // A path that a redirect gave has the server's own before it already.
    let isAbsolute = !access.server.path.isEmpty && path.hasPrefix(access.server.path + "/")
    let full = isAbsolute ? path : access.server.path + path
    if let name = access.serverName, access.server.isSecure {
      // The certificate's name is taken from the URL; the connection goes to where the server is.
      var named = access.server
      named.host = name
      request.connectTo = "\(named.authority):\(access.server.authority)"
      request.url = "https://\(named.authority)\(full)"
      request.headers.append("Host: \(access.server.authority)")
    } else {
      request.url = "\(access.server.isSecure ? "https" : "http")://\(access.server.authority)\(full)"
    }
    request.headers += try authorization() + impersonation
    (request.method, request.content, request.takesLine) = (asked.method, asked.content, asked.takesLine)
    if !asked.content.isEmpty { request.headers.append("Content-Type: application/json") }
    return request
  }

  private func authorization() throws(APIError) -> [String] {
    let token: Secret?
    switch access.authorization {
    case .none: return []
    case .token(let given): token = given
    case .plugin: token = credential?.token
    case .tokenFile(let file, let fallback):
      do {
        token = Secret(String(decoding: try file.read(), as: UTF8.self).trimmed)
      } catch {
        guard fallback != nil else { throw .credential(error) }
        token = fallback
      }
    case .basic(let user, let password):
      return ["Authorization: Basic \(encodedBase64(Array("\(user):\(password.text)".utf8)))"]
    }
    guard let token else { return [] }
    // A line's end in it would begin a header of its own.
    guard !token.value.isEmpty, token.value.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
      throw .credential(.incomplete(source: access.source.name, problem: "the token has characters that no token has"))
    }
    return ["Authorization: Bearer \(token.text)"]
  }

  private var impersonation: [String] {
    let who = access.impersonation
    var headers: [(String, String)] = []
    if let user = who.user { headers.append(("User", user)) }
    if let uid = who.uid { headers.append(("Uid", uid)) }
    headers += who.groups.map { ("Group", $0) }
    for (key, values) in who.extra.sorted(by: { $0.key < $1.key }) {
      headers += values.map { ("Extra-\(percentEncoded(key.lowercased()))", $0) }
    }
    return headers.map { name, value in
      "Impersonate-\(name): " + String(String.UnicodeScalarView(value.unicodeScalars.filter { $0.value >= 0x20 }))
    }
  }

  // MARK: - Time

  private func timeLeft() throws(APIError) -> Duration {
    guard let deadline else { return .seconds(86400) }
    let left = ContinuousClock.now.duration(to: deadline)
    guard left > .milliseconds(1) else { throw .timedOut(server: server) }
    return left
  }

  private func isInTime(_ delay: Duration) -> Bool {
    deadline.map { ContinuousClock.now + delay < $0 } ?? true
  }

  private static func sleep(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    var left = timespec(tv_sec: Int(clamping: seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
    var rest = timespec()
    while nanosleep(&left, &rest) != 0 && errno == EINTR { left = rest }
  }

  // MARK: - Credentials

  private static func credential(
    _ access: ClusterAccess, deadline: ContinuousClock.Instant?
  ) throws(APIError) -> ExecCredential? {
    guard case .plugin(let plugin) = access.authorization else { return nil }
    let left = deadline.map { max(.milliseconds(1), ContinuousClock.now.duration(to: $0)) }
    do {
      return try plugin.run(within: left)
    } catch {
      throw .plugin(error)
    }
  }

  private static func session(_ access: ClusterAccess, _ credential: ExecCredential?) throws(APIError) -> HTTPSession {
    do {
      return try HTTPSession(
        authorities: access.authorities, certificate: credential?.certificate ?? access.certificate,
        key: credential?.key ?? access.key, isInsecure: access.isInsecure)
    } catch {
      throw error.kind == .noLibrary
        ? .noLibrary : .unreachable(server: access.server.description, problem: error.detail)
    }
  }

  /// A plugin may have a better credential, once.
  private var canRefresh: Bool {
    if case .plugin = access.authorization { return !hasRefreshed }
    return false
  }

  private mutating func refresh() throws(APIError) {
    hasRefreshed = true
    credential = try Self.credential(access, deadline: deadline)
    session = try Self.session(access, credential)
  }

  private mutating func refreshIfExpired() throws(APIError) {
    guard let expiry = credential?.expiry, expiry <= Int64(time(nil)), canRefresh else { return }
    try refresh()
  }

  // MARK: - Errors

  private func error(_ failure: HTTPFailure) -> APIError {
    if let proxy = access.proxy, failure.isOfProxy {
      return .proxy(ProxyEnvironment.place(of: proxy.text), server: server, problem: failure.detail)
    }
    return switch failure.kind {
    case .noLibrary: .noLibrary
    case .timedOut where failure.isOfName:
      .unreachable(server: server, problem: "the name \(access.server.host) could not be looked up in time")
    case .timedOut: .timedOut(server: server)
    case .untrusted: .untrusted(server: server, problem: failure.detail)
    case .badAuthorities: .untrusted(server: server, problem: "the certificate authority's file holds no certificate")
    case .badCertificate:
      .credential(.incomplete(source: access.source.name, problem: "the client certificate or its key is no good"))
    case .unknownHost: .unreachable(server: server, problem: "no address is known for \(access.server.host)")
    case .noConnection, .proxy: .unreachable(server: server, problem: failure.detail)
    case .tooLarge: .tooLarge(server: server, limit: limits.bytes)
    case .truncated, .noTLS, .other: .broken(server: server, problem: failure.detail)
    }
  }

  private func error(_ response: HTTPResponse) -> APIError {
    let said = APIStatus.message(in: response.body)
    let line = response.firstLine
    let message = said ?? line ?? "HTTP status \(response.status)"
    switch response.status {
    case 401: return .unauthorized(server: server, credential: "\(access.source), \(access.credentialKind)")
    case 403: return .forbidden(message)
    case 404 where said == nil: return .unknownPath(server: server, said: line)
    case 404: return .notFound(message)
    case 410: return .gone
    default: return .status(response.status, message)
    }
  }
}

/// The object by which the API says what is wrong.
private struct APIStatus: Decodable {
  var kind: String?
  var message: String?

  static func message(in body: [UInt8]) -> String? {
    guard body.count < 1 << 20, let status = try? JSONDecoder().decode(APIStatus.self, from: Data(body)),
      status.kind == "Status", let message = status.message, !message.isEmpty
    else { return nil }
    return message.count > 500 ? String(message.prefix(500)) + "…" : message
  }
}

extension HTTPFailure {
  /// Whether it is the proxy that fails, where there is one. libcurl has no code for a proxy that lets nothing through.
  fileprivate var isOfProxy: Bool {
    switch kind {
    case .noConnection, .proxy: true
    case .other, .truncated: detail.contains("CONNECT")
    default: false
    }
  }

  /// Whether the time went by while a name was looked up, in libcurl's words.
  fileprivate var isOfName: Bool { detail.hasPrefix("Resolving timed out") }
}

extension HTTPResponse {
  /// The first line of a body that is plain text, as servers in Go and proxies write it; nil for another body.
  fileprivate var firstLine: String? {
    let start = String(decoding: body.prefix(1024), as: UTF8.self).trimmed
    guard let first = start.first, !["<", "{", "["].contains(first) else { return nil }
    let line = start.prefix { !$0.isNewline }
    return line.count > 200 ? line.prefix(200) + "…" : String(line)
  }

  /// Retry-After, in seconds.
  fileprivate var delay: Duration? {
    header("retry-after").flatMap { UInt32($0) }.map { .seconds(Int64($0)) }
  }
}

/// Text for a query or a header's name: what might mean something else is written as `%XX`.
func percentEncoded(_ text: String) -> String {
  let digits = Array("0123456789ABCDEF")
  return text.utf8.reduce(into: "") { result, byte in
    let isLetter = (0x61...0x7a).contains(byte | 0x20) || (0x30...0x39).contains(byte)
    if isLetter || [0x2d, 0x2e, 0x5f, 0x7e].contains(byte) {
      result.unicodeScalars.append(Unicode.Scalar(byte))
    } else {
      result += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
    }
  }
}

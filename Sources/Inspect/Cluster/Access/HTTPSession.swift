import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// One request.
struct HTTPRequest {
  var url: String
  var method = "GET"
  /// What is sent along; empty: nothing.
  var content: [UInt8] = []
  /// `Name: value`
  var headers: [String]
  /// `HOST:PORT:OTHER:PORT`, to connect to OTHER for HOST.
  var connectTo: String?
  var proxy: Secret?
  var connectLimit: Duration
  var limit: Duration
  /// Takes the answer's body line by line in place of it being kept, until it answers false. For a signal that ends the process
  /// such a request is given up.
  var takesLine: ((ArraySlice<UInt8>) -> Bool)?
}

/// What a server answered.
struct HTTPResponse {
  var status: Int
  var headers: [(name: String, value: String)]
  var body: [UInt8]

  /// The first value of a header line; names are in lower case.
  func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}

/// Why there is no answer.
struct HTTPFailure: Error, Equatable {
  enum Kind: Equatable {
    case noLibrary, timedOut, unknownHost, proxy, noConnection, untrusted, badAuthorities, badCertificate, noTLS
    case truncated, tooLarge, other
  }
  var kind: Kind
  /// libcurl's words.
  var detail: String
}

/// Connections to one server, with one identity. Used on one thread.
struct HTTPSession: ~Copyable {
  private let session: OpaquePointer

  init(authorities: [UInt8]?, certificate: Secret?, key: Secret?, isInsecure: Bool) throws(HTTPFailure) {
    var failure: Int32 = 0
    let session = withPEM(authorities) { authorities in
      withPEM(certificate?.value) { certificate in
        withPEM(key?.value) { key in
          var identity = csys_http_identity(
            authorities: authorities.baseAddress, authorities_length: authorities.count,
            certificate: certificate.baseAddress, certificate_length: certificate.count, key: key.baseAddress,
            key_length: key.count, insecure: isInsecure ? 1 : 0)
          return csys_http_open(&identity, &failure)
        }
      }
    }
    guard let session else {
      throw failure == ENOSYS
        ? HTTPFailure(kind: .noLibrary, detail: "libcurl is not there")
        : HTTPFailure(kind: .other, detail: systemMessage(failure))
    }
    self.session = session
  }

  deinit { csys_http_close(session) }

  /// Performs requests at the same time; the answers are in their order.
  /// - Parameter bytesLeft: how much all bodies together may have; what they had is taken off.
  mutating func perform(_ requests: [HTTPRequest], bytesLeft: inout Int) -> [Result<HTTPResponse, HTTPFailure>] {
    let budget = Budget(bytesLeft)
    defer { bytesLeft = budget.left }
    let transfers = requests.map { Transfer(budget, takesLine: $0.takesLine) }
    let strings = CStrings()
    var raw = zip(requests, transfers).map { request, transfer in
      csys_http_request(
        url: strings.add(request.url), method: strings.add(request.method == "GET" ? nil : request.method),
        body: strings.add(request.content), body_length: request.content.count, headers: strings.add(request.headers),
        proxy: strings.add(request.proxy?.text), connect_to: strings.add(request.connectTo),
        connect_timeout_ms: request.connectLimit.milliseconds, timeout_ms: request.limit.milliseconds,
        is_given_up: request.takesLine == nil ? 0 : 1,
        max_bytes: budget.left,
        receive: { context, bytes, length in
          guard let context else { return 0 }
          return Transfer.at(context).take(body: UnsafeRawBufferPointer(start: bytes, count: length)) ? 1 : 0
        },
        header: { context, bytes, length in
          guard let context else { return }
          Transfer.at(context).take(header: UnsafeRawBufferPointer(start: bytes, count: length))
        },
        context: Unmanaged.passUnretained(transfer).toOpaque(), result: Int32(CSYS_HTTP_OTHER), status: 0,
        message: csys_http_request().message)
    }
    let failure = csys_http_perform(session, &raw, raw.count)
    return withExtendedLifetime((transfers, strings)) {
      zip(raw, transfers).map { raw, transfer in
        if failure != 0 { return .failure(HTTPFailure(kind: .other, detail: systemMessage(failure))) }
        if transfer.wantsNoMore {
          return .success(HTTPResponse(status: raw.status, headers: transfer.headers, body: []))
        }
        if let kind = HTTPFailure.Kind(raw.result) { return .failure(HTTPFailure(kind: kind, detail: raw.text)) }
        return .success(HTTPResponse(status: raw.status, headers: transfer.headers, body: transfer.body))
      }
    }
  }
}

/// How much may still come in, of all requests that go on. Only the thread that performs them touches it.
private final class Budget {
  private(set) var left: Int

  init(_ left: Int) { self.left = left }

  /// False where it is used up.
  func take(_ count: Int) -> Bool {
    left -= min(left, count)
    return left > 0
  }
}

/// What comes in while a request goes on. Only the thread that performs it touches it.
private final class Transfer {
  private(set) var body: [UInt8] = []
  private(set) var headers: [(name: String, value: String)] = []
  /// Whether who takes the lines has had enough.
  private(set) var wantsNoMore = false
  private let budget: Budget
  private let takesLine: ((ArraySlice<UInt8>) -> Bool)?

  init(_ budget: Budget, takesLine: ((ArraySlice<UInt8>) -> Bool)?) {
    self.budget = budget
    self.takesLine = takesLine
  }

  /// Whether more may come.
  func take(body part: UnsafeRawBufferPointer) -> Bool {
    guard budget.take(part.count) else { return false }
    body.append(contentsOf: part)
    guard let takesLine else { return true }
    while !wantsNoMore, let end = body.firstIndex(of: UInt8(ascii: "\n")) {
      wantsNoMore = !takesLine(body[..<end])
      body.removeSubrange(...end)
    }
    return !wantsNoMore
  }

  static func at(_ context: UnsafeMutableRawPointer) -> Transfer {
    Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
  }

  func take(header bytes: UnsafeRawBufferPointer) {
    let line = String(decoding: bytes, as: UTF8.self)
    // A status line begins another answer: one after 100 Continue.
    if line.hasPrefix("HTTP/") { headers = [] }
    guard let colon = line.firstIndex(of: ":"), headers.count < 256 else { return }
    headers.append((line[..<colon].lowercased(), line[line.index(after: colon)...].trimmed))
  }
}

/// Texts for C, which are overwritten before they are given back: they may be secrets.
private final class CStrings {
  private var strings: [UnsafeMutablePointer<CChar>] = []
  private var lists: [UnsafeMutablePointer<UnsafePointer<CChar>?>] = []
  private var contents: [UnsafeMutableRawBufferPointer] = []

  func add(_ text: String?) -> UnsafePointer<CChar>? {
    guard let text, let copy = strdup(text) else { return nil }
    strings.append(copy)
    return UnsafePointer(copy)
  }

  /// The bytes; nil for none.
  func add(_ bytes: [UInt8]) -> UnsafeRawPointer? {
    guard !bytes.isEmpty else { return nil }
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    copy.copyBytes(from: bytes)
    contents.append(copy)
    return UnsafeRawPointer(copy.baseAddress)
  }

  func add(_ texts: [String]) -> UnsafePointer<UnsafePointer<CChar>?>? {
    let list = UnsafeMutablePointer<UnsafePointer<CChar>?>.allocate(capacity: texts.count + 1)
    for (index, text) in texts.enumerated() { (list + index).initialize(to: add(text)) }
    (list + texts.count).initialize(to: nil)
    lists.append(list)
    return UnsafePointer(list)
  }

  deinit {
    for string in strings {
      explicit_bzero(string, strlen(string))
      free(string)
    }
    for list in lists { list.deallocate() }
    for content in contents { content.deallocate() }
  }
}

private func withPEM<Value>(_ bytes: [UInt8]?, _ body: (UnsafeRawBufferPointer) -> Value) -> Value {
  guard let bytes else { return body(UnsafeRawBufferPointer(start: nil, count: 0)) }
  return bytes.withUnsafeBytes(body)
}

extension Duration {
  /// For libcurl, to which 0 is no limit at all.
  fileprivate var milliseconds: Int { max(1, Int(clamping: Int64(self / .milliseconds(1)))) }
}

extension csys_http_request {
  fileprivate var text: String {
    withUnsafeBytes(of: message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}

extension HTTPFailure.Kind {
  /// nil where there is an answer.
  fileprivate init?(_ result: Int32) {
    switch Int(result) {
    case CSYS_HTTP_OK: return nil
    case CSYS_HTTP_TIMED_OUT: self = .timedOut
    case CSYS_HTTP_UNKNOWN_HOST: self = .unknownHost
    case CSYS_HTTP_PROXY: self = .proxy
    case CSYS_HTTP_NO_CONNECTION: self = .noConnection
    case CSYS_HTTP_UNTRUSTED: self = .untrusted
    case CSYS_HTTP_BAD_AUTHORITIES: self = .badAuthorities
    case CSYS_HTTP_BAD_CERTIFICATE: self = .badCertificate
    case CSYS_HTTP_NO_TLS: self = .noTLS
    case CSYS_HTTP_TRUNCATED: self = .truncated
    // A transfer is cancelled where the budget is used up.
    case CSYS_HTTP_TOO_LARGE, CSYS_HTTP_CANCELLED: self = .tooLarge
    default: self = .other
    }
  }
}

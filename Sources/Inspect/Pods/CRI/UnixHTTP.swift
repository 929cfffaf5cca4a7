import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// Why a container runtime gave no answer.
enum RuntimeError: Error, Sendable, Equatable {
  case noLibrary
  case noAnswer(seconds: Double)
  case notConnected
  case permission
  /// What came back is no answer of a container runtime.
  case garbage(String)
  /// The server has no such service: a containerd whose CRI plugin is switched off.
  case unimplemented
  /// The server's own words.
  case refused(String)
}

extension RuntimeError: CustomStringConvertible {
  var description: String {
    switch self {
    case .noLibrary: "cannot be asked: there is no libcurl (libcurl.so.4) on this node"
    case .noAnswer(let seconds): "does not answer within \(seconds) s"
    case .notConnected: "does not accept connections: nothing listens"
    case .permission: "does not accept connections: permission denied"
    case .garbage(let what): "answers, but not as a container runtime does: \(what)"
    case .unimplemented: "has no container runtime interface (runtime.v1, runtime.v1alpha2)"
    case .refused(let message): "refuses: \(message)"
    }
  }
}

/// A connection to a server on a unix socket, with a time at which all patience ends.
///
/// A class: as a noncopyable value inside a runtime's, it never had its deinit run in a debug build (Swift 6.3), and
/// every connection stayed open.
final class UnixHTTP {
  /// A response: its headers, HTTP/2's trailers among them, and its body.
  struct Response {
    var status = 0
    var headers: [String: String] = [:]
    var body: [UInt8] = []
  }

  private let handle: OpaquePointer
  private let deadline: Deadline
  /// A node of 500 pods lists a megabyte.
  private static let largest = 64 << 20

  init(_ path: String, isGRPC: Bool, deadline: Deadline) throws(RuntimeError) {
    var code: Int32 = 0
    guard let handle = csys_unix_http_open(path, isGRPC ? 1 : 0, &code) else { throw .noLibrary }
    self.handle = handle
    self.deadline = deadline
  }

  deinit { csys_unix_http_close(handle) }

  /// A POST of `body`, or a GET without.
  func send(_ path: String, body: [UInt8]? = nil) throws(RuntimeError) -> Response {
    let left = deadline.millisecondsLeft
    guard left > 0 else { throw .noAnswer(seconds: deadline.seconds) }
    let collector = Collector()
    var status = 0
    let result = withExtendedLifetime(collector) {
      let context = Unmanaged.passUnretained(collector).toOpaque()
      return (body ?? []).withUnsafeBytes { bytes in
        // An empty array may have no address, and no address means no body.
        var nothing: UInt8 = 0
        return withUnsafeBytes(of: &nothing) { empty in
          csys_unix_http_send(
            handle, path, body == nil ? nil : bytes.baseAddress ?? empty.baseAddress, bytes.count, left, Self.largest,
            { context, isHeader, part, length in
              guard let context, let part else { return 1 }
              Unmanaged<Collector>.fromOpaque(context).takeUnretainedValue().take(
                UnsafeRawBufferPointer(start: part, count: length), isHeader: isHeader != 0)
              return 1
            }, context, &status)
        }
      }
    }
    switch -result {
    case 0: break
    case ETIMEDOUT: throw .noAnswer(seconds: deadline.seconds)
    case ECONNREFUSED, ENOENT: throw .notConnected
    case EACCES, EPERM: throw .permission
    case EMSGSIZE: throw .garbage("more than \(Self.largest) bytes")
    default: throw .garbage("no HTTP")
    }
    collector.response.status = status
    return collector.response
  }

  private final class Collector {
    var response = Response()

    func take(_ bytes: UnsafeRawBufferPointer, isHeader: Bool) {
      guard isHeader else {
        response.body.append(contentsOf: bytes)
        return
      }
      let line = String(decoding: bytes, as: UTF8.self)
      guard let colon = line.firstIndex(of: ":") else { return }
      response.headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmed
    }
  }
}

/// A point in time after which nothing is waited for.
struct Deadline: Sendable {
  private let end: ContinuousClock.Instant
  /// How long it was when it was set.
  let seconds: Double

  init(seconds: Double) {
    self.seconds = seconds
    end = ContinuousClock().now + .milliseconds(Int(seconds * 1000))
  }

  var millisecondsLeft: Int { Int(ContinuousClock().now.duration(to: end) / .milliseconds(1)) }
}

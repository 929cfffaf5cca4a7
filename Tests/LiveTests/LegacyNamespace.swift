import Glibc

@testable import Inspect

/// A network namespace of a test's own, without any tables, on a thread of its own; it goes when the thread ends.
enum LegacyNamespace {
  /// Whether tests may make network namespaces and tables.
  static var isAvailable: Bool { geteuid() == 0 }

  static let unavailable = "needs root: makes network namespaces and legacy tables"

  struct Failure: Error {
    let problem: String
  }

  /// Runs `body` in a new network namespace; commands that it starts are in it, too.
  static func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) throws -> Value {
    let job = Job {
      Result {
        try enter()
        return try body()
      }
    }
    let context = Unmanaged.passUnretained(job)
    var thread = pthread_t()
    let started = withExtendedLifetime(job) {
      let code = pthread_create(&thread, nil, runJob, context.toOpaque())
      if code == 0 { pthread_join(thread, nil) }
      return code
    }
    guard started == 0, let result = job.result as? Result<Value, any Error> else {
      throw Failure(problem: "no thread: \(started)")
    }
    return try result.get()
  }

  private static let runJob: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { context in
    if let context { Unmanaged<Job>.fromOpaque(context).takeUnretainedValue().run() }
    return nil
  }

  private final class Job {
    private let body: () -> Any
    private(set) var result: Any?

    init(_ body: @escaping () -> Any) { self.body = body }

    func run() { result = body() }
  }

  private static func enter() throws {
    // Glibc's module leaves unshare out.
    typealias Unshare = @convention(c) (Int32) -> Int32
    guard let symbol = dlsym(nil, "unshare") else { throw Failure(problem: "no unshare") }
    // CLONE_NEWNET
    guard unsafeBitCast(symbol, to: Unshare.self)(0x4000_0000) == 0 else {
      throw Failure(problem: "unshare: \(String(cString: strerror(errno)))")
    }
  }

  /// Takes all capabilities from the calling thread.
  static func dropCapabilities() throws {
    typealias Capset = @convention(c) (UnsafeMutableRawPointer, UnsafeMutableRawPointer) -> Int32
    guard let symbol = dlsym(nil, "capset") else { throw Failure(problem: "no capset") }
    // struct __user_cap_header_struct (_LINUX_CAPABILITY_VERSION_3) and two of struct __user_cap_data_struct.
    var header: [UInt32] = [0x2008_0522, 0]
    var data = [UInt32](repeating: 0, count: 6)
    guard unsafeBitCast(symbol, to: Capset.self)(&header, &data) == 0 else { throw Failure(problem: "capset") }
  }

  /// What a shell command prints.
  @discardableResult
  static func shell(_ command: String) throws -> String {
    guard let pipe = popen(command, "r") else { throw Failure(problem: command) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = fread(&buffer, 1, buffer.count, pipe)
      if count == 0 { break }
      bytes += buffer[..<count]
    }
    let status = pclose(pipe)
    guard status == 0 else { throw Failure(problem: "\(command): status \(status)") }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Tests/Fixtures/
  static let fixtures = "\(#filePath)".split(separator: "/").dropLast(2).reduce("") { $0 + "/" + $1 } + "/Fixtures/"

  static func command(_ name: String, _ family: IPFamily) -> String {
    (family == .v4 ? "iptables-legacy" : "ip6tables-legacy") + name
  }

  /// What iptables-legacy-save prints of every table of a family.
  static func saved(_ family: IPFamily) throws -> [String: [String]] {
    var tables: [String: [String]] = [:]
    var table = ""
    for line in try shell(command("-save -c", family)).split(separator: "\n") {
      switch line.first {
      case "*": table = String(line.dropFirst())
      case ":", "[": tables[table, default: []].append(String(line))
      default: break
      }
    }
    return tables
  }
}

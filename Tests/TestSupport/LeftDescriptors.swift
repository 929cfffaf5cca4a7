#if canImport(Glibc)
  import Glibc
#endif

/// What is still open after `body` that was not before it.
///
/// It runs on a thread that shares its descriptors with no other, so that what other tests do at the same time does not
/// count; and once before, for what a library opens only once.
/// - Returns: where each descriptor that was left leads to, such as `socket:[4711]`.
public func descriptorsLeft(by body: @escaping @Sendable () throws -> Void) throws -> [String] {
  let work = DescriptorWork(body)
  var thread = pthread_t()
  let code = pthread_create(
    &thread, nil,
    { context in
      guard let context else { return nil }
      Unmanaged<DescriptorWork>.fromOpaque(context).takeUnretainedValue().run()
      return nil
    }, Unmanaged.passUnretained(work).toOpaque())
  guard code == 0 else { throw SetupError.errno("cannot start a thread", code) }
  pthread_join(thread, nil)
  return try work.left.get()
}

/// Only its thread touches the result until it is joined.
private final class DescriptorWork {
  private let body: @Sendable () throws -> Void
  private(set) var left: Result<[String], any Error> = .success([])

  init(_ body: @escaping @Sendable () throws -> Void) { self.body = body }

  func run() { left = Result { try measure() } }

  private func measure() throws -> [String] {
    // The headers that Swift reads hide it.
    typealias CloseRange = @convention(c) (_ first: UInt32, _ last: UInt32, _ flags: Int32) -> Int32
    guard let closeRange = dlsym(nil, "close_range").map({ unsafeBitCast($0, to: CloseRange.self) }) else {
      throw SetupError("there is no close_range")
    }
    // CLOSE_RANGE_UNSHARE: a table of its own, with nothing in it but the standard three.
    guard closeRange(3, .max, 2) == 0 else { throw SetupError.errno("cannot have descriptors of its own") }
    try body()
    let before = Set(Self.open())
    try body()
    return Self.open().filter { !before.contains($0) }
  }

  /// The open descriptors, each with what it leads to.
  private static func open() -> [String] {
    (3..<1024).compactMap { descriptor in
      var target = [CChar](repeating: 0, count: 256)
      let length = readlink("/proc/thread-self/fd/\(descriptor)", &target, target.count)
      guard length >= 0 else { return nil }
      return "\(descriptor) \(String(decoding: target.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self))"
    }
  }
}

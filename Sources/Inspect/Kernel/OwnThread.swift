import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// Runs work on threads of its own.
///
/// A network namespace belongs to a thread (setns), and a thread of Swift's pool must never change its own; and what may
/// hang for a while needs a thread that nobody else waits for.
enum OwnThread {
  /// Runs `body` on a new thread and waits for its end.
  static func run<Value: Sendable>(_ body: @Sendable @escaping () throws -> Value) throws -> Value {
    let work = try start(body)
    return try work.wait()
  }

  /// Runs `body` on a new thread and waits for its end, but not longer than `limit`: nil then, and the thread goes on alone.
  static func run<Value: Sendable>(
    within limit: Duration, _ body: @Sendable @escaping () throws -> Value
  ) throws -> Value? {
    try start(body).wait(limit)
  }

  /// Runs all of `bodies` at once, each on a new thread, and waits for the last. A thread that could not be started gives
  /// its error.
  static func runAll<Value: Sendable>(
    _ bodies: [@Sendable () throws -> Value]
  ) -> [Result<Value, any Error>] {
    let works = bodies.map { body in Result { try start(body) } }
    return works.map { work in Result { try work.get().wait() } }
  }

  private static func start<Value: Sendable>(
    _ body: @Sendable @escaping () throws -> Value
  ) throws -> Work<Value> {
    let work = Work(body: body)
    let context = Unmanaged.passRetained(work as AnyWork)
    let failure = pthread_create(
      &work.thread, nil,
      { pointer in
        guard let pointer else { return nil }
        Unmanaged<AnyWork>.fromOpaque(pointer).takeRetainedValue().run()
        return nil
      }, context.toOpaque())
    guard failure == 0 else {
      context.release()
      throw KernelError.system(reading: "by a thread of its own", errno: failure)
    }
    return work
  }
}

private class AnyWork {
  func run() {}
}

/// One thread's work. Only that thread touches the result until it is joined.
private final class Work<Value: Sendable>: AnyWork {
  var thread = pthread_t()
  private let body: @Sendable () throws -> Value
  private var result: Result<Value, any Error>?

  init(body: @Sendable @escaping () throws -> Value) { self.body = body }

  override func run() { result = Result { try body() } }

  /// nil where the thread is still at work then.
  func wait(_ limit: Duration) throws -> Value? {
    guard csys_join(thread, Int(limit / .milliseconds(1))) == 0 else {
      pthread_detach(thread)
      return nil
    }
    return try value()
  }

  func wait() throws -> Value {
    pthread_join(thread, nil)
    return try value()
  }

  private func value() throws -> Value {
    guard let result else { throw KernelError.system(reading: "by a thread of its own", errno: EAGAIN) }
    return try result.get()
  }
}

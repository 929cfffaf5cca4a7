import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// Waits on this thread for what only asynchronous functions do: it runs their jobs itself, and so needs no thread of
/// the cooperative pool, which may be the one that waits.
func waiting<Value: Sendable>(_ body: @Sendable @escaping () async throws -> Value) throws -> Value {
  let executor = WaitingExecutor()
  let awaited = Awaited<Value>()
  Task(executorPreference: executor) {
    do {
      awaited.set(.success(try await body()))
    } catch {
      awaited.set(.failure(error))
    }
    executor.stop()
  }
  executor.run()
  return try awaited.get()
}

private final class Awaited<Value: Sendable>: Sendable {
  private let result = Mutex<Result<Value, any Error>?>(nil)

  func set(_ value: Result<Value, any Error>) { result.withLock { $0 = value } }

  func get() throws -> Value {
    guard let result = result.withLock({ $0 }) else { throw CancellationError() }
    return try result.get()
  }
}

/// Runs jobs on the thread that calls `run`.
private final class WaitingExecutor: TaskExecutor, @unchecked Sendable {
  private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  /// Guarded by `lock`.
  private var jobs: [UnownedJob] = []
  private var isStopped = false

  init() {
    pthread_mutex_init(lock, nil)
    pthread_cond_init(changed, nil)
  }

  deinit {
    pthread_mutex_destroy(lock)
    pthread_cond_destroy(changed)
    lock.deallocate()
    changed.deallocate()
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    locked {
      jobs.append(job)
      pthread_cond_signal(changed)
    }
  }

  /// To be called by the last job.
  func stop() {
    locked {
      isStopped = true
      pthread_cond_signal(changed)
    }
  }

  /// Runs jobs until one of them has stopped it.
  func run() {
    let executor = asUnownedTaskExecutor()
    while let job = next() { job.runSynchronously(on: executor) }
  }

  private func next() -> UnownedJob? {
    locked {
      while jobs.isEmpty && !isStopped { pthread_cond_wait(changed, lock) }
      return jobs.isEmpty ? nil : jobs.removeFirst()
    }
  }

  private func locked<Value>(_ body: () -> Value) -> Value {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    return body()
  }
}

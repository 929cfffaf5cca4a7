import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// A thread that lives in a network namespace of its own, and runs what a task prefers to have run there.
///
/// A namespace belongs to a thread, and tasks hop between the threads of Swift's pool. A task that prefers this
/// executor stays here, and unlike bare work on a thread it keeps its task-local values, by which Swift Testing
/// knows the test that an issue belongs to.
final class NamespaceThread: TaskExecutor, @unchecked Sendable {
  private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  /// Guarded by `lock`.
  private var jobs: [UnownedJob] = []
  private var stopping = false
  private var entering: Int32?

  private let namespace: Int32
  private var thread = pthread_t()

  /// Starts the thread in the namespace of an open descriptor.
  init(entering descriptor: Int32) throws(SetupError) {
    namespace = descriptor
    pthread_mutex_init(lock, nil)
    pthread_cond_init(changed, nil)
    let code = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        Unmanaged<NamespaceThread>.fromOpaque(context).takeUnretainedValue().run()
        return nil
      }, Unmanaged.passUnretained(self).toOpaque())
    guard code == 0 else { throw .errno("cannot start a thread", code) }

    let entered = locked {
      while entering == nil { pthread_cond_wait(changed, lock) }
      return entering ?? 0
    }
    guard entered == 0 else {
      stop()
      throw .errno("cannot enter a network namespace", entered)
    }
  }

  deinit {
    pthread_mutex_destroy(lock)
    pthread_cond_destroy(changed)
    lock.deallocate()
    changed.deallocate()
  }

  /// Ends the thread and waits for it. No task may prefer this executor any more.
  func stop() {
    locked {
      stopping = true
      pthread_cond_broadcast(changed)
    }
    pthread_join(thread, nil)
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    locked {
      jobs.append(job)
      pthread_cond_broadcast(changed)
    }
  }

  private func run() {
    let entered = csys_setns_net(namespace)
    locked {
      entering = entered
      pthread_cond_broadcast(changed)
    }
    let executor = asUnownedTaskExecutor()
    while let job = nextJob() { job.runSynchronously(on: executor) }
  }

  private func nextJob() -> UnownedJob? {
    locked {
      while jobs.isEmpty && !stopping { pthread_cond_wait(changed, lock) }
      return jobs.isEmpty ? nil : jobs.removeFirst()
    }
  }

  private func locked<Result>(_ body: () -> Result) -> Result {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    return body()
  }
}

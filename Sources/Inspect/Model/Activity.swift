/// What an answer waits for while it is worked out.
public enum Activity: Sendable, Hashable {
  /// An API server's answers; for how long they are waited for at most, nil: as long as it takes.
  case waitingForAPI(server: String, limit: Duration?)
  /// A dump that the user named, which may be a pipe.
  case readingDump(path: String)
  /// What the kernel says of rules, sets and interfaces, as far as nothing else is told.
  case readingNode
  /// A legacy table, which the kernel gives only as a whole.
  case readingTable(name: String, rules: Int)
  /// Packets to services, one after the other.
  case walkingServices(done: Int, of: Int)
  /// A pause in which kube-proxy may follow the API.
  case waitingForSync(Duration)
  /// What container runtimes, processes and files say of pods.
  case lookingForPods
  /// Answers of other nodes.
  case askingNodes(done: Int, of: Int)
  /// Nothing any more: parts of the answer are written while others are worked out.
  case answering
}

/// Is told what an answer waits for, on whichever thread works it out.
public struct ActivityObserver: Sendable {
  private let body: (@Sendable (Activity) -> Void)?

  /// Nobody wants to know.
  public static let none = ActivityObserver(body: nil)

  /// Tells `body`, which must return soon.
  public init(_ body: @escaping @Sendable (Activity) -> Void) { self.init(body: body) }

  private init(body: (@Sendable (Activity) -> Void)?) { self.body = body }

  func tell(_ activity: Activity) { body?(activity) }
}

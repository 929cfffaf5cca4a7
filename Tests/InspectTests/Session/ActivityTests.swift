import Synchronization
import Testing

@testable import Inspect

/// What an observer is told.
private final class Told: Sendable {
  private let activities = Mutex<[Activity]>([])

  var all: [Activity] { activities.withLock { $0 } }
  var observer: ActivityObserver { ActivityObserver { activity in self.activities.withLock { $0.append(activity) } } }
}

@Suite("What an observer of a session is told")
struct ActivityTests {
  @Test("A list: its dump is read, then the node, then service after service is walked")
  func list() throws {
    try withDump { dump in
      guard case .dump(let path, _) = dump else { return }
      let told = Told()
      var session = session(cluster: dump)
      session.observer = told.observer
      var query = ServicesQuery()
      query.areAllNamespaces = true
      _ = try session.services(query)
      #expect(told.all == [.readingDump(path: path), .readingNode, .walkingServices(done: 0, of: 1)])
    }
  }

  @Test("Pods: that they are looked for")
  func pods() throws {
    let told = Told()
    var session = session()
    session.observer = told.observer
    session.netns = "there-is-none-of-this-name"
    #expect(throws: SessionError.self) { try session.pods(PodQuery()) }
    #expect(told.all == [.lookingForPods])
  }
}

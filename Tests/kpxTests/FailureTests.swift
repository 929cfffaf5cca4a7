import Testing

@testable import Inspect
@testable import kpx

@Suite("The status that an error ends kpx with")
struct FailureTests {
  @Test(
    "A session's errors keep their sentences, and have the status of their kind",
    arguments: [
      (SessionError.noSuchPod(NamespacedName("a", "b")), kpx.ExitStatus.notFound),
      (.podHasEnded(NamespacedName("a", "b"), phase: "Failed"), .notFound),
      (.podWithoutAddress(NamespacedName("a", "b"), problem: "it is dead"), .notFound),
      (.leadsToNoPod(.process(1), reason: "it is the node's"), .notFound),
      (.ambiguousPod(.process(1), pods: ["a/b", "a/c"]), .usage),
      (.pod(.notFound("a/b", hint: nil)), .notFound),
      (.pod(.unknown("a/b", because: "no answer")), .unavailable),
      (.noSuchSet("a", nearest: ["b"]), .notFound), (.noSuchTable("a", nearest: []), .notFound),
      (.noSuchChain("a", nearest: ["b"]), .notFound), (.noMember("a is no address"), .usage),
      (.noVirtualService(":80"), .notFound), (.dump(.empty(path: "a")), .unavailable),
      (.kubeconfig(.file(path: "a", .timedOut, user: nil)), .unavailable),
      (.kubeconfig(.file(path: "a", .system(errno: 2), user: nil)), .unavailable),
      (.kubeconfig(.notYAML(path: "a", line: 1, problem: "b")), .usage),
      (.kernel(.unavailable("no ipsets")), .unavailable), (.other("a"), .unavailable),
    ])
  func status(error: SessionError, status: kpx.ExitStatus) {
    let failure = Failure(error)
    #expect(failure.status == status)
    #expect(failure.message == "\(error)")
  }

  @Test("A missing capability is said with what to do")
  func permission() {
    let failure = Failure(SessionError.kernel(.permission(reading: "rules")))
    #expect(failure.status == .permission)
    #expect(failure.message.hasSuffix("; \(Privileges.advice)"))
  }

  @Test("A service that is not there: without the API nobody knows, and rules that were read badly tell nothing")
  func untraceable() {
    var found = SessionError.Untraceable(error: .noSuchAddress("10.0.0.1:80"), hasAPI: false, apiNotes: [])
    func status() -> kpx.ExitStatus { Failure(SessionError.untraceable(found)).status }
    #expect(status() == .notFound)
    found.apiNotes = ["the API was not asked"]
    #expect(status() == .unavailable)
    found.hasAPI = true
    #expect(status() == .notFound)
    var verification = Verification(table: Table(backend: .legacy, family: .v4, name: "nat"), peer: "a test")
    found.verification = [verification]
    #expect(status() == .notFound)
    verification.changingCount = 1
    found.verification = [verification]
    #expect(status() == .uncertain)
  }
}

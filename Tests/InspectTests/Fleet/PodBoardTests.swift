import FoundationEssentials
import Testing

@testable import Inspect

private let run = PodRun(name: "kpx-run-0", uid: "u", resourceVersion: "7")

@Suite("What becomes of the pods that ask nodes")
struct PodBoardTests {
  /// A board of two nodes that has taken events of the first one's pod.
  private func board(_ statuses: String..., type: String = "MODIFIED") -> PodBoard {
    var board = PodBoard(["node1", "node2"], run)
    for status in statuses {
      let line = #"{"type":"\#(type)","object":{"metadata":{"name":"kpx-run-0-0"},"status":\#(status)}}"#
      board.take(Array(line.utf8)[...])
    }
    return board
  }

  private func ended(_ message: String, code: Int = 0) throws -> String {
    let text = String(decoding: try JSONEncoder().encode(message), as: UTF8.self)
    return
      #"{"phase":"Succeeded","containerStatuses":[{"state":{"terminated":{"exitCode":\#(code),"message":\#(text)}}}]}"#
  }

  private func answer(_ change: (inout NodeAnswer) -> Void = { _ in }) throws -> String {
    var answer = NodeAnswer(program: "1", node: AnsweringNode(name: "node1"))
    change(&answer)
    return String(decoding: try JSONEncoder().encode(answer), as: UTF8.self)
  }

  @Test("A termination message is the answer; the other node is still waited for, and has none in the end")
  func answered() throws {
    let board = board(#"{"phase":"Pending"}"#, try ended(answer()))
    guard case .answered(let answer)? = board.outcomes["node1"] else {
      Issue.record("\(board.outcomes)")
      return
    }
    #expect(answer.node.name == "node1" && board.settled == 1 && !board.isSettled && board.inLogs.isEmpty)
    #expect(board.outcomes["node2"] == .unanswered(.run, message: "its pod did not start in time"))
  }

  @Test("An answer that was too long for the message is in the log")
  func cut() throws {
    let finding = Finding(.endpointDrift, .error, subject: .node, message: "a")
    let cut = try answer { answer in
      answer.findings = [finding]
      answer = answer.cut
    }
    let board = board(try ended(cut))
    #expect(board.inLogs == [0])
    guard case .answered(let short)? = board.outcomes["node1"] else {
      Issue.record("\(board.outcomes)")
      return
    }
    #expect(short.findings.isEmpty && short.omitted == 1)
  }

  @Test(
    "What keeps a pod from answering is told",
    arguments: [
      (#"{"phase":"Failed","reason":"OutOfpods","message":"no room"}"#, "its pod failed: OutOfpods: no room"),
      (
        #"{"phase":"Pending","containerStatuses":[{"state":{"waiting":{"reason":"ImagePullBackOff"}}}]}"#,
        "its pod waits: ImagePullBackOff"
      ),
      (
        #"{"phase":"Failed","containerStatuses":[{"state":{"terminated":{"exitCode":1,"message":"exec: no kpx"}}}]}"#,
        "exec: no kpx"
      ),
    ])
  func failed(status: String, message: String) {
    #expect(board(status).outcomes["node1"] == .unanswered(.start, message: message))
  }

  @Test("A pod that somebody deletes has no answer; pods of other runs and garbage are passed over")
  func others() {
    #expect(board("{}", type: "DELETED").outcomes["node1"] == .unanswered(.start, message: "its pod was deleted"))
    var board = PodBoard(["node1"], run)
    for line in [
      "", "x", #"{"type":"ADDED","object":{"metadata":{"name":"kpx-run-0-7"}}}"#,
      #"{"type":"DELETED","object":{"metadata":{"name":"another"}}}"#,
    ] {
      board.take(Array(line.utf8)[...])
    }
    #expect(board.settled == 0)
  }
}

@Suite("A pod that asks a node")
struct AnsweringPodTests {
  private func json(seesProcesses: Bool) throws -> String {
    let pod = AnsweringPod(
      on: "node1", number: 3, of: run, image: "a/b:1", question: Array("{}".utf8), seesProcesses: seesProcesses,
      limit: .milliseconds(1500))
    return String(decoding: try encodedJSON(pod), as: UTF8.self)
  }

  @Test("To look into pods it sees the node's processes and may enter their networks")
  func veth() throws {
    let json = try json(seesProcesses: true)
    let added = #""add":["NET_ADMIN","NET_RAW","SYS_ADMIN","SYS_PTRACE","DAC_READ_SEARCH"]"#
    #expect(json.contains(#""hostPID":true"#) && json.contains(added) && !json.contains("privileged"), "\(json)")
  }

  @Test("It has the rights that the question needs, and no others; with its ConfigMap it goes")
  func rights() throws {
    let json = try json(seesProcesses: false)
    for part in [
      #""nodeName":"node1""#, #""capabilities":{"add":["NET_ADMIN","NET_RAW"],"drop":["ALL"]}"#,
      #""automountServiceAccountToken":false"#, #""readOnlyRootFilesystem":true"#, #""hostNetwork":true"#,
      #""allowPrivilegeEscalation":false"#, #""restartPolicy":"Never""#, #""activeDeadlineSeconds":2"#,
      #""tolerations":[{"operator":"Exists"}]"#, #""seccompProfile":{"type":"RuntimeDefault"}"#,
      #""ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"kpx-run-0","uid":"u"}]"#,
      #""name":"kpx-run-0-3""#,
    ] { #expect(json.contains(part), "\(part) in \(json)") }
    #expect(!json.contains("privileged") && json.contains(#""hostPID":false"#) && !json.contains("hostPath"))
  }
}

import CSys
import FoundationEssentials

/// Takes questions to nodes by pods, where no ssh leads: plain pods, bound to nodes, that answer by their termination message and
/// are deleted again. It is the one thing by which kpx changes anything, and only the API's objects of its own.
public struct PodCarrier: Sendable {
  /// The image with kpx, as nodes pull it.
  public var image: String
  /// Where the pods are: a namespace that allows them the node's network.
  public var namespace = "kube-system"
  /// So many pods are created in a second.
  public var rate = 25

  /// An image in a registry that nodes reach.
  public init(image: String) { self.image = image }

  /// What a container may say at its end (DefaultMaxTerminationMessageLength of the kubelet's).
  public static let longestMessage = 4096

  /// What a pod was asked.
  /// - Parameter objects: where the run's ConfigMap has the API's objects, as gzip writes them.
  public static func question(_ own: String, objects: String) throws(SessionError) -> [UInt8] {
    do {
      return Array(own.utf8) + (try Gzip.content(objects))
    } catch {
      throw SessionError(error)
    }
  }

  /// Runs that are older were left by a kpx that was killed.
  private static let oldest = 600.0

  /// Asks some nodes.
  /// - Throws: `SessionError` where the API does not allow what it takes.
  func ask(
    _ question: FleetQuestion, _ nodes: [String], _ access: ClusterAccess, _ limits: APILimits,
    until deadline: ContinuousClock.Instant, _ observer: ActivityObserver
  ) throws(SessionError) -> [String: NodeOutcome] {
    // Whoever has enough of it does not leave pods behind.
    csys_postpone_end()
    defer { csys_end_if_due() }
    do {
      var client = try APIClient(access, limits: limits, deadline: deadline + Self.timeForCleaning)
      sweep(&client)
      let run = try begin(question, &client)
      var board = PodBoard(nodes, run)
      create(&board, question, run, &client, until: deadline, observer)
      watch(&board, run, &client, until: deadline, observer)
      readLogs(&board, &client)
      end(run, &client)
      return board.outcomes
    } catch {
      throw SessionError(error)
    }
  }

  private static let timeForCleaning = Duration.seconds(20)

  // MARK: - Objects

  private struct Created: Decodable {
    struct Metadata: Decodable {
      var name: String
      var uid: String
      var resourceVersion: String
      var creationTimestamp: String?
    }
    var metadata: Metadata
  }

  private struct ConfigMap: Encodable {
    struct Metadata: Encodable {
      let name: String
      let labels: [String: String]
    }
    let apiVersion = "v1"
    let kind = "ConfigMap"
    let metadata: Metadata
    let immutable = true
    /// base64
    let binaryData: [String: String]
  }

  private func objects(_ kind: String, _ name: String? = nil, query: [[String]] = []) -> APIPath {
    var path =
      name.map { APIPath("api/v1", "namespaces", namespace, kind, $0) }
      ?? APIPath("api/v1", "namespaces", namespace, kind)
    path.query = query
    return path
  }

  /// The run's ConfigMap, with what all nodes are told.
  private func begin(_ question: FleetQuestion, _ client: inout APIClient) throws -> PodRun {
    let name = "\(PodRun.labelled)-" + UInt64.random(in: 0 ... .max).hexDigits(16)
    let draft = PodRun(name: name, uid: "", resourceVersion: "")
    let map = ConfigMap(
      metadata: .init(name: name, labels: draft.labels),
      binaryData: ["objects": encodedBase64(try Gzip.compressed(question.shared))])
    let answer = client.ask([APIRequest("POST", objects("configmaps"), Array(try JSONEncoder().encode(map)))])[0]
    let created = try JSONDecoder().decode(Created.self, from: Data(try answer.get()))
    return PodRun(name: name, uid: created.metadata.uid, resourceVersion: created.metadata.resourceVersion)
  }

  /// Nodes get their pods, so many in a second.
  private func create(
    _ board: inout PodBoard, _ question: FleetQuestion, _ run: PodRun, _ client: inout APIClient,
    until deadline: ContinuousClock.Instant, _ observer: ActivityObserver
  ) {
    for start in stride(from: 0, to: board.nodes.count, by: rate) {
      let begin = ContinuousClock.now
      let numbers = start..<min(start + rate, board.nodes.count)
      guard begin < deadline, csys_end_is_due() == 0 else { return }
      let requests = numbers.map { number -> APIRequest in
        let node = board.nodes[number]
        let pod = AnsweringPod(
          on: node, number: number, of: run, image: image, question: question.own(node),
          seesProcesses: question.command.seesProcesses,
          limit: begin.duration(to: deadline))
        return APIRequest("POST", objects("pods"), (try? Array(JSONEncoder().encode(pod))) ?? [])
      }
      for (number, answer) in zip(numbers, client.ask(requests)) {
        if case .failure(let error) = answer {
          board.settle(number, .unanswered(.start, message: "its pod was not made: \(error)"))
        }
      }
      observer.tell(.askingNodes(done: board.settled, of: board.nodes.count))
      if numbers.upperBound < board.nodes.count { Session.sleep(.seconds(1) - begin.duration(to: .now)) }
    }
  }

  /// A server ends a watch when it likes; a proxy between, sooner.
  private static let mostWatches = 5

  /// What becomes of the pods, in one watch unless it breaks: another then tells all of it again.
  private func watch(
    _ board: inout PodBoard, _ run: PodRun, _ client: inout APIClient, until deadline: ContinuousClock.Instant,
    _ observer: ActivityObserver
  ) {
    for _ in 0..<Self.mostWatches where !board.isSettled && csys_end_is_due() == 0 {
      let left = Int(ContinuousClock.now.duration(to: deadline) / .seconds(1))
      guard left > 0 else { return }
      let watched = PodWatch(board, observer)
      var request = APIRequest(
        objects(
          "pods",
          query: [
            ["labelSelector", "\(PodRun.runLabel)=\(run.name)"], ["watch", "1"],
            ["resourceVersion", run.resourceVersion], ["timeoutSeconds", "\(left)"],
          ]))
      request.takesLine = { watched.take($0) }
      let answer = client.ask([request])[0]
      board = watched.board
      if case .failure(let error) = answer, error.isFinal { return }
    }
  }

  /// Answers that no message holds, from those nodes alone.
  private func readLogs(_ board: inout PodBoard, _ client: inout APIClient) {
    let numbers = board.inLogs
    guard !numbers.isEmpty else { return }
    let paths = numbers.map { APIPath("api/v1", "namespaces", namespace, "pods", "\(board.run.name)-\($0)", "log") }
    for (number, answer) in zip(numbers, client.get(paths)) {
      if case .success(let bytes) = answer { board.settle(number, NodeOutcome(sent: bytes, by: board.nodes[number])) }
    }
  }

  // MARK: - Cleaning

  /// The pods now, and with the ConfigMap all that came after.
  private func end(_ run: PodRun, _ client: inout APIClient) {
    let pods = objects(
      "pods", query: [["labelSelector", "\(PodRun.runLabel)=\(run.name)"], ["gracePeriodSeconds", "0"]])
    _ = client.ask([
      APIRequest("DELETE", pods),
      APIRequest("DELETE", objects("configmaps", run.name, query: [["propagationPolicy", "Background"]])),
    ])
  }

  /// What runs have left that were killed.
  private func sweep(_ client: inout APIClient) {
    struct List: Decodable { var items: [Created] }
    let path = objects("configmaps", query: [["labelSelector", "\(PodRun.label)=\(PodRun.labelled)"]])
    guard case .success(let bytes) = client.get([path])[0],
      let found = try? JSONDecoder().decode(List.self, from: Data(bytes))
    else { return }
    let left = found.items.filter { item in
      item.metadata.creationTimestamp.flatMap { try? Date($0, strategy: .iso8601) }
        .map { Session.clock() - $0.timeIntervalSince1970 > Self.oldest } ?? false
    }
    _ = client.ask(
      left.map {
        APIRequest("DELETE", objects("configmaps", $0.metadata.name, query: [["propagationPolicy", "Background"]]))
      })
  }
}

import FoundationEssentials

/// What is to be read of the API.
public enum ClusterQuestion: Sendable {
  /// One service and its endpoints.
  case service(NamespacedName)
  /// The services that are meant, found among all, and their endpoints.
  case services(where: @Sendable (Service) -> Bool)
  /// All services and their endpoints, of a namespace or of all.
  case all(namespace: String?)
  /// This node alone, and which release the server is.
  case node
}

/// Which node this is, as far as is known before the API is asked.
public struct NodeGuess: Sendable {
  var name: String
  /// Whether the name is the host's, and the node may have another one.
  var isHostName: Bool
}

/// Reads what an answer needs, and no more, with one credential; what that may not read, by a way that it may.
public struct ClusterReader: ~Copyable {
  /// A trace of one service makes no more, beside one for the pod that the user named.
  private var mostRequests = 4
  /// The endpoints of so many services that are meant by one address are read.
  private static let mostServices = 8
  /// Of so many clients outside this node the pods are read.
  private static let mostClients = 16
  private static let pageSize = 500

  /// What is known so far.
  public private(set) var snapshot = ClusterSnapshot()
  /// What may not be read, in sentences.
  public internal(set) var notes: [String] = []
  /// The access that was used.
  public let access: ClusterAccess
  /// The server's release, where it was asked and said so.
  public private(set) var serverVersion: String?
  private var client: APIClient
  /// Where other credentials may be found; nil where none are looked for.
  var search: CredentialSearch?
  let limits: APILimits
  private let observer: ActivityObserver

  init(
    _ access: ClusterAccess, limits: APILimits, deadline: ContinuousClock.Instant?, _ observer: ActivityObserver = .none
  ) throws(APIError) {
    self.access = access
    self.observer = observer
    self.limits = limits
    observer.tell(
      .waitingForAPI(server: "\(access.server)", limit: deadline.map { ContinuousClock.now.duration(to: $0) }))
    client = try APIClient(access, limits: limits, deadline: deadline)
  }

  /// Until when answers may take; nil: as long as it takes.
  var deadline: ContinuousClock.Instant? { client.deadline }

  /// From now on answers may take until then.
  mutating func setDeadline(_ deadline: ContinuousClock.Instant?) { client.deadline = deadline }

  /// Reads what a question is about, and along with it one node, or all of them.
  /// - Throws: where services cannot be read; then this credential is of no use. What else cannot be read is a note.
  mutating func read(_ question: ClusterQuestion, node: NodeGuess?) throws(APIError) {
    switch question {
    case .service(let name): try read(name, node: node)
    case .services(let isMeant):
      let found = try list([.services(nil)], with: Self.path(node))
      take(node: found, guess: node)
      let services = snapshot.services.filter(isMeant).prefix(Self.mostServices)
      readEndpoints(of: services.map(\.metadata.namespacedName))
    case .all(let namespace):
      let found = try list([.services(namespace), .endpoints(.slices, namespace)], with: Self.path(node))
      take(node: found, guess: node)
    case .node: try readVersion(node: node)
    }
  }

  /// The server's release may be asked by everybody, as far as clusters are set up as usual.
  private mutating func readVersion(node: NodeGuess?) throws(APIError) {
    let answers = client.get([APIPath("version"), Self.path(node)])
    if case .failure(let error) = answers[0] {
      if case .failure = answers[1] { throw error }
      notes.append("the server's release is not known: \(error)")
    }
    serverVersion = (try? answers[0].get()).flatMap { ServerRelease.text(in: $0) }
    take(node: answers[1], guess: node)
  }

  // MARK: - One service

  private mutating func read(_ name: NamespacedName, node: NodeGuess?) throws(APIError) {
    // kube-proxy and the kubelet may list services, and kube-proxy may not get one.
    let answers = client.get([
      .list(.services(name.namespace), field: "metadata.name", name.name), .slices(of: name), Self.path(node),
    ])
    if case .failure(let error) = take(answers[0], .service) {
      guard case .forbidden = error, let again = ask(.service(name)), case .success = take(again, .service) else {
        throw error
      }
    }
    takeEndpoints(answers[1], of: name)
    take(node: answers[2], guess: node)
  }

  /// Asks for one thing more, if it may still be asked for.
  private mutating func ask(_ path: APIPath) -> Result<[UInt8], APIError>? {
    client.questionCount < mostRequests ? client.get([path])[0] : nil
  }

  /// Takes the answer to the question for a service's slices; if there is none, asks for its endpoints in other forms.
  private mutating func takeEndpoints(_ answer: Result<[UInt8], APIError>, of name: NamespacedName) {
    var (answer, source) = (answer, EndpointSource.slices)
    while case .failure(let error) = take(answer, source.kind) {
      // An API server before 1.17 has no slices at all: one question more.
      if source == .betaSlices { mostRequests += 1 }
      guard let other = source.next(after: error), let next = ask(other.path(of: name)) else {
        notes.append("the endpoints of \(name) are not known: \(error)")
        return
      }
      (answer, source) = (next, other)
    }
  }

  private mutating func readEndpoints(of services: [NamespacedName]) {
    guard !services.isEmpty else { return }
    // All but the first come on top.
    mostRequests += 2 * (services.count - 1)
    for (name, answer) in zip(services, client.get(services.map { .slices(of: $0) })) {
      takeEndpoints(answer, of: name)
    }
  }

  /// The v1 Endpoints of a service, where a kube-proxy is so old that it reads those.
  public mutating func readEndpoints(_ name: NamespacedName) {
    guard !snapshot.knows(.endpoints), let answer = ask(.endpoints(name)) else { return }
    _ = take(answer, .endpoints)
  }

  /// One pod by its name. It is what the user named: it is asked for, whatever was asked for before.
  public mutating func readPod(_ name: NamespacedName) {
    if case .failure(let error) = take(client.get([.pod(name)])[0], .pod) {
      notes.append("pod \(name) may not be read: \(error)")
    }
  }

  /// One service by its name, without its endpoints.
  public mutating func readService(_ name: NamespacedName) {
    let path = APIPath.list(.services(name.namespace), field: "metadata.name", name.name)
    if case .failure(let error) = take(client.get([path])[0], .service) {
      notes.append("service \(name) may not be read: \(error)")
    }
  }

  /// All pods.
  mutating func readAllPods() { readPods(.list(.pods(nil))) }

  /// The pods of a namespace.
  public mutating func readPods(in namespace: String) { readPods(.list(.pods(namespace))) }

  /// The pods of one name, in all namespaces.
  public mutating func readPods(named name: String) { readPods(.list(.pods(nil), field: "metadata.name", name)) }

  /// The pods of a node, as its kubelet may read them.
  public mutating func readPods(onNode name: String) {
    let path = APIPath.list(.pods(nil), field: "spec.nodeName", name)
    var answer = client.get([path])[0]
    if case .failure(.forbidden) = answer, let other = answerByAnother(to: path) { answer = .success(other) }
    takePods(answer)
  }

  /// The pods that have some addresses, as far as they are not known; of many addresses the first.
  public mutating func readPods(atFirstOf addresses: [IPAddress]) {
    let unknown = addresses.filter { snapshot.pods(at: $0).isEmpty }.prefix(Self.mostClients)
    readPods(unknown.map { .list(.pods(nil), field: "status.podIP", "\($0)") })
  }

  /// So many nodes at most; nil where they may not be read.
  public mutating func nodes(atMost count: Int) -> [NodeObject]? {
    // A list that the server has at hand comes whole, whatever the limit.
    var path = APIPath.list(.nodes, isFirst: false)
    path.query.append(["limit", "\(count)"])
    do {
      var answer = ClusterSnapshot()
      _ = try answer.add(answer: try client.get([path])[0].get(), path: "its answer")
      return answer.nodes
    } catch {
      return nil
    }
  }

  private mutating func readPods(_ paths: APIPath...) { readPods(paths) }

  private mutating func readPods(_ paths: [APIPath]) {
    for answer in client.get(paths) { takePods(answer) }
  }

  private mutating func takePods(_ answer: Result<[UInt8], APIError>) {
    guard case .failure(let error) = take(answer, .pod) else { return }
    let note = "pods may not be read: \(error)"
    if !notes.contains(note) { notes.append(note) }
  }

  /// The pods that have some addresses: those of which nothing else tells.
  public mutating func readPods(at addresses: [IPAddress]) {
    let asked = addresses.prefix(max(0, mostRequests - client.questionCount))
    if asked.count < addresses.count {
      notes.append(
        "\(addresses.count - asked.count) endpoints are not in the API's slices, and their pods were not asked for")
    }
    readPods(asked.map { .list(.pods(nil), field: "status.podIP", "\($0)") })
  }

  // MARK: - Nodes

  private static func path(_ node: NodeGuess?) -> APIPath { node.map { .node($0.name) } ?? .list(.nodes) }

  /// A node may have another name than its host, which its kubelet then writes to a label.
  private func nodeByLabel(_ answer: Result<[UInt8], APIError>, _ guess: NodeGuess) -> APIPath? {
    guard guess.isHostName, case .failure(.notFound) = answer else { return nil }
    var list = APIPath.list(.nodes)
    list.query.append(["labelSelector", "kubernetes.io/hostname=\(guess.name)"])
    return list
  }

  private mutating func take(node answer: Result<[UInt8], APIError>?, guess: NodeGuess?) {
    guard let answer else { return }
    guard let guess else {
      if case .failure(let error) = take(answer, .node) { notes.append("nodes may not be read: \(error)") }
      return
    }
    if let path = nodeByLabel(answer, guess), let found = ask(path) {
      take(node: found, guess: NodeGuess(name: guess.name, isHostName: false))
    } else if case .failure(let error) = take(answer, .node) {
      notes.append("the node \(guess.name) may not be read: \(error)")
    }
  }

  // MARK: - Lists

  /// Reads lists part by part, all at the same time, and one thing more along with their first parts.
  private mutating func list(
    _ lists: [APIPath.List], with extra: APIPath
  ) throws(APIError) -> Result<[UInt8], APIError>? {
    var readings = lists.map { ListReading($0, pageSize: Self.pageSize) }
    var found: Result<[UInt8], APIError>?
    while readings.contains(where: { $0.next != nil }) {
      let open = readings.indices.filter { readings[$0].next != nil }
      let paths = open.compactMap { readings[$0].next }
      let answers = client.get(found == nil ? paths + [extra] : paths)
      for (index, answer) in zip(open, answers) {
        readings[index].take(answer, server: access.server)
        if let other = readings[index].alternative { readings[index] = ListReading(other, pageSize: Self.pageSize) }
      }
      found = found ?? answers.last
    }
    for reading in readings {
      switch (reading.list.kind, reading.failure) {
      case (_, nil):
        snapshot.note(reading.list.kind)
        snapshot.merge(reading.objects)
      case (.service, let error?): throw error
      case (_, let error?): notes.append("endpoints are not known: \(error)")
      }
    }
    return found
  }

  // MARK: - Objects

  /// Adds an answer's objects. That there is none is known, too.
  private mutating func take(
    _ answer: Result<[UInt8], APIError>, _ kind: ClusterSnapshot.Kind
  ) -> Result<Void, APIError> {
    do throws(APIError) {
      switch answer {
      case .success(let body):
        try add(body)
        guard snapshot.knows(kind) else {
          throw APIError.broken(server: "\(access.server)", problem: "it sent no \(kind.rawValue)")
        }
      case .failure(.notFound) where kind != .endpointSlice: snapshot.note(kind)
      case .failure(let error): throw error
      }
      return .success(())
    } catch {
      return .failure(error)
    }
  }

  private mutating func add(_ body: [UInt8]) throws(APIError) {
    do {
      _ = try snapshot.add(answer: body, path: "its answer")
    } catch {
      throw .broken(server: "\(access.server)", problem: "\(error)")
    }
  }
}

/// A list that is read in parts.
private struct ListReading {
  /// Half a million objects: no cluster has as many services.
  private static let mostParts = 1000

  let list: APIPath.List
  private let pageSize: Int
  private var hasRestarted = false
  /// The places at which it went on. A list that comes to one of them again has no end.
  private var tokens: Set<String> = []
  /// What to ask for next; nil at the end.
  private(set) var next: APIPath?
  private(set) var objects = ClusterSnapshot()
  private(set) var failure: APIError?

  init(_ list: APIPath.List, pageSize: Int) {
    self.list = list
    self.pageSize = pageSize
    next = .list(list)
    next?.query.append(["limit", "\(pageSize)"])
  }

  /// The list to read in its place after its failure.
  var alternative: APIPath.List? {
    guard let failure, case .endpoints(let source, let namespace) = list else { return nil }
    return source.next(after: failure).map { .endpoints($0, namespace) }
  }

  mutating func take(_ answer: Result<[UInt8], APIError>, server: ServerAddress) {
    let asked = next
    next = nil
    do throws(APIError) {
      switch answer {
      case .success(let body): try take(body, server)
      case .failure(.gone) where !hasRestarted && asked?.query.contains { $0.first == "continue" } == true:
        // The list of that time is gone: all of the present one, in one go.
        hasRestarted = true
        objects = ClusterSnapshot()
        next = .list(list)
      case .failure(let error): throw error
      }
    } catch {
      failure = error
    }
  }

  private mutating func take(_ body: [UInt8], _ server: ServerAddress) throws(APIError) {
    let count = objects.count
    let token: String?
    do {
      token = try objects.add(answer: body, path: "its answer")
    } catch {
      throw .broken(server: "\(server)", problem: "\(error)")
    }
    guard let token else { return }
    // Lists of all objects, as these are, have empty parts nowhere but at their end.
    guard objects.count > count, tokens.insert(token).inserted, tokens.count < Self.mostParts else {
      throw .broken(server: "\(server)", problem: "its list of \(list.kind.rawValue) objects has no end")
    }
    next = .list(list, isFirst: false)
    next?.query += [["limit", "\(pageSize)"], ["continue", token]]
  }
}

extension APIPath {
  /// A list of objects.
  enum List: Sendable {
    case services(String?)
    /// Of a namespace, or of all.
    case endpoints(EndpointSource, String?)
    /// Of a namespace, or of all.
    case pods(String?)
    case nodes

    var kind: ClusterSnapshot.Kind {
      switch self {
      case .services: .service
      case .endpoints(let source, _): source.kind
      case .pods: .pod
      case .nodes: .node
      }
    }
  }

  private static let core = "api/v1"
  private static let discovery = "apis/discovery.k8s.io/v1"

  /// From the server's cache, as kube-proxy's own first look: the API's storage is not asked.
  private static let cached = ["resourceVersion", "0"]

  static func service(_ name: NamespacedName) -> APIPath {
    APIPath(core, "namespaces", name.namespace, "services", name.name)
  }

  static func endpoints(_ name: NamespacedName) -> APIPath {
    APIPath(core, "namespaces", name.namespace, "endpoints", name.name)
  }

  static func pod(_ name: NamespacedName) -> APIPath {
    APIPath(core, "namespaces", name.namespace, "pods", name.name)
  }

  static func node(_ name: String) -> APIPath { APIPath(core, "nodes", name) }

  static func slices(of name: NamespacedName) -> APIPath {
    labelled(APIPath(discovery, "namespaces", name.namespace, "endpointslices"), name)
  }

  static func betaSlices(of name: NamespacedName) -> APIPath {
    labelled(APIPath(discovery + "beta1", "namespaces", name.namespace, "endpointslices"), name)
  }

  private static func labelled(_ path: APIPath, _ name: NamespacedName) -> APIPath {
    var path = path
    path.query = [["labelSelector", "\(EndpointSlice.serviceNameLabel)=\(name.name)"], cached]
    return path
  }

  static func list(_ list: List, isFirst: Bool = true) -> APIPath {
    var path: APIPath
    switch list {
    case .services(let namespace?): path = APIPath(core, "namespaces", namespace, "services")
    case .services(nil): path = APIPath(core, "services")
    case .endpoints(let source, let namespace): path = Self.endpoints(source, namespace)
    case .pods(let namespace?): path = APIPath(core, "namespaces", namespace, "pods")
    case .pods(nil): path = APIPath(core, "pods")
    case .nodes: path = APIPath(core, "nodes")
    }
    if isFirst { path.query = [cached] }
    return path
  }

  private static func endpoints(_ source: EndpointSource, _ namespace: String?) -> APIPath {
    let (api, resource) =
      switch source {
      case .slices: (discovery, "endpointslices")
      case .betaSlices: (discovery + "beta1", "endpointslices")
      case .endpoints: (core, "endpoints")
      }
    return namespace.map { APIPath(api, "namespaces", $0, resource) } ?? APIPath(api, resource)
  }

  static func list(_ list: List, field: String, _ value: String) -> APIPath {
    var path = Self.list(list)
    path.query.append(["fieldSelector", "\(field)=\(value)"])
    return path
  }
}

/// What a server says of itself.
private struct ServerRelease: Decodable {
  var gitVersion: String

  static func text(in answer: [UInt8]) -> String? {
    guard let release = try? JSONDecoder().decode(ServerRelease.self, from: Data(answer)) else { return nil }
    return release.gitVersion.isEmpty ? nil : String(release.gitVersion.prefix(100))
  }
}

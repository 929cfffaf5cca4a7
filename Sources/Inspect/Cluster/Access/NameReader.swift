import FoundationEssentials

/// Reads names of the API's objects, and nothing else of them: for a command line that is being typed.
struct NameReader: ~Copyable {
  private static let pageSize = 500
  /// Nobody looks through more names.
  private static let mostPages = 10
  /// Without the objects' contents; a server that cannot leave them out sends them.
  private static let metadataOnly =
    "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json"

  private let defaultNamespace: String
  private var client: APIClient

  /// Asks with the first credential that may read such names.
  /// - Throws: where none may.
  static func read(
    _ question: NameQuestion, by search: CredentialSearch, limits: APILimits
  ) throws -> KnownNames {
    var attempts = CredentialAttempts(search, deadline: limits.time.map { ContinuousClock.now + $0 })
    while let access = try attempts.next() {
      do {
        var reader = try NameReader(access, limits: limits, deadline: attempts.deadline(of: access))
        return try reader.names(question)
      } catch {
        attempts.add(error, access)
        if error == .noLibrary { break }
      }
    }
    throw APIUnavailable.failed(attempts.failures)
  }

  private init(_ access: ClusterAccess, limits: APILimits, deadline: ContinuousClock.Instant?) throws(APIError) {
    defaultNamespace = access.namespace ?? KnownNames().defaultNamespace
    client = try APIClient(access, limits: limits, deadline: deadline)
    client.accept = Self.metadataOnly
  }

  private mutating func names(_ question: NameQuestion) throws(APIError) -> KnownNames {
    var names = KnownNames()
    names.defaultNamespace = defaultNamespace
    switch question {
    case .nodes: names.nodes = Set(try list("nodes").map(\.name))
    case .namespaces: names.namespaces = try namespaces(orThoseOf: "services")
    case .services(let namespace): try read("services", namespace, &names)
    case .pods(let namespace): try read("pods", namespace, &names)
    }
    return names
  }

  private mutating func read(_ resource: String, _ namespace: String?, _ names: inout KnownNames) throws(APIError) {
    if let namespace {
      names.objects = Set(try list("namespaces", namespace, resource))
      return
    }
    names.namespaces = try namespaces(orThoseOf: resource)
    // Without them the namespaces are still worth something.
    if let objects = try? list("namespaces", defaultNamespace, resource) { names.objects = Set(objects) }
  }

  /// All namespaces. The credentials of kubelet and kube-proxy may not list them, and may list services.
  private mutating func namespaces(orThoseOf resource: String) throws(APIError) -> Set<String> {
    do throws(APIError) {
      return Set(try list("namespaces").map(\.name))
    } catch .forbidden {
      return Set(try list(resource).map(\.namespace))
    }
  }

  private mutating func list(_ parts: String...) throws(APIError) -> [NamespacedName] {
    let limit = ["limit", "\(Self.pageSize)"]
    let path = APIPath("api/v1", parts.joined(separator: "/"))
    var names: [NamespacedName] = []
    var next: String? = ""
    var count = 0
    while let token = next, count < Self.mostPages {
      var page = path
      page.query = token.isEmpty ? [limit] : [limit, ["continue", token]]
      switch client.get([page])[0] {
      case .success(let body): next = try add(body, to: &names)
      // Some names are better than none.
      case .failure(let error) where names.isEmpty: throw error
      case .failure: return names
      }
      count += 1
    }
    return names
  }

  /// Adds a part of a list; returns where the next one begins.
  private func add(_ body: [UInt8], to names: inout [NamespacedName]) throws(APIError) -> String? {
    do {
      let part = try JSONDecoder().decode(NameList.self, from: Data(body))
      names += part.items.map(\.metadata.namespacedName)
      return part.metadata?.continue.flatMap { $0.isEmpty ? nil : $0 }
    } catch {
      throw .broken(server: "the server", problem: "\(error)")
    }
  }
}

/// A list of objects, as far as their names go.
private struct NameList: Decodable {
  struct Item: Decodable { var metadata: ObjectMeta }
  struct Place: Decodable { var `continue`: String? }
  var items: [Item]
  var metadata: Place?
}

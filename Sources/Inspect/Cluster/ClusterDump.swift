import FoundationEssentials

extension ClusterSnapshot {
  /// Reads what `kubectl get services,endpointslices,pods,nodes -A -o json` printed.
  ///
  /// A file may hold a `List` of several kinds, a typed list such as `ServiceList`, a single object, or several of these
  /// one after the other. A directory's `*.json` files are read all, and what is no object of the API is passed over.
  /// - Parameter deadline: until when a pipe is read; nil: as long as it takes.
  public static func load(
    path: String, deadline: ContinuousClock.Instant? = nil
  ) throws(ClusterDumpError) -> ClusterSnapshot {
    var snapshot = ClusterSnapshot()
    let files = try DumpFiles.list(path)
    if files == [path] {
      try snapshot.load(file: path, .pipe(until: deadline), alone: true)
    } else {
      for file in files { try snapshot.load(file: file, .regular, alone: false) }
    }
    guard !snapshot.kinds.isEmpty else {
      throw .nothingUseful(path: path, kinds: snapshot.skippedKinds.sorted())
    }
    return snapshot
  }

  /// Reads a dump that is in memory; `path` names it in errors.
  public static func decode(_ bytes: [UInt8], path: String) throws(ClusterDumpError) -> ClusterSnapshot {
    var snapshot = ClusterSnapshot()
    try snapshot.add(bytes, path: path)
    return snapshot
  }

  /// Adds what the API answered to one request; `path` names it in errors.
  ///
  /// Returns where the list goes on, if this is a part of one.
  mutating func add(answer bytes: [UInt8], path: String) throws(ClusterDumpError) -> String? {
    var next: String?
    try add(bytes, path: path) { next = $0.continuation }
    return next
  }

  private mutating func load(file: String, _ kind: FileKind, alone: Bool) throws(ClusterDumpError) {
    let bytes = try DumpFiles.read(file, kind)
    if bytes.isEmpty {
      if alone { throw .empty(path: file) }
      return
    }
    if bytes.starts(with: [0x1f, 0x8b]) { throw .compressed(path: file) }
    try add(bytes, path: file)
  }

  private mutating func add(
    _ bytes: [UInt8], path: String, note: (DumpedObjects) -> Void = { _ in }
  ) throws(ClusterDumpError) {
    let ranges: [Range<Int>]
    do {
      ranges = try bytes.withUnsafeBytes(JSONDocuments.ranges(in:))
    } catch {
      let problem = error as? JSONDocuments.Problem
      throw .notJSON(path: path, offset: problem?.offset ?? 0, problem: problem?.text ?? "\(error)")
    }
    for range in ranges {
      note(try add(document: Data(bytes[range]), path: path, offset: range.lowerBound))
    }
  }

  private mutating func add(document: Data, path: String, offset: Int) throws(ClusterDumpError) -> DumpedObjects {
    let objects: DumpedObjects
    do {
      objects = try JSONDecoder().decode(DumpedObjects.self, from: document)
    } catch let error as DecodingError {
      throw error.dumpError(path: path, offset: offset)
    } catch {
      throw .notJSON(path: path, offset: offset, problem: "\(error)")
    }
    for object in objects.all { add(object) }
    switch objects.kind {
    case .known(let kind)?: note(kind)
    case .other(let kind)?: noteSkipped(kind)
    case nil: break
    }
    return objects
  }

  private mutating func add(_ object: DumpedObject) {
    switch object {
    case .service(let service): add(service)
    case .endpointSlice(let slice): add(slice)
    case .endpoints(let endpoints): add(endpoints)
    case .pod(let pod): add(pod)
    case .node(let node): add(node)
    case .other(let kind): noteSkipped(kind)
    }
  }
}

/// One object of the API, or the kind of one that is of no use here.
private enum DumpedObject {
  case service(Service)
  case endpointSlice(EndpointSlice)
  case endpoints(Endpoints)
  case pod(Pod)
  case node(NodeObject)
  case other(String)

  init(_ kind: ClusterSnapshot.Kind, from decoder: any Decoder) throws {
    self =
      switch kind {
      case .service: .service(try Service(from: decoder))
      case .endpointSlice: .endpointSlice(try EndpointSlice(from: decoder))
      case .endpoints: .endpoints(try Endpoints(from: decoder))
      case .pod: .pod(try Pod(from: decoder))
      case .node: .node(try NodeObject(from: decoder))
      }
  }
}

/// An object of a list that says its own kind.
private struct KindedObject: Decodable {
  let object: DumpedObject

  private enum CodingKeys: String, CodingKey { case kind }

  init(from decoder: any Decoder) throws {
    let kind = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .kind)
    object =
      if let known = ClusterSnapshot.Kind(rawValue: kind) { try DumpedObject(known, from: decoder) } else {
        .other(kind)
      }
  }
}

/// A document: a list of one kind, a list of many, or an object alone.
private struct DumpedObjects: Decodable {
  enum DocumentKind {
    case known(ClusterSnapshot.Kind)
    case other(String)
  }

  var all: [DumpedObject] = []
  /// What a typed list holds; nil where the objects say it themselves.
  var kind: DocumentKind?
  /// Where a list of which this is a part goes on.
  var continuation: String?

  private enum CodingKeys: String, CodingKey { case kind, items, metadata }

  private struct ListMeta: Decodable {
    var next: String?
    private enum CodingKeys: String, CodingKey { case next = "continue" }
  }

  init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    let name: String? = try fields.value(.kind)
    if name == "List" {
      all = try fields.value(.items, default: [KindedObject]()).map(\.object)
    } else if let name, name.hasSuffix("List"), let known = ClusterSnapshot.Kind(rawValue: String(name.dropLast(4))) {
      kind = .known(known)
      all = try Self.items(known, fields)
      let meta: ListMeta? = try fields.value(.metadata)
      continuation = meta?.next.flatMap { $0.isEmpty ? nil : $0 }
    } else if let name, let known = ClusterSnapshot.Kind(rawValue: name) {
      all = [try DumpedObject(known, from: decoder)]
    } else {
      kind = name.map(DocumentKind.other)
    }
  }

  /// A typed list's items do not say their kind.
  private static func items(
    _ kind: ClusterSnapshot.Kind, _ fields: KeyedDecodingContainer<CodingKeys>
  ) throws -> [DumpedObject] {
    guard try fields.contains(.items) && !fields.decodeNil(forKey: .items) else { return [] }
    var items = try fields.nestedUnkeyedContainer(forKey: .items)
    var objects: [DumpedObject] = []
    while !items.isAtEnd {
      objects.append(try DumpedObject(kind, from: items.superDecoder()))
    }
    return objects
  }
}

extension DecodingError {
  /// The same, with the file and a path that jq would take.
  fileprivate func dumpError(path: String, offset: Int) -> ClusterDumpError {
    switch self {
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      .unexpected(path: path, at: context.codingPath.jsonPath, problem: context.debugDescription)
    case .keyNotFound(let key, let context):
      .unexpected(path: path, at: context.codingPath.jsonPath, problem: "it has no \"\(key.stringValue)\"")
    case .dataCorrupted(let context) where !context.codingPath.isEmpty:
      .unexpected(path: path, at: context.codingPath.jsonPath, problem: context.debugDescription)
    case .dataCorrupted(let context):
      // The syntax has been looked at by then; what is left is text that is not UTF-8, or half a surrogate pair.
      .notJSON(
        path: path, offset: offset, problem: "a text in this document is no Unicode; \(context.debugDescription)")
    @unknown default:
      .notJSON(path: path, offset: offset, problem: "\(self)")
    }
  }
}

extension [any CodingKey] {
  /// `.items[3].spec.ports[0].port`
  fileprivate var jsonPath: String {
    reduce(into: "") { path, key in
      if let index = key.intValue { path += "[\(index)]" } else { path += ".\(key.stringValue)" }
    }
  }
}

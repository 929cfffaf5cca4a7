import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// A network namespace by the file that holds it, and by what it must be.
public struct NamespaceReference: Codable, Sendable, Hashable {
  /// `/proc/PID/ns/net`, or where it is mounted.
  public var path: String
  /// Which namespace was found there: a path may lead to another later.
  public var id: NamespaceID
}

/// The interfaces of a network namespace, and how it and the node's namespace know each other.
struct NamespaceView: Sendable {
  var links: [Link]
  var addresses: [InterfaceAddress]
  /// The id by which the node's namespace knows this one; nil if it has none, or if it was not asked: see `nodeID`.
  var netnsid: Int32?
  /// The id that `links` use for the node's namespace; nil if none, or if nobody needs it.
  var nodeID: Int32?
}

/// Reads network namespaces other than the calling thread's, which is the node's.
struct NamespaceReader: ~Copyable {
  private var node: RouteSocket
  private let nodeDescriptor: Int32

  /// Stays with the namespace that the calling thread is in.
  init() throws(KernelError) {
    let descriptor = Glibc.open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(reading: "the node's network namespace", errno: errno) }
    do throws(KernelError) {
      node = try RouteSocket()
    } catch {
      close(descriptor)
      throw error
    }
    nodeDescriptor = descriptor
  }

  deinit { close(nodeDescriptor) }

  /// Asks the node's own namespace.
  mutating func ask<Value>(
    _ body: (inout RouteSocket) throws(KernelError) -> Value
  ) throws(KernelError) -> Value { try body(&node) }

  /// The node's namespace itself.
  var nodeNamespace: NamespaceID? { NodeFile.namespace(of: nodeDescriptor) }

  /// Whether a network namespace is owned by the user namespace that owns the node's. One that a process made for itself
  /// without root's help is not (`unshare --user --net`); those of pods with hostUsers: false are not, either.
  func isOwnedAsNodes(_ reference: NamespaceReference) -> Bool {
    // Linux before 4.9 tells of none.
    guard let own = NodeFile.owner(of: nodeDescriptor) else { return true }
    guard let descriptor = try? Self.open(reference) else { return false }
    defer { close(descriptor) }
    return NodeFile.owner(of: descriptor) == own
  }

  /// Enters one after the other on a thread of its own, which ends there.
  ///
  /// To ask for a namespace's links by its id (IFLA_TARGET_NETNSID) needs no thread, and changes the node: to name the
  /// other end of a pair, the kernel gives the asking namespace an id for itself, and tells who listens (RTM_NEWNSID). In
  /// a pod the id of the node's namespace is there since its interface came up.
  func readInside(
    _ references: [NamespaceReference], withStatistics: Bool
  ) throws -> [Result<NamespaceView, KernelError>] {
    let nodeDescriptor = nodeDescriptor
    return try OwnThread.run {
      var node = try RouteSocket()
      return references.map { reference in
        do throws(KernelError) {
          return .success(try Self.visit(reference, &node, nodeDescriptor, withStatistics: withStatistics))
        } catch {
          return .failure(error)
        }
      }
    }
  }

  /// The id by which one network namespace knows another; nil if it has none.
  func id(of other: NamespaceReference, in reference: NamespaceReference) throws -> Int32? {
    try OwnThread.run {
      let wanted = try Self.open(other)
      defer { close(wanted) }
      let descriptor = try Self.open(reference)
      defer { close(descriptor) }
      let failure = csys_setns_net(descriptor)
      guard failure == 0 else { throw KernelError(errno: failure, reading: "network namespace \(reference.path)") }
      var socket = try RouteSocket()
      return try socket.namespaceID(of: wanted)
    }
  }

  private static func visit(
    _ reference: NamespaceReference, _ node: inout RouteSocket, _ nodeDescriptor: Int32, withStatistics: Bool
  ) throws(KernelError) -> NamespaceView {
    let descriptor = try open(reference)
    defer { close(descriptor) }
    let failure = csys_setns_net(descriptor)
    guard failure == 0 else {
      throw KernelError(errno: failure, reading: "network namespace \(reference.path) (CAP_SYS_ADMIN is needed)")
    }
    var socket = try RouteSocket()
    let links = try socket.links(withStatistics: withStatistics)
    // A pod's namespace knows few others, and the node's knows every pod's: the kernel searches them one by one.
    let nodeID = try socket.namespaceID(of: nodeDescriptor)
    let id = nodeID == nil ? try node.namespaceID(of: descriptor) : nil
    return NamespaceView(links: links, addresses: try socket.addresses(target: nil), netnsid: id, nodeID: nodeID)
  }

  private static func open(_ reference: NamespaceReference) throws(KernelError) -> Int32 {
    // What stands there by now may be anything.
    let descriptor = Glibc.open(reference.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else { throw .system(reading: "network namespace \(reference.path)", errno: errno) }
    // Process ids are used again, and so are names.
    guard NodeFile.namespace(of: descriptor) == reference.id else {
      close(descriptor)
      throw .unavailable("\(reference.path) is another network namespace by now")
    }
    return descriptor
  }
}

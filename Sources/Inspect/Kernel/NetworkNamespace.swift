import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// A network namespace, held open.
public struct NetworkNamespace: ~Copyable {
  private let descriptor: Int32
  /// As the user named it.
  public let name: String

  /// Those that `ip netns` made, and CNI plugins.
  static var names: [String] { (NodeFile.names(in: "/run/netns") ?? []).sorted() }

  /// Opens a namespace by `ip netns` name, by path, or by the id of a process that lives in it.
  public init(_ name: String) throws(KernelError) {
    let isNumber = !name.isEmpty && name.utf8.allSatisfy { (0x30...0x39).contains($0) }
    let path = name.contains("/") ? name : isNumber ? "/proc/\(name)/ns/net" : "/run/netns/\(name)"
    try self.init(name, path: path, expecting: nil)
  }

  /// Opens a namespace that was found before, which must be the same still: process ids are used again, and so are names.
  public init(_ reference: NamespaceReference) throws(KernelError) {
    try self.init(reference.path, path: reference.path, expecting: reference.id)
  }

  private init(_ name: String, path: String, expecting id: NamespaceID?) throws(KernelError) {
    descriptor = try Self.open(path, name, expecting: id)
    self.name = name
  }

  deinit { close(descriptor) }

  private static func open(_ path: String, _ name: String, expecting id: NamespaceID?) throws(KernelError) -> Int32 {
    let descriptor: Int32
    do throws(FileError) {
      descriptor = try NodeFile.open(path).descriptor
    } catch .system(let code) {
      throw .system(reading: "network namespace \(name) (\(path))", errno: code)
    } catch {
      throw .unavailable("\(path) is no network namespace")
    }
    guard csys_is_namespace(descriptor) == 1 else {
      close(descriptor)
      throw .unavailable("\(path) is no network namespace")
    }
    guard id == nil || NodeFile.namespace(of: descriptor) == id else {
      close(descriptor)
      throw .unavailable("\(path) is another network namespace by now")
    }
    return descriptor
  }

  /// Runs `body` inside the namespace and waits for it.
  ///
  /// A namespace belongs to a thread (setns), so the body gets one of its own: the caller's thread stays where it is.
  public borrowing func run<Value: Sendable>(_ body: @Sendable @escaping () throws -> Value) throws -> Value {
    let (descriptor, name) = (descriptor, name)
    return try OwnThread.run {
      try Self.enter(descriptor, name: name)
      return try body()
    }
  }

  /// Moves the calling thread into the namespace, for good: for a program that is about to become another.
  public borrowing func enter() throws(KernelError) { try Self.enter(descriptor, name: name) }

  private static func enter(_ descriptor: Int32, name: String) throws(KernelError) {
    switch csys_setns_net(descriptor) {
    case 0: return
    case EPERM: throw .permission(reading: "network namespace \(name) (CAP_SYS_ADMIN is needed to enter it)")
    case let failure: throw .system(reading: "network namespace \(name)", errno: failure)
    }
  }
}

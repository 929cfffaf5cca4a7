/// A sandbox as a runtime describes it.
struct RuntimeSandbox: Sendable, Hashable {
  var id: String
  var name: NamespacedName
  var uid: String
  var isReady: Bool
  var createdAt: Int64
  // What only a request for this one sandbox tells.
  var pid: Int32?
  var namespacePath: String?
  var isHostNetwork: Bool?
}

/// What a runtime said.
struct RuntimeReport: Sendable {
  /// Such as `containerd`.
  var name: String
  var sandboxes: [RuntimeSandbox]
  /// Containers' ids, by the id of their sandbox.
  var containers: [String: [String]]
}

/// Where a container runtime listens, and what it speaks.
public struct RuntimeEndpoint: Sendable, Hashable {
  enum Language: Sendable, Hashable {
    /// The container runtime interface, runtime.v1
    case cri
    /// docker's own API: the pause containers of a dockershim's node
    case docker
  }

  /// The socket's.
  public var path: String
  var language: Language

  /// An endpoint that the user named: `unix:///run/containerd/containerd.sock`, or a path.
  public init(_ text: String) {
    path = text.hasPrefix("unix://") ? String(text.dropFirst(7)) : text
    language = path.hasSuffix("/docker.sock") ? .docker : .cri
  }

  /// All sandboxes, and which containers are theirs.
  func list(within deadline: Deadline) throws(RuntimeError) -> RuntimeReport {
    switch language {
    case .cri: try CRIRuntime(path, deadline).list()
    case .docker: try DockerRuntime(path, deadline).list()
    }
  }

  /// The process and namespace of some sandboxes; those that cannot be told stay as they are.
  func details(of sandboxes: [RuntimeSandbox], within deadline: Deadline) throws(RuntimeError) -> [RuntimeSandbox] {
    switch language {
    case .cri: try CRIRuntime(path, deadline).details(of: sandboxes)
    case .docker: try DockerRuntime(path, deadline).details(of: sandboxes)
    }
  }
}

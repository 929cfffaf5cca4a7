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
  var addresses: [IPAddress] = []
}

/// What a runtime said.
struct RuntimeReport: Sendable {
  /// Such as `containerd`.
  var name: String
  /// What it speaks.
  var language: RuntimeEndpoint.Language
  var sandboxes: [RuntimeSandbox]
  /// Containers' ids, by the id of their sandbox.
  var containers: [String: [String]]
}

/// Where a container runtime listens, and what it speaks.
public struct RuntimeEndpoint: Sendable, Hashable {
  enum Language: Sendable, Hashable {
    /// The container runtime interface
    case cri(CRIRuntime.Version)
    /// docker's own API: the pause containers of a dockershim's node
    case docker
  }

  /// The socket's.
  public var path: String
  var language: Language

  /// An endpoint that the user named: `unix:///run/containerd/containerd.sock`, or a path.
  public init(_ text: String) {
    path = text.hasPrefix("unix://") ? String(text.dropFirst(7)) : text
    language = path.hasSuffix("/docker.sock") ? .docker : .cri(.v1)
  }

  /// Whether it is a socket's path, and no address of another form (`tcp://…`, `npipe://…`).
  public var isSocket: Bool { !path.isEmpty && path.firstRange(of: "://") == nil }

  /// All sandboxes, and which containers are theirs.
  func list(within deadline: Deadline) throws(RuntimeError) -> RuntimeReport {
    switch language {
    case .cri(let version):
      var runtime = try CRIRuntime(path, version, deadline)
      return try runtime.list()
    case .docker: return try DockerRuntime(path, deadline).list()
    }
  }

  /// What it calls itself, and its release.
  func version(within deadline: Deadline) throws(RuntimeError) -> (name: String, version: String) {
    switch language {
    case .cri(let version):
      var runtime = try CRIRuntime(path, version, deadline)
      let program = try runtime.findVersion()
      return (program.runtimeName, program.runtimeVersion)
    case .docker: return ("docker", try DockerRuntime(path, deadline).version())
    }
  }

  /// The process and namespace of some sandboxes; those that cannot be told stay as they are.
  ///
  /// - Parameter answers: gets them in order, and keeps those that came before an error.
  func details(
    of sandboxes: [RuntimeSandbox], within deadline: Deadline, into answers: inout [RuntimeSandbox]
  ) throws(RuntimeError) {
    switch language {
    case .cri(let version):
      let runtime = try CRIRuntime(path, version, deadline)
      for sandbox in sandboxes { answers.append(try runtime.details(of: sandbox)) }
    case .docker:
      let runtime = try DockerRuntime(path, deadline)
      for sandbox in sandboxes { answers.append(try runtime.details(of: sandbox)) }
    }
  }
}

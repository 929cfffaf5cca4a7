import FoundationEssentials
import SwiftProtobuf

/// A runtime that speaks the container runtime interface: containerd, CRI-O, cri-dockerd.
struct CRIRuntime {
  /// Their messages are the same.
  enum Version: String, Sendable, Hashable {
    case v1 = "runtime.v1"
    /// What containerd up to 1.5 has, and no other.
    case v1alpha2 = "runtime.v1alpha2"
  }

  private let connection: UnixHTTP
  private var version: Version

  init(_ path: String, _ version: Version, _ deadline: Deadline) throws(RuntimeError) {
    self.version = version
    connection = try UnixHTTP(path, isGRPC: true, deadline: deadline)
  }

  mutating func list() throws(RuntimeError) -> RuntimeReport {
    let program = try findVersion()
    let answer: Runtime_V1_ListPodSandboxResponse = try call("ListPodSandbox", Runtime_V1_ListPodSandboxRequest())
    let containers: Runtime_V1_ListContainersResponse = try call("ListContainers", Runtime_V1_ListContainersRequest())
    return RuntimeReport(
      name: program.runtimeName, language: .cri(version), sandboxes: answer.items.map(Self.sandbox),
      containers: Dictionary(grouping: containers.containers, by: \.podSandboxID).mapValues { $0.map(\.id) })
  }

  /// Asks in the present version, then in the former.
  mutating func findVersion() throws(RuntimeError) -> Runtime_V1_VersionResponse {
    let reason: RuntimeError
    do throws(RuntimeError) {
      return try call("Version", Runtime_V1_VersionRequest())
    } catch {
      // A server may refuse what it does not know before it was asked to the end, which curl calls no HTTP.
      switch error {
      case .unimplemented, .garbage: reason = error
      default: throw error
      }
    }
    version = .v1alpha2
    do throws(RuntimeError) {
      return try call("Version", Runtime_V1_VersionRequest())
    } catch {
      throw reason
    }
  }

  func details(of sandbox: RuntimeSandbox) throws(RuntimeError) -> RuntimeSandbox {
    var request = Runtime_V1_PodSandboxStatusRequest()
    request.podSandboxID = sandbox.id
    request.verbose = true
    do throws(RuntimeError) {
      let answer: Runtime_V1_PodSandboxStatusResponse = try call("PodSandboxStatus", request)
      return sandbox.adding(answer)
    } catch .refused {
      // It went in between.
      return sandbox
    }
  }

  static func sandbox(_ item: Runtime_V1_PodSandbox) -> RuntimeSandbox {
    RuntimeSandbox(
      id: item.id, name: NamespacedName(item.metadata.namespace, item.metadata.name), uid: item.metadata.uid,
      isReady: item.state == .sandboxReady, createdAt: item.createdAt)
  }

  // MARK: - gRPC: a frame of one message over HTTP/2, the outcome in the trailers

  private func call<Request: Message, Answer: Message>(
    _ method: String, _ request: Request
  ) throws(RuntimeError) -> Answer {
    let response = try connection.send("/\(version.rawValue).RuntimeService/\(method)", body: Self.frame(request))
    guard response.status == 200 else { throw .garbage("HTTP status \(response.status) to \(method)") }
    switch response.headers["grpc-status"].map({ Int($0) }) {
    case 0: break
    case 12: throw .unimplemented
    case .some(.some(let code)): throw .refused("\(response.headers["grpc-message"] ?? "gRPC status \(code)")")
    default: throw .garbage("no gRPC status to \(method)")
    }
    return try Self.message(in: response.body, method)
  }

  private static func frame(_ message: some Message) throws(RuntimeError) -> [UInt8] {
    do {
      let bytes: [UInt8] = try message.serializedBytes()
      // Not compressed, then the length.
      return [0] + withUnsafeBytes(of: UInt32(truncatingIfNeeded: bytes.count).bigEndian, Array.init) + bytes
    } catch {
      throw .garbage("\(error)")
    }
  }

  static func message<Answer: Message>(in body: [UInt8], _ method: String) throws(RuntimeError) -> Answer {
    guard body.count >= 5, body[0] == 0 else { throw .garbage("\(method): no frame of gRPC") }
    let length = body[1..<5].reduce(0) { $0 << 8 | Int($1) }
    guard length == body.count - 5 else {
      throw .garbage("\(method): a frame of \(length) bytes in \(body.count - 5)")
    }
    do {
      return try Answer(serializedBytes: Array(body[5...]))
    } catch {
      throw .garbage("\(method): no message of runtime.v1")
    }
  }
}

extension RuntimeSandbox {
  /// With what a verbose status tells.
  func adding(_ answer: Runtime_V1_PodSandboxStatusResponse) -> RuntimeSandbox {
    var sandbox = self
    sandbox.isReady = answer.status.state == .sandboxReady
    let options = answer.status.linux.namespaces.options
    let network = answer.status.network
    sandbox.addresses = ([network.ip] + network.additionalIps.map(\.ip)).compactMap { IPAddress($0) }
    sandbox.isHostNetwork = answer.status.hasLinux ? options.network == .node : nil
    guard let text = answer.info["info"], let info = try? JSONDecoder().decode(Info.self, from: Data(text.utf8)) else {
      return sandbox
    }
    // A process that has ended has pid 0.
    sandbox.pid = info.pid.flatMap { $0 > 0 ? $0 : nil }
    let namespace = info.runtimeSpec?.linux?.namespaces?.first { $0.type == "network" }
    sandbox.namespacePath = namespace?.path.flatMap { $0.isEmpty ? nil : $0 }
    return sandbox
  }

  /// The runtime's own words about a sandbox: the fields that containerd and CRI-O share.
  private struct Info: Decodable {
    struct Specification: Decodable {
      struct Linux: Decodable {
        struct Namespace: Decodable {
          var type: String?
          var path: String?
        }
        var namespaces: [Namespace]?
      }
      var linux: Linux?
    }
    var pid: Int32?
    var runtimeSpec: Specification?
  }
}

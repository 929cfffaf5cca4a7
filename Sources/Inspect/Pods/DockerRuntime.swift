import FoundationEssentials

/// docker itself, on a node whose kubelet has (or had) a dockershim: a pod's sandbox is its pause container.
struct DockerRuntime {
  private let connection: UnixHTTP

  init(_ path: String, _ deadline: Deadline) throws(RuntimeError) {
    connection = try UnixHTTP(path, isGRPC: false, deadline: deadline)
  }

  func list() throws(RuntimeError) -> RuntimeReport {
    // {"label":["io.kubernetes.pod.uid"]}
    let filter = "%7B%22label%22%3A%5B%22io.kubernetes.pod.uid%22%5D%7D"
    let containers: [Container] = try get("/containers/json?all=1&filters=\(filter)")
    var report = RuntimeReport(name: "docker", language: .docker, sandboxes: [], containers: [:])
    for container in containers {
      let labels = container.Labels ?? [:]
      guard let id = container.Id, let uid = labels["io.kubernetes.pod.uid"] else { continue }
      if labels["io.kubernetes.docker.type"] == "podsandbox" {
        report.sandboxes.append(
          RuntimeSandbox(
            id: id,
            name: NamespacedName(labels["io.kubernetes.pod.namespace"] ?? "", labels["io.kubernetes.pod.name"] ?? ""),
            uid: uid, isReady: container.State == "running",
            createdAt: (container.Created ?? 0).multipliedReportingOverflow(by: 1_000_000_000).partialValue))
      } else if let sandbox = labels["io.kubernetes.sandbox.id"] {
        report.containers[sandbox, default: []].append(id)
      }
    }
    return report
  }

  func version() throws(RuntimeError) -> String {
    let program: Program = try get("/version")
    return program.Version ?? ""
  }

  func details(of sandbox: RuntimeSandbox) throws(RuntimeError) -> RuntimeSandbox {
    // The id is the server's own words: nothing but digits goes into a path.
    guard sandbox.id.utf8.allSatisfy(\.isHexDigit) else { return sandbox }
    var sandbox = sandbox
    do throws(RuntimeError) {
      let details: Details = try get("/containers/\(sandbox.id)/json")
      sandbox.pid = details.State?.Pid.flatMap { $0 > 0 ? $0 : nil }
      sandbox.namespacePath = details.NetworkSettings?.SandboxKey.flatMap { $0.isEmpty ? nil : $0 }
      sandbox.isHostNetwork = details.HostConfig?.NetworkMode.map { $0 == "host" }
    } catch .refused {
      // It went in between.
    }
    return sandbox
  }

  private func get<Answer: Decodable>(_ path: String) throws(RuntimeError) -> Answer {
    let response = try connection.send(path)
    guard response.status == 200 else {
      let problem = try? JSONDecoder().decode(Problem.self, from: Data(response.body))
      throw problem?.message.map { .refused($0) } ?? .garbage("HTTP status \(response.status)")
    }
    do {
      return try JSONDecoder().decode(Answer.self, from: Data(response.body))
    } catch {
      throw .garbage("no JSON as docker writes it")
    }
  }

  // The names are docker's.
  private struct Program: Decodable { var Version: String? }

  private struct Container: Decodable {
    var Id: String?
    var State: String?
    var Created: Int64?
    var Labels: [String: String]?
  }

  private struct Details: Decodable {
    struct Process: Decodable { var Pid: Int32? }
    struct Network: Decodable { var SandboxKey: String? }
    struct Host: Decodable { var NetworkMode: String? }
    var State: Process?
    var NetworkSettings: Network?
    var HostConfig: Host?
  }

  private struct Problem: Decodable { var message: String? }
}

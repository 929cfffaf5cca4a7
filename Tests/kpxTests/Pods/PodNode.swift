import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// A node with pods, made by one of the scripts in Tests/Support/pods, and gone when `with` ends.
struct PodNode: Sendable {
  /// A pod as the script printed it.
  struct Pod: Sendable {
    let namespace: String
    let name: String
    let uid: String
    let addresses: [String]
    /// The sandbox's.
    let id: String
    /// nil for one without a process.
    let pid: String?
    /// What else was printed: the host's interface and the namespace's name, by netns-pods.sh.
    let rest: [String]
  }

  enum Kind: Sendable, CustomTestStringConvertible {
    case containerd(cni: String)
    case plain

    var testDescription: String {
      switch self {
      case .containerd(let cni): "containerd, \(cni)"
      case .plain: "namespaces alone"
      }
    }
  }

  let folder: String
  let script: String
  let kind: Kind

  private static let scripts =
    "\(#filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 })/Support/pods"

  static func with(_ kind: Kind, _ body: (PodNode) throws -> Void) throws {
    var template = Array("/tmp/kpx-pods-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw SetupError("cannot make a folder") }
    let folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    let node: PodNode
    switch kind {
    case .containerd: node = PodNode(folder: "\(folder)/n", script: "\(scripts)/node.sh", kind: kind)
    case .plain: node = PodNode(folder: "\(folder)/n", script: "\(scripts)/netns-pods.sh", kind: kind)
    }
    defer {
      _ = try? runTool([node.script, "down", node.folder])
      rmdir(folder)
    }
    if case .containerd(let cni) = kind {
      try node.script("up", "--cni", cni)
    } else {
      try node.script("up")
    }
    try body(node)
  }

  @discardableResult
  func script(_ command: String, _ arguments: String...) throws -> String {
    let words = [script, command, folder] + arguments
    let result = try runTool(words)
    guard result.status == 0 else { throw SetupError("\(words): exit \(result.status): \(result.errorText)") }
    return result.text
  }

  func pod(_ namespace: String, _ name: String, _ options: String...) throws -> Pod {
    let words = [script, "pod", folder, namespace, name] + options
    let result = try runTool(words)
    let fields = result.text.split(whereSeparator: { $0 == " " || $0 == "\n" }).map(String.init)
    guard result.status == 0, fields.count >= 6 else { throw SetupError("\(words): \(result.errorText)") }
    return Pod(
      namespace: fields[0], name: fields[1], uid: fields[2],
      addresses: fields[3].split(separator: ",").map(String.init),
      id: fields[4], pid: fields[5] == "-" ? nil : fields[5], rest: Array(fields[6...]))
  }

  /// Its network namespace, for `ip -n` and `--netns`.
  func namespace() throws -> String {
    let bytes = try #require(try readFile("\(folder)/netns"))
    return String(decoding: bytes.filter { $0 > 32 }, as: UTF8.self)
  }

  /// Runs a program in its network namespace.
  func run(_ arguments: [String], environment: [String: String] = [:]) throws -> ToolResult {
    try runTool(["nsenter", "--net=/run/netns/\(try namespace())"] + arguments, environment: environment)
  }

  /// Runs kpx there, with this node's runtime and files and no others.
  func kpx(_ arguments: String..., environment: [String: String] = [:]) throws -> ToolResult {
    try kpx(arguments, environment: environment)
  }

  func kpx(_ arguments: [String], environment: [String: String] = [:]) throws -> ToolResult {
    var variables = [
      "KPX_POD_LOGS": "\(folder)/var/log/pods", "KPX_KUBELET_PODS": "\(folder)/var/lib/kubelet/pods",
      "KPX_CNI_LEASES": "\(folder)/var/lib/cni/networks",
    ]
    if case .containerd = kind { variables["CONTAINER_RUNTIME_ENDPOINT"] = "unix://\(folder)/containerd.sock" }
    variables.merge(environment) { $1 }
    return try run([Kpx.path] + arguments, environment: variables)
  }

  /// What kpx says of pods, which it must.
  func veth(_ arguments: String..., status: Int32 = 0) throws -> JSONValue {
    let result = try kpx(["veth"] + arguments + ["-o", "json"])
    guard result.status == status else {
      throw SetupError("veth \(arguments): exit \(result.status): \(result.errorText)")
    }
    return try JSONValue(result.text)
  }

  /// `ip -j`, in a namespace.
  static func ip(_ namespace: [String], _ arguments: String...) throws -> JSONValue {
    let words = namespace + ["ip", "-j"] + arguments
    let result = try runTool(words)
    guard result.status == 0 else { throw SetupError("\(words): \(result.errorText)") }
    return try JSONValue(result.text)
  }
}

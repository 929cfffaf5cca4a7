/// A pod that answers on one node, as the API takes it: bound to its node, in its network, with no more rights than the question
/// needs, and none in the API.
struct AnsweringPod: Encodable {
  let apiVersion = "v1"
  let kind = "Pod"
  let metadata: Metadata
  let spec: Spec

  struct Metadata: Encodable {
    let name: String
    let labels: [String: String]
    /// The run's ConfigMap: with it, all of its pods go.
    let ownerReferences: [Owner]
  }

  struct Owner: Encodable {
    let apiVersion = "v1"
    let kind = "ConfigMap"
    let name: String
    let uid: String
  }

  struct Spec: Encodable {
    let nodeName: String
    let hostNetwork = true
    let hostPID: Bool
    let restartPolicy = "Never"
    let automountServiceAccountToken = false
    let enableServiceLinks = false
    let terminationGracePeriodSeconds = 0
    let activeDeadlineSeconds: Int
    let tolerations = [Toleration()]
    let containers: [Container]
    let volumes: [Volume]
  }

  /// Of every taint.
  struct Toleration: Encodable { let `operator` = "Exists" }

  struct Container: Encodable {
    let name = "kpx"
    let image: String
    let command = ["kpx", "answer", "--objects", "/question/objects", "--termination-log", "/dev/termination-log"]
    let env: [Variable]
    let securityContext: SecurityContext
    let volumeMounts = [Mount()]
  }

  struct Variable: Encodable {
    let name = "KPX_QUESTION"
    let value: String
  }

  struct SecurityContext: Encodable {
    struct Capabilities: Encodable {
      let drop = ["ALL"]
      let add: [String]
    }
    struct Profile: Encodable { let type = "RuntimeDefault" }
    let allowPrivilegeEscalation = false
    let readOnlyRootFilesystem = true
    let runAsUser = 0
    let capabilities: Capabilities
    let seccompProfile = Profile()
  }

  struct Mount: Encodable {
    let name = "question"
    let mountPath = "/question"
    let readOnly = true
  }

  struct Volume: Encodable {
    struct ConfigMap: Encodable { let name: String }
    let name = "question"
    let configMap: ConfigMap
  }

  /// - Parameters:
  ///   - question: the document, with what this node alone is told.
  ///   - seesProcesses: whether it looks into other pods, by the node's processes and files.
  ///   - limit: how long the pod may take, its start included.
  init(
    on node: String, number: Int, of run: PodRun, image: String, question: [UInt8], seesProcesses: Bool,
    limit: Duration
  ) {
    metadata = Metadata(
      name: "\(run.name)-\(number)", labels: run.labels, ownerReferences: [Owner(name: run.name, uid: run.uid)])
    let capabilities =
      ["NET_ADMIN", "NET_RAW"] + (seesProcesses ? ["SYS_ADMIN", "SYS_PTRACE", "DAC_READ_SEARCH"] : [])
    spec = Spec(
      nodeName: node, hostPID: seesProcesses, activeDeadlineSeconds: max(1, Int((limit / .seconds(1)).rounded(.up))),
      containers: [
        Container(
          image: image, env: [Variable(value: String(decoding: question, as: UTF8.self))],
          securityContext: SecurityContext(capabilities: .init(add: capabilities)))
      ], volumes: [Volume(configMap: .init(name: run.name))])
  }
}

/// One question that went to nodes by pods: its ConfigMap has the API's objects, and owns the pods.
struct PodRun {
  /// `kpx-run-0123456789abcdef`
  let name: String
  /// The ConfigMap's, by which it is an owner.
  let uid: String
  /// The state of the API behind which its pods come.
  let resourceVersion: String

  static let label = "app.kubernetes.io/name"
  static let labelled = "kpx-run"
  static let runLabel = "kpx-run"

  var labels: [String: String] { [Self.label: Self.labelled, Self.runLabel: name] }
}

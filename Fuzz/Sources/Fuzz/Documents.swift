@testable import Inspect
@testable import kpx

/// A kubeconfig, and what can be made of each of its contexts. Files that it names are not there.
func fuzzKubeconfig(_ input: UnsafeRawBufferPointer) {
  attempt {
    let files = ConfigFolder(path: "/nonexistent/config", root: "/nonexistent")
    let config = try Kubeconfig.parse(Array(input), in: files)
    var overrides = AccessOverrides()
    for context in config.contexts.keys.sorted() {
      overrides.context = context
      attempt {
        let access = try config.access(
          overrides, source: "a file", proxies: ProxyEnvironment { _ in nil }, deadline: nil)
        checkPrintable(printable("\(access.server) \(access.source) \(access.credentialKind)"))
      }
    }
  }
}

/// JSON: what the API answers, and what `kubectl get -o json` printed; a credential plugin's answer; libcni's files.
func fuzzAPI(_ input: UnsafeRawBufferPointer) {
  let bytes = Array(input)
  attempt {
    let cluster = try ClusterSnapshot.decode(bytes, path: "a file")
    trace(FuzzedNode(NoRules()), cluster: cluster)
    let names = AddressNames(cluster)
    checkPrintable(
      printable("\(names.owner(of: SocketAddress(.v4(0x0a60_0001), port: 443), transport: .tcp)?.description ?? "")"))
  }
  let plugin = ExecPlugin(version: .v1, command: "plugin", arguments: [])
  attempt { _ = try ExecCredential.parse(bytes, from: plugin) }
  if let entry = CNICache.entry(bytes) { checkPrintable(printable("\(entry)")) }
}

/// A node without rules.
private final class NoRules: PacketFilter {
  func baseChains(at hook: Hook, family: IPFamily) throws -> [BaseChain] { [] }
  func forEachRule(in chain: ChainReference, hint: RuleHint, _ body: (Int, Rule) throws -> Bool) throws -> Bool {
    false
  }
}

/// A container runtime's answers: byte 0 says to which request, then a frame of gRPC. HTTP/2 itself is libcurl's.
func fuzzCRI(_ input: UnsafeRawBufferPointer) {
  guard let method = input.first else { return }
  let body = Array(input.dropFirst())
  attempt {
    switch method % 4 {
    case 0:
      let answer: Runtime_V1_VersionResponse = try CRIRuntime.message(in: body, "Version")
      checkPrintable(printable(answer.runtimeName))
    case 1:
      let answer: Runtime_V1_ListPodSandboxResponse = try CRIRuntime.message(in: body, "ListPodSandbox")
      for sandbox in answer.items.map(CRIRuntime.sandbox) { checkPrintable(printable("\(sandbox)")) }
    case 2:
      let answer: Runtime_V1_ListContainersResponse = try CRIRuntime.message(in: body, "ListContainers")
      checkPrintable(printable(answer.containers.map(\.id).joined()))
    default:
      let answer: Runtime_V1_PodSandboxStatusResponse = try CRIRuntime.message(in: body, "PodSandboxStatus")
      let sandbox = CRIRuntime.sandbox(Runtime_V1_PodSandbox()).adding(answer)
      checkPrintable(printable("\(sandbox)"))
      if let pid = sandbox.pid, pid <= 0 { fatalError("pid \(pid)") }
    }
  }
}

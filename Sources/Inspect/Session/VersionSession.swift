/// What `kpx version` is asked.
public struct VersionQuery: Sendable {
  /// The program that asks.
  public var program: VersionReport.Program
  /// Where container runtimes are looked for.
  public var pods = PodSources()

  /// All that a report of a bug needs.
  public init(_ program: VersionReport.Program) { self.program = program }
}

extension Session {
  /// What a report of a bug needs of this node, with the reasons where something is not known.
  /// - Throws: where what the user named is not there or no good.
  public func version(_ query: VersionQuery) throws(SessionError) -> VersionReport {
    let view = try readCluster { _ in .node }
    let thisNode = thisNode(view.snapshot)
    let runtimes = (try? inNode { query.pods.runtimeVersions() }) ?? []
    var report = VersionReport(program: query.program, node: answering(name: thisNode.name), runtimes: runtimes)
    report.nodeNameSource = thisNode.source
    report.unknown.nodeName = thisNode.note
    report.machine = KernelRelease.machine
    report.api = view.origin
    report.serverVersion = view.serverVersion
    if view.origin == nil {
      report.unknown.api = view.notes.isEmpty ? "it was not asked" : view.notes.joined(separator: "; ")
    } else {
      report.notes = view.notes.map { Note(.api, $0) }
      if view.serverVersion == nil { report.unknown.serverVersion = "no server was asked, or it did not say" }
    }
    try glance(&report)
    return report
  }

  private func glance(_ report: inout VersionReport) throws(SessionError) {
    let release = release
    let glance: ProxyGlance
    do {
      glance = try askNode { try ProxyGlance($0, named: release) }
    } catch .noNetworkNamespace(let name, let nearest) {
      throw .noNetworkNamespace(name, nearest: nearest)
    } catch {
      // To ask kube-proxy itself needs no privilege.
      let status =
        release.version == nil
        ? try? inNode {
          KubeProxyStatus.ask {
            LocalHTTP.answer(to: $0, at: KubeProxyStatus.defaultAddress, milliseconds: $1)
          }
        } : nil
      glance = ProxyGlance(status ?? KubeProxyStatus(), named: release, unread: error.description)
    }
    report.proxy = glance.proxy
    report.unknown.proxyMode = glance.whyNot
    report.notes += glance.notes
    if glance.proxy?.version == nil, glance.proxy?.mode != Proxy.Mode.none {
      report.unknown.proxyVersion =
        "kube-proxy does not answer on \(KubeProxyStatus.defaultAddress); --proxy-version names it"
    }
  }
}

extension PodSources {
  /// The container runtimes that listen on the node of the calling thread's network namespace, and what they call themselves.
  fileprivate func runtimeVersions() -> [VersionReport.Runtime] {
    let root = NodeFile.namespace("/proc/thread-self/ns/net").map { NodeRoot(of: $0) } ?? NodeRoot()
    let configured = areRuntimesNamed ? [] : RuntimeEndpoint.configured(root)
    let deadline = Deadline(seconds: seconds)
    let endpoints = RuntimeEndpoint.present(configured + below(root).runtimes)
    let answers = OwnThread.runAll(endpoints.map { endpoint in { try endpoint.version(within: deadline) } })
    return zip(endpoints, answers).map { endpoint, answer in
      var runtime = VersionReport.Runtime(socket: endpoint.path)
      switch answer {
      case .success(let program): (runtime.name, runtime.version) = (program.name, program.version)
      case .failure(let error): runtime.problem = "it \(error)"
      }
      return runtime
    }
  }
}

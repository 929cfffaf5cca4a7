/// Names for a command line that is being typed. Whatever cannot be read, or not in time, has none.
extension Session {
  /// Names of the cluster: by the API, else, as far as services go, by the comments and names in this node's rules.
  /// - Parameter limit: how long all of it may take.
  public func names(_ question: NameQuestion, within limit: Duration) -> KnownNames {
    // A table of 500,000 rules takes longer than anybody waits for a word, and its reading cannot be broken off.
    let found = try? OwnThread.run(within: limit) { () -> KnownNames? in
      try? namesOfCluster(question) ?? namesInRules(question)
    }
    return found.flatMap(\.self) ?? KnownNames()
  }

  /// nil where nobody tells.
  private func namesOfCluster(_ question: NameQuestion) -> KnownNames? {
    switch cluster {
    case .noAPI, .contextAlone: nil
    case .saved(_, let objects): objects?.names(question)
    case .dump(let path, let timeLimit):
      try? ClusterSnapshot.load(path: path, deadline: timeLimit.map { .now + $0 }).names(question)
    case .server(let search, let limits): try? NameReader.read(question, by: search, limits: limits)
    }
  }

  private func namesInRules(_ question: NameQuestion) throws -> KnownNames {
    switch question {
    case .nodes: throw SessionError.other("no rule names a node")
    case .pods: throw SessionError.other("no rule names a pod")
    case .namespaces, .services: break
    }
    return try askNode { node in
      let installations = try IPFamily.allCases.flatMap { try ProxyRules.installations(node.filter, $0) }
      return KnownNames(try RuleIndex(node, installations).services)
    }
  }

  /// The pods of this node, by the names of the folders that the kubelet has for their logs: anybody may read them.
  public func namesOfPods(_ sources: PodSources, within limit: Duration) -> KnownNames {
    let found = try? OwnThread.run(within: limit) {
      try inNode {
        let own = NodeFile.namespace("/proc/thread-self/ns/net")
        let sources = own.map { sources.below(NodeRoot(of: $0)) } ?? sources
        return KnownNames(KubeletFiles(logs: sources.logs, pods: sources.kubelet).names.values)
      }
    }
    return found ?? KnownNames()
  }

  /// The names of the node's interfaces but lo.
  public func namesOfInterfaces() -> [String] {
    let names = try? inNode {
      var socket = try RouteSocket()
      return try socket.links(withStatistics: false).filter { !$0.isLoopback }.map(\.name)
    }
    return names ?? []
  }

  /// The names of the kernel's ipsets.
  public func namesOfSets() -> [String] {
    let names = try? inNode {
      var names: [String] = []
      try IPSetReader().list(headersOnly: true) {
        names.append($0.name)
      } entry: { _ in
      }
      return names
    }
    return names ?? []
  }
}

/// What `--netns` may name.
public enum NamespaceNames {
  /// Those that `ip netns` knows.
  public static var ofFiles: [String] { NodeFile.names(in: PodSources().mounts) ?? [] }

  /// The first process of each network namespace that is no pod's, with the program's name: those of nodes that are containers
  /// are among them.
  public static var ofProcesses: [(pid: Int32, command: String)] {
    guard let own = NodeFile.namespace("/proc/self/ns/net") else { return [] }
    return ProcessScan(node: own, wantsContainers: false).others.values.sorted().map {
      ($0, NodeFile.command(of: $0) ?? "")
    }
  }

  /// The names in the folder that a path leads to.
  public static func paths(in folder: String) -> [String] {
    (NodeFile.names(in: folder) ?? []).map {
      let path = folder + $0
      return NodeFile.folder(path) == nil ? path : path + "/"
    }
  }
}

extension ClusterSnapshot {
  /// What it has.
  func names(_ question: NameQuestion) -> KnownNames {
    switch question {
    case .namespaces: return KnownNames((services.map(\.metadata) + pods.map(\.metadata)).map(\.namespacedName))
    case .services: return KnownNames(services.map(\.metadata.namespacedName))
    case .pods: return KnownNames(pods.map(\.metadata.namespacedName))
    case .nodes:
      var names = KnownNames()
      names.nodes = Set(nodes.map(\.metadata.name))
      return names
    }
  }
}

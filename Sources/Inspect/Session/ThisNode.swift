#if canImport(Glibc)
  import Glibc
#endif

/// Which of the API's nodes this host is.
struct ThisNode {
  /// nil where the API knows no node of the host's name.
  let name: String?
  /// What could not be found out.
  let note: String?

  /// What to ask the API for.
  static func guess(given: String?, host: String) -> NodeGuess {
    NodeGuess(name: given ?? host, isHostName: given == nil)
  }

  /// - Parameters:
  ///   - given: the name that the user gave.
  ///   - host: what this host calls itself.
  init(given: String?, host: String, cluster: ClusterSnapshot?) {
    let nodes = cluster?.nodes ?? []
    if let given {
      name = given
      let isUnknown = cluster?.knows(.node) == true && cluster?.node(given) == nil
      note = isUnknown ? "the API has no node \(given): its zone and pod addresses are not known" : nil
    } else if cluster?.knows(.node) != true {
      name = host
      note = nil
    } else if let node = nodes.first(where: { Self.isNamed($0, host) }) {
      name = node.metadata.name
      note = nil
    } else {
      name = nil
      note = "the API has no node named \(host), as this host is: which endpoints are local is not known (--node NAME)"
    }
  }

  private static func isNamed(_ node: NodeObject, _ host: String) -> Bool {
    let names = [node.metadata.name, node.metadata.labels["kubernetes.io/hostname"]].compactMap(\.self)
    // A kubelet takes the host's name in lower case, some of them the name without its domain.
    return names.contains { $0 == host || $0 == host.prefix { $0 != "." } }
  }

  /// The host's name in lower case, as kubelets take it.
  static var hostName: String {
    var name = utsname()
    uname(&name)
    return withUnsafeBytes(of: &name.nodename) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self).lowercased()
    }
  }
}

extension AnsweringNode {
  /// A node with the kernel that runs here.
  public static func running(name: String?) -> AnsweringNode {
    AnsweringNode(name: name, kernel: KernelRelease.running?.text)
  }
}

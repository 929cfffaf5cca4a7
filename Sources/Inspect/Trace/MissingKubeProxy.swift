/// That no kube-proxy has rules where kpx looks, and what is there instead.
public struct MissingKubeProxy: Error, Sendable, Equatable, CustomStringConvertible {
  /// What handles services where no rule shows it.
  public var others: [OtherDataplane]
  /// Whether this is the network namespace of process 1, which in a pod is another; nil where that cannot be told.
  public var isNodesNamespace: Bool?

  /// What the API would not say, or why it was not asked, in sentences.
  public var apiNotes: [String] = []

  /// The sentence for a person.
  public var description: String { ([sentence] + apiNotes).joined(separator: "; ") }

  private var sentence: String {
    if let first = others.first {
      return "kube-proxy has no rules on this node; \(first.text), and handles services where no rule shows it"
    }
    if isNodesNamespace == false {
      return "kube-proxy has no rules in this network namespace, which is not the node's: --netns 1 looks at the "
        + "namespace of process 1"
    }
    return
      "kube-proxy has no rules in this network namespace: it does not run on this node, or this is a pod's namespace"
  }
}

extension ServiceTracer {
  /// What to say instead of an answer. nil where there are rules, or where a kube-proxy runs that should have written them.
  /// - Parameter verdicts: what becomes of packets: what other rules than kube-proxy's do with them is an answer of its own.
  func missingKubeProxy(_ verdicts: [Verdict]) -> MissingKubeProxy? {
    let areUntouched = verdicts.allSatisfy { $0 == .unhandled || $0 == .uncertain && proxy.hiddenSystem != nil }
    guard proxy.installations.isEmpty, areUntouched, port.ask()?.mode == nil else { return nil }
    return MissingKubeProxy(others: proxy.others, isNodesNamespace: node.isOfProcess1)
  }
}

/// A kube-proxy's own port, asked at most once, and only where something depends on the answer: a connection to it goes
/// through its node's OUTPUT chains, which count it.
final class KubeProxyPort {
  private let node: any Node
  private let mayAsk: Bool
  private var answer: KubeProxyStatus?

  /// The port of a node's kube-proxy. Where the release was named nobody is asked: whoever names it wants no other answer.
  init(of node: any Node, named release: Release) {
    self.node = node
    mayAsk = release.version == nil
  }

  /// What kube-proxy says; nil if it must not be asked.
  func ask() -> KubeProxyStatus? {
    guard mayAsk else { return nil }
    let answer = answer ?? KubeProxyStatus.ask(node)
    self.answer = answer
    return answer
  }

  /// What an answer that rests on it says of that.
  var note: String? {
    guard answer != nil else { return nil }
    return "asked \(KubeProxyStatus.defaultAddress) which kube-proxy runs here: the rules count these packets, too"
  }
}

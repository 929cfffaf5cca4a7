/// kube-proxy's own port, asked at most once, and only where something depends on the answer: a connection to it goes
/// through this node's OUTPUT chains, which count it.
final class KubeProxyPort {
  private let address: SocketAddress?
  private var answer: KubeProxyStatus?

  /// - Parameter address: nil if it must not be asked.
  init(_ address: SocketAddress?) { self.address = address }

  /// Whether anything was sent.
  var wasAsked: Bool { answer != nil }

  /// What kube-proxy says, asked from the calling thread's network namespace; nil if it must not be asked.
  func ask() -> KubeProxyStatus? {
    guard let address else { return nil }
    let answer = answer ?? KubeProxyStatus.ask(at: address)
    self.answer = answer
    return answer
  }

  /// What an answer that rests on it says of that.
  var note: String? {
    guard wasAsked, let address else { return nil }
    return "asked \(address) which kube-proxy runs here: the rules count these packets, too"
  }
}

extension Session {
  /// How long container runtimes are given to say which pods there are.
  static let secondsForRuntimes = 1.0

  /// Those of the node, in its network namespace; nil where a snapshot does not have them.
  func podEnds(_ sources: PodSources, _ cluster: ClusterSnapshot?) -> PodEnds? {
    guard let findPods else { return nil }
    var sources = sources
    sources.cluster = cluster
    sources.seconds = Self.secondsForRuntimes
    do {
      return PodEnds(try findPods(sources, false))
    } catch {
      return PodEnds(unread: "\(error)")
    }
  }
}

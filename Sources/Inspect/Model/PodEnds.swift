/// Which interfaces of the node lead to its pods, and which to what may be left of pods that are gone: what a check looks at.
struct PodEnds: Sendable, Hashable {
  /// An address of a pod.
  struct Reached: Sendable, Hashable {
    var address: IPAddress
    /// `NAMESPACE/NAME`, or words for one without a known name.
    var pod: String
    /// The node's ends of the pod's interfaces.
    var interfaces: [String]
  }

  /// An interface that leads to a named network namespace without a process, which is no pod's.
  struct Left: Sendable, Hashable {
    var interface: String
    /// What it leads to, in words.
    var reason: String
    var namespace: EmptyNamespace
  }

  var pods: [Reached] = []
  var left: [Left] = []
  /// Interfaces that lead to what cannot be seen, as where pods' namespaces may not be entered.
  var unseen: [String] = []
  /// Why they may not be all; nil where they are.
  var unread: String?
}

/// A named network namespace that no process is in, and that is no pod's.
struct EmptyNamespace: Codable, Sendable, Hashable {
  /// As `ip netns` has it.
  var name: String
  /// Since when it is there, in seconds since 1970; nil where that cannot be told.
  var since: Double?
}

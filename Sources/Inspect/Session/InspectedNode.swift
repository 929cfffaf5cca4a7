/// What a session asks of the machine that it looks at, from one thread.
struct InspectedNode {
  /// Its rules, sets, virtual services and routes.
  let filter: any PacketFilter
  /// Systems that may carry out services where no rule shows it.
  let otherSystems: [OtherSystem]
  /// Where kube-proxy may be asked what it is; nil: nowhere.
  let kubeProxy: SocketAddress?
  /// Reads a second time what was read until now, in another way, and compares.
  let verify: () throws -> [Verification]

  /// This machine, in the calling thread's network namespace.
  @Sendable static func live() throws -> InspectedNode {
    let otherSystems = try OtherSystem.present()
    let filter = try NodePacketFilter()
    return InspectedNode(
      filter: filter, otherSystems: otherSystems, kubeProxy: KubeProxyStatus.defaultAddress, verify: filter.verify)
  }
}

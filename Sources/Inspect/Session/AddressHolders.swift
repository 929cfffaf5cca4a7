/// Which pods have addresses now that connections go on to, as far as that is known.
struct AddressHolders: Sendable {
  private let names: AddressNames
  private let ofNode: PodsOfNode
  private let knowsAllPods: Bool

  /// - Parameters:
  ///   - ofNode: pods of this node that `cluster` does not have.
  ///   - knowsAllPods: whether there is no pod that `cluster` does not have.
  init(_ cluster: ClusterSnapshot?, _ ofNode: PodsOfNode = PodsOfNode(), knowsAllPods: Bool) {
    self.ofNode = ofNode
    self.knowsAllPods = knowsAllPods
    names = AddressNames(cluster)
  }

  /// none: no pod has it; nil: that is not known, or it is shared.
  func pod(at address: IPAddress) -> Known<ObjectName>? {
    if let name = names.pod(at: address) ?? ofNode.pod(at: address) { return .some(.some(ObjectName(name))) }
    return knowsAllPods && !names.hasPods(at: address) ? .some(Known.none) : nil
  }
}

extension Finding {
  /// The same; what connections go where no new one would is told with the pods that have those addresses now.
  func naming(_ holders: AddressHolders) -> Finding {
    guard id == .conntrackStale else { return self }
    var finding = self
    for index in evidence.indices {
      // What nothing translates goes to the frontend itself.
      guard let end = evidence[index].endpoint, end.address != evidence[index].frontend?.address else { continue }
      finding.evidence[index].text += StrayConnections.text(ofHolder: holders.pod(at: end.address))
    }
    return finding
  }
}

extension ServiceTrace {
  /// Where connections go that no rule sends there.
  var strayAddresses: [IPAddress] {
    let strays = frontends.flatMap { $0.strays.prefix(FrontendAnswer.mostStrays) }.filter(\.isTranslated)
    return Set(strays.map(\.endpoint.address)).sorted()
  }

  /// Tells which pods have those addresses.
  mutating func nameStrays(_ holders: AddressHolders) {
    for address in strayAddresses { strayHolders[address] = holders.pod(at: address) }
    findings = findings.map { $0.naming(holders) }
  }
}

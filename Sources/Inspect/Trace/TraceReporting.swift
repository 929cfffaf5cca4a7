extension Trace {
  /// The answer that a node's rules gave.
  public init(_ trace: ServiceTrace, api: APIOrigin?) {
    self.init(
      node: trace.node, proxy: trace.proxy, service: trace.service.map(ServiceReport.init), api: api,
      frontends: trace.frontends.map { FrontendReport($0).naming(trace.strayHolders) }, findings: trace.findings,
      notes: trace.notes,
      verification: trace.verification?.map(VerificationReport.init), forwarding: ForwardingDigest(trace.forwarding))
  }
}

extension VerificationReport {
  /// What a comparison found.
  public init(_ verification: Verification) {
    self.init(
      family: verification.table.family, table: verification.table.name, chains: verification.chainCount,
      rules: verification.ruleCount, differences: verification.differenceCount, changing: verification.changingCount,
      first: verification.differences.map(\.description), backend: verification.table.backend,
      with: verification.peer, note: verification.note)
  }
}

extension ServiceReport {
  init(_ service: ServiceSummary) {
    self.init(
      namespace: service.name.namespace, name: service.name.name, type: service.type, clusterIPs: service.clusterIPs)
  }
}

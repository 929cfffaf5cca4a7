extension LinkReport {
  init(_ link: Link) {
    self.init(
      name: link.name, ifindex: link.index, kind: link.kind, mac: link.mac?.description, mtu: link.mtu,
      state: link.state, statistics: link.statistics.map(LinkCounters.init))
  }
}

extension LinkCounters {
  init(_ counts: LinkStatistics) {
    self.init(
      rxPackets: counts.rxPackets, txPackets: counts.txPackets, rxBytes: counts.rxBytes, txBytes: counts.txBytes,
      rxErrors: counts.rxErrors, txErrors: counts.txErrors, rxDropped: counts.rxDropped, txDropped: counts.txDropped)
  }
}

import Inspect

/// Virtual services for a person at a terminal: what `ipvsadm -Ln` and `ipvsadm -Ln --stats` show, side by side.
struct IPVSText {
  private let services: [VirtualService]
  private let names: AddressNames
  private let terminal: Terminal
  /// Whether large numbers are written in full.
  private let isExact: Bool

  init(_ services: [VirtualService], names: AddressNames, terminal: Terminal, isExact: Bool) {
    self.services = services
    self.names = names
    self.terminal = terminal
    self.isExact = isExact
  }

  var text: String {
    guard !services.isEmpty else { return "" }
    var table = TextTable([
      .init("VIRTUAL SERVICE"), .init("FORWARD"), .init("WEIGHT", isRight: true), .init("ACTIVE", isRight: true),
      .init("INACT", isRight: true), .init("CONNS", expendable: 1, isRight: true),
      .init("INPKTS", expendable: 2, isRight: true), .init("OUTPKTS", expendable: 3, isRight: true),
      .init("INBYTES", expendable: 4, isRight: true), .init("OUTBYTES", expendable: 5, isRight: true),
      .init("NAME", least: 40),
    ])
    var isService: [Bool] = []
    for service in services {
      table.add(
        ["\(service.key) \(service.options)", "", "", "", ""] + numbers(service.statistics)
          + [names.owner(of: service.key)?.description ?? ""])
      isService.append(true)
      for server in service.realServers ?? [] {
        let owner = service.key.transport.flatMap { names.owner(of: server.address, transport: $0) }
        table.add(
          [
            "  -> \(server.address)", server.method.name, "\(server.weight)", "\(server.activeConnections)",
            "\(server.inactiveConnections)",
          ] + numbers(server.statistics) + [owner?.description ?? ""])
        isService.append(false)
      }
    }
    let terminal = terminal
    return table.lines(
      indent: 0, width: terminal.width, ellipsis: terminal.isTerminal ? terminal.ellipsis : nil
    ) { column, row, text in
      guard let row else { return terminal.faint(text) }
      if isService[row] { return column == 0 ? terminal.bold(text) : text }
      return column == 2 && text == "0" ? terminal.yellow(text) : text
    }.map { $0 + "\n" }.joined()
  }

  private func numbers(_ statistics: IPVSStatistics) -> [String] {
    [
      statistics.connections, statistics.inPackets, statistics.outPackets, statistics.inBytes, statistics.outBytes,
    ].map { isExact ? "\($0)" : short($0) }
  }

  /// In ipvsadm's units: K, M, G, T are powers of 1000, for numbers of more than eight digits.
  private func short(_ number: UInt64) -> String {
    switch number {
    case ..<100_000_000: "\(number)"
    case ..<1_000_000_000: "\(number / 1000)K"
    case ..<100_000_000_000: "\(number / 1_000_000)M"
    case ..<100_000_000_000_000: "\(number / 1_000_000_000)G"
    default: "\(number / 1_000_000_000_000)T"
    }
  }
}

extension VirtualService {
  /// As `ipvsadm -Ln` writes them behind the address.
  fileprivate var options: String {
    var words = [scheduler.isEmpty ? "none" : scheduler] + schedulerFlags
    if let affinitySeconds { words.append("persistent \(affinitySeconds)") }
    if persistenceLength != key.family.bits { words.append("mask /\(persistenceLength)") }
    if let persistenceEngine { words.append("pe \(persistenceEngine)") }
    if flags.contains(.onePacket) { words.append("ops") }
    return words.joined(separator: " ")
  }
}

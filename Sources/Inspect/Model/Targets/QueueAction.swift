import CSys

/// NFQUEUE, and the standard verdict QUEUE (which has no number).
public struct QueueAction: Sendable, Hashable {
  /// The first queue; nil for the standard verdict.
  public var number: UInt16?
  /// How many queues packets are shared among (`--queue-balance`).
  public var count: UInt16 = 1
  /// NFQ_FLAG_*: bypass 1, cpu-fanout 2.
  public var flags: UInt16 = 0
}

extension QueueAction {
  static let decoders: [XTables.Decoder<Action>] = [
    .init(name: "NFQUEUE", revision: 0, size: sizeof_xt_NFQ_info) { p in .queue(QueueAction(p, 0)) },
    .init(name: "NFQUEUE", revision: 1, size: sizeof_xt_NFQ_info_v1) { p in .queue(QueueAction(p, 1)) },
    .init(name: "NFQUEUE", revision: 2, size: sizeof_xt_NFQ_info_v2) { p in .queue(QueueAction(p, 2)) },
    .init(name: "NFQUEUE", revision: 3, size: sizeof_xt_NFQ_info_v3) { p in .queue(QueueAction(p, 3)) },
  ]

  /// Earlier revisions are beginnings of struct xt_NFQ_info_v3, whose flags are a `bypass` of 0 or 1 in revision 2.
  private init(_ p: XTablesPayload, _ revision: Int) {
    number = p.u16(xt_NFQ_info_v3_queuenum)
    if revision >= 1 { count = p.u16(xt_NFQ_info_v3_queues_total) }
    if revision >= 2 { flags = p.u16(xt_NFQ_info_v3_flags) }
    if revision == 2 && flags != 0 { flags = 1 }
  }

  func append(to text: inout String) {
    guard let number else {
      text += " -j QUEUE"
      return
    }
    text += " -j NFQUEUE "
    text += count > 1 ? "--queue-balance \(number):\(Int(number) + Int(count) - 1)" : "--queue-num \(number)"
    if flags & 1 != 0 { text += " --queue-bypass" }
    if flags & 2 != 0 { text += " --queue-cpu-fanout" }
  }
}

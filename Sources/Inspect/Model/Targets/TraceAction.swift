/// TRACE, which has no options.
enum TraceAction {
  static let decoders: [XTables.Decoder<Action>] = [.init(name: "TRACE", revision: 0, size: 0) { _ in .trace }]
}

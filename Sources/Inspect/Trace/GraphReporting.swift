extension GraphReport {
  /// A picture of more could not be read.
  private static let most = 512

  init(_ branches: [Branch]) {
    let graph = WalkGraph(branches, most: Self.most)
    let nodes = graph.nodes.map { node in
      let among = node.before.map { graph.nodes[$0].set } ?? node.among
      return Node(
        step: StepReport(node.step, isLeading: false), before: node.before, when: node.set.condition(within: among))
    }
    let endings = graph.endings.map { ending in
      let among = ending.last.map { graph.nodes[$0].set } ?? ending.branch.among
      return Ending(ending.branch, last: ending.last, when: ending.branch.set.condition(within: among))
    }
    self.init(nodes: nodes, endings: endings, omitted: graph.omitted == 0 ? nil : graph.omitted)
  }
}

extension GraphReport.Ending {
  fileprivate init(_ branch: Branch, last: Int?, when: PacketCondition?) {
    let outcome = Outcome(branch)
    self.init(
      verdict: outcome.verdict, reason: branch.reason(outcome, of: branch.set)?.text,
      address: outcome.endpoint?.address, port: outcome.endpoint?.port,
      masquerade: branch.packet.sourceTranslation != .none, share: branch.share, last: last, when: when)
  }
}

extension OtherDataplane {
  /// Those that have their interface on a node; none where its interfaces are not known.
  static func present(on node: any Node) throws -> [OtherDataplane] {
    let found = try node.interfaces(among: allCases.map(\.interface)) ?? []
    return allCases.filter { found.contains($0.interface) }
  }
}

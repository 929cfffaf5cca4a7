import Testing

@testable import Inspect

@Suite("Walk: the graph of all ways")
struct WalkGraphTests {
  /// A chain that picks one of three, by chance.
  private func branches() throws -> [Branch] {
    let filter = FakePacketFilter()
    filter.append("nat", "PREROUTING", [], .jump("SERVICES"))
    for (name, probability) in [("A", 1.0 / 3), ("B", 0.5)] {
      filter.append("nat", "SERVICES", [.chance(probability)], .jump(name))
    }
    filter.append("nat", "SERVICES", [], .jump("C"))
    for (index, name) in ["A", "B", "C"].enumerated() {
      filter.append("nat", name, [], .dnat(to: "10.1.0.\(index + 1):8080"))
    }
    return try Walker(filter).walkArriving(.to("203.0.113.5:80"), assuming: [])
  }

  @Test("From each ending back to the beginning are the steps of its way")
  func ways() throws {
    let branches = try branches()
    let graph = WalkGraph(branches, most: 100)
    #expect(graph.endings.count == 3 && graph.omitted == 0)
    for ending in graph.endings {
      var steps: [Step] = []
      var next = ending.last
      while let place = next {
        steps.insert(graph.nodes[place].step, at: 0)
        next = graph.nodes[place].before
      }
      #expect(steps == ending.branch.steps && steps.count > 2)
    }
  }

  @Test("What ways have in common is there once")
  func shared() throws {
    let graph = WalkGraph(try branches(), most: 100)
    let names = graph.nodes.map(\.step.description)
    #expect(names.filter { $0 == "nat PREROUTING rule 1" }.count == 1)
    #expect(Set(names).count == names.count)
  }

  @Test("Ways for which there is no room are counted")
  func bounded() throws {
    let branches = try branches()
    let graph = WalkGraph(branches, most: 4)
    #expect(graph.nodes.count <= 4)
    #expect(graph.endings.count + graph.omitted == 3 && graph.omitted > 0)
    #expect(GraphReport(branches).omitted == nil)
  }
}

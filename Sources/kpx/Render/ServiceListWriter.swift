import Inspect
import Synchronization

/// Writes a table of services row by row, while others are still walked.
final class ServiceListWriter: Sendable {
  private struct State {
    /// nil before it is known what is to come.
    var table: ServiceTable?
    /// The last service whose rows were written: the list has an order, and what is given twice is written once.
    var last: NamespacedName?
    /// Whether the first line was written.
    var hasBegun = false
    /// Why no more can be written.
    var failure: Failure?
  }

  private let state = Mutex(State())
  private let terminal: Terminal
  private let isWide: Bool
  private let hasHeading: Bool
  private let onlyProblems: Bool

  init(_ output: OutputOptions, hasHeading: Bool, onlyProblems: Bool) {
    terminal = output.terminal
    isWide = output.output == .wide
    self.hasHeading = hasHeading
    self.onlyProblems = onlyProblems
  }

  /// Writes what it is given.
  var stream: ServiceStream {
    ServiceStream(begin: { self.begin($0) }) { item in
      self.state.withLock { self.write(item, &$0) }
    }
  }

  /// Writes what was not written before.
  func finish(_ list: ServiceList) throws(Failure) {
    let failure = state.withLock { state in
      if state.table == nil { state.table = table(list.items.flatMap(\.rows)) }
      for item in list.items { write(item, &state) }
      return state.failure
    }
    if let failure { throw failure }
  }

  private func begin(_ outlines: [ServiceOutline]) {
    let rows = Dictionary(grouping: outlines, by: \.service).values.flatMap { outlines in
      let doubled = outlines.map(\.frontend.place).nodePortsOfTwoFamilies
      return outlines.map {
        ServiceRow(
          service: $0.service?.description, $0.frontend,
          isOfTwoFamilies: doubled.contains($0.frontend.place.inNoFamily))
      }
    }
    state.withLock { $0.table = $0.table ?? table(rows) }
  }

  private func table(_ rows: [ServiceRow]) -> ServiceTable {
    ServiceTable(rows, terminal: terminal, isWide: isWide, onlyProblems: onlyProblems)
  }

  private func write(_ item: ServiceList.Item, _ state: inout State) {
    if let service = item.service {
      let name = NamespacedName(service.namespace, service.name)
      if let last = state.last, name <= last { return }
      state.last = name
    }
    guard let table = state.table, state.failure == nil else { return }
    let lines = table.lines(of: item)
    guard !lines.isEmpty else { return }
    let heading = hasHeading && !state.hasBegun ? table.heading : ""
    state.hasBegun = true
    do {
      try show(heading + lines)
    } catch {
      state.failure = error
    }
  }
}

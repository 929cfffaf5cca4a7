import ArgumentParser

/// Whether to look once, or again and again.
struct WatchOptions: ParsableArguments {
  @Flag(
    name: .shortAndLong,
    help:
      "Look until Ctrl-C, mark what changes (~, + new, - gone), show rates; --watch=5: every 5 s"
  )
  var watch = false

  @Option(help: ArgumentHelp("With --watch: how often to look (default: 2)", valueName: "seconds"))
  var interval: Double?

  func validate() throws {
    if interval != nil, !watch { throw ValidationError("--interval needs --watch") }
    guard interval.map({ (0.1...86400).contains($0) }) ?? true else {
      throw ValidationError("--interval takes a number of seconds from 0.1 on")
    }
  }

  /// A document is an answer of one moment, and what is watched is none.
  func check(_ output: OutputOptions) throws {
    if watch, !output.output.isText {
      throw ValidationError("--watch is for people: -o \(output.output.rawValue) gives one answer at a time")
    }
  }

  /// nil where one look is enough.
  var pace: Pace? { watch ? Pace(wanted: .seconds(interval ?? 2)) : nil }
}

import ArgumentParser
import Inspect

/// The command line that is being typed, as far as names depend on it: which API, which namespace, which node.
struct CompletedLine: ParsableArguments {
  @Option(name: .shortAndLong) var namespace: String?
  @Option var netns: String?
  @OptionGroup var cluster: ClusterOptions
  @Argument(parsing: .allUnrecognized) var rest: [String] = []

  /// In MiB: more than the names of 10,000 services.
  private static let mostOfAPI = 16

  /// Reads the words that a shell gives, of which the first is the program. What cannot be read says nothing.
  static func parsed(_ words: [String]) -> CompletedLine? {
    let own = words.dropFirst().prefix { $0 != "--" }
    return (try? parse(joined(Array(own)))) ?? (try? parse([]))
  }

  /// bash takes `=` for a word of its own.
  private static func joined(_ words: [String]) -> [String] {
    var joined: [String] = []
    for word in words {
      if let last = joined.last, last.hasPrefix("--"), word == "=" || last.hasSuffix("=") {
        joined[joined.count - 1] = last + word
      } else {
        joined.append(word)
      }
    }
    return joined
  }

  /// Asks for names, and therefore not for long.
  var session: Session {
    var cluster = cluster
    cluster.requestTimeout = .ofNames
    cluster.apiLimit = Self.mostOfAPI
    if let path = cluster.snapshot, let snapshot = try? NodeSnapshot(path: path) { return Session(snapshot) }
    return cluster.session(netns: netns)
  }
}

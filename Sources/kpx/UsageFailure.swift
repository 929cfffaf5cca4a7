import ArgumentParser
import Inspect

extension Failure {
  /// A command line that cannot be read, in the voice of all other errors; nil for what is no such error: help, the version,
  /// the status that a command ends with.
  static func ofUsage(_ error: any Error, _ arguments: [String]) -> Failure? {
    if error is ExitCode || Kpx.exitCode(for: error) != ExitCode.validationFailure { return nil }
    let commands = Kpx.configuration.subcommands.flatMap {
      [$0.configuration.commandName].compactMap(\.self) + $0.configuration.aliases
    }
    let words = arguments.filter { !$0.hasPrefix("-") }
    if let word = words.first, !commands.contains(word), word != "help" {
      return Failure("unknown command \(word); " + hint(word, commands), .usage)
    }
    let command = ["kpx", words.first].compactMap(\.self).joined(separator: " ")
    if let target = separatedTarget(Kpx.message(for: error), arguments) {
      return Failure("one target at a time: did you mean \(target)?", .usage)
    }
    if let meant = ipsetsOwnWords(words) { return Failure("did you mean 'kpx \(meant)'?", .usage) }
    let sentence = sentence(Kpx.message(for: error))
    return Failure(sentence.hasSuffix("?") ? sentence : "\(sentence); see '\(command) --help'", .usage)
  }

  /// `kpx trace yaobank summary`, as kubectl has a namespace and a name nowhere.
  private static func separatedTarget(_ message: String, _ arguments: [String]) -> String? {
    guard arguments.first == TraceCommand.configuration.commandName else { return nil }
    let places = arguments.indices.dropFirst(2).filter { message == "Unexpected argument '\(arguments[$0])'" }
    guard let place = places.last, !arguments[place - 1].hasPrefix("-"), !arguments[place - 2].hasPrefix("-") else {
      return nil
    }
    return "\(arguments[place - 1])/\(arguments[place])"
  }

  /// `kpx ipset test NAME MEMBER`, as ipset(8) has it.
  private static func ipsetsOwnWords(_ words: [String]) -> String? {
    guard words.first == IPSetCommand.configuration.commandName, words.count >= 4, words[1] == "test" else {
      return nil
    }
    return "ipset \(words[2]) \(words[3])"
  }

  private static func hint(_ word: String, _ commands: [String]) -> String {
    let beginning = word.utf8.count > 1 ? commands.filter { $0.hasPrefix(word) } : []
    let near = beginning.isEmpty ? nearest(to: word, in: commands) : beginning
    return didYouMean(near) ?? "see 'kpx --help'"
  }

  /// ArgumentParser's sentences begin with capital letters and end in full stops.
  private static func sentence(_ message: String) -> String {
    var text = message.replacing(". ", with: "; ").replacing("\n", with: " ").replacing("Did you", with: "did you")
      .replacing(
        "Please ", with: "")
    if text.hasSuffix(".") { text.removeLast() }
    let second = text.dropFirst().first
    return second?.isLowercase == true ? text.prefix(1).lowercased() + text.dropFirst() : text
  }
}

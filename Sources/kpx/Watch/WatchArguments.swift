import ArgumentParser

/// `--watch=5` and `-w5`, which no parser of options with and without a value takes: the next word may be a target.
enum WatchArguments {
  /// The command line with the seconds as an option of their own.
  static func separated(_ arguments: [String]) -> [String] {
    let commands = [
      TraceCommand.configuration, ServicesCommand.configuration, ConnectionsCommand.configuration,
      VethCommand.configuration,
    ]
    let names = commands.flatMap { [$0.commandName].compactMap(\.self) + $0.aliases }
    guard let first = arguments.first, names.contains(first) else { return arguments }
    let end = arguments.firstIndex(of: "--") ?? arguments.endIndex
    return arguments[..<end].flatMap { word in
      seconds(in: word).map { ["--watch", "--interval", $0] } ?? [word]
    } + arguments[end...]
  }

  /// nil for what is no such option.
  private static func seconds(in word: String) -> String? {
    for option in ["--watch=", "-w=", "-w"] where word.hasPrefix(option) && word.count > option.count {
      let rest = word.dropFirst(option.count)
      return option == "-w" && rest.first?.isNumber != true ? nil : String(rest)
    }
    return nil
  }
}

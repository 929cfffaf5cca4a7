import ArgumentParser

/// `kpx exec POD PROGRAM -x` without `--`, as docker and crictl have it: from the program's name on all is the program's.
enum ExecArguments {
  /// What the next word belongs to.
  static let optionsWithValue: Set<String> = [
    "-n", "--namespace", "-c", "--container", "--netns", "--runtime-endpoint", "--api-dump",
  ]

  /// The command line with `--` before the program.
  static func terminated(_ arguments: [String]) -> [String] {
    guard arguments.first == ExecCommand.configuration.commandName else { return arguments }
    var hasPod = false
    var index = 1
    while index < arguments.count, arguments[index] != "--" {
      let isWord = !arguments[index].hasPrefix("-")
      if isWord, hasPod { return arguments[..<index] + ["--"] + arguments[index...] }
      hasPod = hasPod || isWord
      index += optionsWithValue.contains(arguments[index]) ? 2 : 1
    }
    return arguments
  }
}

import FoundationEssentials
import TestSupport

/// What the program did on a terminal of its own: Tests/Support/terminal.py.
struct ProgramOnTerminal: Decodable {
  /// 128 + the signal's number for one that a signal ended.
  var status: Int32
  /// Whether it ended by itself.
  var inTime: Bool
  /// How many actions were left, whose texts were not shown.
  var undone: Int
  /// The lines at the end.
  var screen: [String]
  /// Each different screen that stood for a moment.
  var frames: [[String]]
  /// What came through pipes in the terminal's place.
  var out: String
  var err: String
  /// All bytes that the terminal got.
  var raw: String

  private static let script =
    "\(#filePath.split(separator: "/").dropLast(2).reduce("") { $0 + "/" + $1 })/Support/terminal.py"

  /// Runs kpx in the calling thread's namespaces.
  /// - Parameters:
  ///   - options: the script's, and `TEXT => ACTION` for each action.
  ///   - wrapper: what stands before the script's command line.
  static func run(
    _ options: [String] = [], wrapper: [String] = [], environment: [String: String] = [:], kpx arguments: [String]
  ) throws -> ProgramOnTerminal {
    let result = try runTool(
      wrapper + ["python3", script] + options + ["--", Kpx.path] + arguments, environment: environment)
    guard result.status == 0 else { throw SetupError("terminal.py: \(result.errorText)") }
    return try JSONDecoder().decode(ProgramOnTerminal.self, from: Data(result.output))
  }

  /// Whether a line was on the screen for a moment.
  func showed(_ line: String) -> Bool { frames.contains { $0.contains(line) } }
}

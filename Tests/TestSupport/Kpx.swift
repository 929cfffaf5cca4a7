#if canImport(Glibc)
  import Glibc
#endif

/// The program under test: what the environment's KPX names, else the one that was built beside the tests.
public enum Kpx {
  /// The program's file.
  public static let path: String = {
    if let chosen = getenv("KPX"), chosen.pointee != 0 { return String(cString: chosen) }
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let length = readlink("/proc/self/exe", &buffer, buffer.count)
    let tests = String(decoding: buffer.prefix(max(length, 0)).map(UInt8.init(bitPattern:)), as: UTF8.self)
    return tests.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/kpx"
  }()

  /// Runs it in the calling thread's namespaces.
  public static func run(
    _ arguments: String..., input: [UInt8] = [], environment: [String: String] = [:]
  ) throws(SetupError) -> ToolResult {
    try runTool([path] + arguments, input: input, environment: environment)
  }
}

/// A program of the node's that prints rules, such as `nft`: run only to compare.
struct PeerProgram {
  /// Where such programs are; PATH may leave these folders out.
  private static let folders = ["/usr/sbin", "/sbin", "/usr/local/sbin", "/usr/bin", "/bin"]
  private let path: String

  /// A program by name; nil if it is not installed.
  init?(_ name: String) {
    guard let path = ChildProcess.find(name, in: Self.folders) else { return nil }
    self.path = path
  }

  /// Runs it in the calling thread's namespaces and waits for its end. Nothing of its standard error may get into an
  /// answer.
  func run(_ arguments: [String]) throws(KernelError) -> ChildProcess.Result {
    let process = ChildProcess(
      path: path, arguments: arguments,
      // Words as programmers read them, whatever the user's language.
      environment: ["PATH=\(Self.folders.joined(separator: ":"))", "LC_ALL=C"],
      // More than any of them prints of what a trace has read.
      largestOutput: 1 << 30)
    do throws(ChildProcess.Failure) {
      return try process.run()
    } catch .notStarted(let code) {
      throw KernelError(errno: code, reading: path)
    } catch {
      throw .unavailable("\(path) prints far too much")
    }
  }
}

import TestSupport

#if canImport(Glibc)
  import Glibc
#endif

/// A process that listens on a unix socket as a container runtime does, one of the scripts in Tests/Support/pods.
struct RuntimeSocket {
  let path: String
  private let process: String

  /// One that does not answer as it should: broken-socket.py.
  init(broken kind: String, in folder: String, name: String = "broken.sock") throws {
    try self.init("broken-socket.py", "\(folder)/\(name)", kind)
  }

  /// docker's API, of the containers that a file has: docker-api.py.
  init(dockerOf file: String, in folder: String) throws {
    try self.init("docker-api.py", "\(folder)/docker.sock", file)
  }

  /// A container runtime with what a file has: cri-server.py.
  init(criOf file: String, in folder: String) throws {
    try self.init("cri-server.py", "\(folder)/cri.sock", file)
  }

  private init(_ script: String, _ path: String, _ argument: String) throws {
    self.path = path
    let folder = "\(#filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 })/Support/pods"
    let command = "\"$0\" \"$1\" \"$2\" </dev/null >/dev/null 2>&1 & echo $!"
    process = String(try runTool(["sh", "-c", command, "\(folder)/\(script)", path, argument]).text.dropLast())
    for _ in 0..<1500 where access(path, F_OK) != 0 { usleep(20_000) }
    guard access(path, F_OK) == 0 else { throw SetupError("\(script) does not listen") }
  }

  func stop() { _ = try? runTool(["kill", process]) }
}

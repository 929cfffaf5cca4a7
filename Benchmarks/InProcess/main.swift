// in-process trace ADDRESS COUNT | veth PID COUNT: asks the same question COUNT times in one process, so that the start
// of a program is no part of what is measured.
import Inspect

#if canImport(Glibc)
  import Glibc
#endif

let arguments = CommandLine.arguments
guard arguments.count == 4, let count = Int(arguments[3]) else {
  fatalError("in-process trace ADDRESS COUNT | veth PID COUNT")
}
switch arguments[1] {
case "trace":
  let request = TraceRequest(target: try TraceTarget(arguments[2]))
  var endpoints = 0
  for _ in 0..<count {
    let trace = try ServiceTracer.trace(request, LiveNode())
    endpoints += trace.frontends.reduce(0) { $0 + $1.endpoints.count }
  }
  guard endpoints > 0, endpoints % count == 0 else { fatalError("\(endpoints) endpoints in \(count) answers") }
case "veth":
  guard let pid = Int32(arguments[2]) else { fatalError("no process id: \(arguments[2])") }
  var sources = PodSources()
  sources.runtimes = []
  if let logs = getenv("KPX_POD_LOGS") { sources.logs = String(cString: logs) }
  let finder = PodFinder(sources, withDetails: false)
  var interfaces = 0
  for _ in 0..<count { interfaces += try finder.find(.process(pid)).pods.reduce(0) { $0 + $1.interfaces.count } }
  guard interfaces == count else { fatalError("\(interfaces) interfaces in \(count) answers") }
default: fatalError("\(arguments[1])?")
}

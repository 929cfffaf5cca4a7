// pod-bench PID COUNT: finds the pod of a process COUNT times in one process.
import Inspect

#if canImport(Glibc)
  import Glibc
#endif

let arguments = CommandLine.arguments
guard arguments.count == 3, let pid = Int32(arguments[1]), let count = Int(arguments[2]) else {
  fatalError("pod-bench PID COUNT")
}
var sources = PodSources()
sources.runtimes = []
if let logs = getenv("KPX_POD_LOGS") { sources.logs = String(cString: logs) }
let finder = PodFinder(sources, withDetails: false)
var interfaces = 0
for _ in 0..<count { interfaces += try finder.find(.process(pid)).pods.reduce(0) { $0 + $1.interfaces.count } }
guard interfaces == count else { fatalError("\(interfaces) interfaces in \(count) answers") }

import ArgumentParser
import CSys
import Glibc
import Inspect

/// `kpx exec`
struct ExecCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exec",
    abstract: "Run a program of this node in a pod's network namespace.",
    discussion: """
      The program replaces kpx: terminal, signals, standard streams and exit status are its own. Only the network is the \
      pod's, and /sys, which shows it; other files, processes and users are the node's. The program keeps the capabilities that are needed to inspect a \
      network (see the manual page); --keep-privileges keeps all.
      """
  )

  @Argument(
    help: ArgumentHelp("POD, NAMESPACE/POD, an interface, an address, an id or a process id", valueName: "pod"))
  var target: String

  @Argument(
    parsing: .postTerminator, help: ArgumentHelp("The program and its arguments, after --", valueName: "command"))
  var command: [String] = []

  @Option(name: .shortAndLong, help: "The pod's namespace, if the argument names none (default: all)")
  var namespace: String?

  @Flag(help: "Use the pod's /etc/resolv.conf")
  var mountResolv = false

  @Flag(help: "Keep all capabilities")
  var keepPrivileges = false

  @Option(
    help: ArgumentHelp(
      "The node's network namespace, if kpx runs in another one: a name, path or process id", valueName: "name|path|pid"
    ),
    completion: .directory)
  var netns: String?

  @OptionGroup(title: "Where pods are looked for") var pods: PodOptions

  func validate() throws {
    if command.isEmpty { throw ValidationError("Missing a program to run: kpx exec POD -- PROGRAM …") }
  }

  func run() throws {
    do {
      let pod = try find()
      try enter(pod.sandbox)
      for remark in pod.remarks { write("note: \(printable(remark))\n", to: STDERR_FILENO) }
    } catch {
      throw Failure(error)
    }
    throw execute()
  }

  private func find() throws -> ChosenPod {
    let target = try PodTarget(target, namespace: namespace)
    try Privileges.checkForPods()
    return try pods.session(netns: netns).pod(target, pods.sources)
  }

  private func enter(_ sandbox: PodSandbox) throws {
    let name = (sandbox.name?.value).map { "\($0)" } ?? target
    let resolver = mountResolv ? try PodResolver(sandbox, name: name) : nil
    let hasOwnMounts = try separateMounts(isNeeded: resolver != nil)
    if sandbox.isHostNetwork?.value == true {
      // A pod on the node's network is in the node's namespace.
      try NetworkNamespace(netns ?? "/proc/self/ns/net").enter()
    } else if let reference = sandbox.namespace?.value {
      try NetworkNamespace(reference).enter()
    } else {
      throw Failure("the network namespace of \(name) is gone or not known", .unavailable)
    }
    if hasOwnMounts { showNetworkInSys() }
    try resolver?.mount()
    if !keepPrivileges { try Privileges.keepThoseForTools() }
  }

  /// Mounts from here on are for this process alone, and for what it becomes.
  /// - Parameter isNeeded: whether it is an error where that cannot be.
  private func separateMounts(isNeeded: Bool) throws -> Bool {
    let failure = csys_unshare_mounts()
    if failure == 0 { return true }
    let reason = String(cString: strerror(failure))
    if isNeeded {
      throw Failure("cannot make a mount namespace: \(reason)", failure == EPERM ? .permission : .unavailable)
    }
    write("note: /sys shows the node's interfaces: no mount namespace: \(reason)\n", to: STDERR_FILENO)
    return false
  }

  /// What is below /sys/class/net is that of the network namespace that a sysfs was mounted in, and eth0 is on both sides.
  private func showNetworkInSys() {
    let failure = csys_mount_sysfs()
    guard failure != 0 else { return }
    write("note: /sys shows the node's interfaces: \(String(cString: strerror(failure)))\n", to: STDERR_FILENO)
  }

  /// Becomes the program; returns only why it could not, with the status that a shell gives.
  private func execute() -> any Error {
    var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) }
    arguments.append(nil)
    execvp(command[0], arguments)
    let code = errno
    write("kpx: cannot run \(printable(command[0])): \(String(cString: strerror(code)))\n", to: STDERR_FILENO)
    return ExitCode(code == ENOENT ? 127 : 126)
  }
}

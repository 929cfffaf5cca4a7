import ArgumentParser
import CSys
import Glibc
import Inspect

/// `kpx exec`
struct ExecCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exec",
    abstract: "Run a program of this node in a pod's network.",
    usage: "kpx exec [<options>] <pod> -- <command> ...",
    discussion: """
      The program runs in the pod's network namespace, with the files, processes and users of this node. It keeps the \
      capabilities that are needed to inspect a network; --keep-privileges keeps all.

      EXAMPLES:
        # Who listens in the pod
        sudo kpx exec yaobank/summary-q76fmgv48-vdcms -- ss -tlnp
        # The routes of the only pod whose name begins so
        sudo kpx exec deploy/summary -n yaobank -- ip route
      """
  )

  @Argument(
    help: ArgumentHelp(
      "POD, NAMESPACE/POD, deploy/NAME, the beginning of a name, an interface, an address, an id or a process id",
      valueName: "pod"),
    completion: NameCompletion.podsOfNode)
  var target: String

  @Argument(
    parsing: .postTerminator, help: ArgumentHelp("The program and its arguments", valueName: "command"))
  var command: [String] = []

  // What fingers type that know kubectl: streams are kpx's own as they are, and all containers of a pod share its network.
  @Flag(name: [.customShort("i"), .long], help: .hidden)
  var stdin = false

  @Flag(name: [.customShort("t"), .long], help: .hidden)
  var tty = false

  @Option(name: .shortAndLong, help: .hidden)
  var container: String?

  @Option(
    name: .shortAndLong, help: "Namespace (default: all)",
    completion: NameCompletion.namespacesOfNode)
  var namespace: String?

  @Flag(help: "Use the pod's /etc/resolv.conf")
  var mountResolv = false

  @Flag(help: "Keep all capabilities")
  var keepPrivileges = false

  @Option(
    help: ArgumentHelp(
      "The node's network namespace, if kpx runs in another one: a name, path or process id", valueName: "name|path|pid"
    ),
    completion: NameCompletion.networkNamespaces)
  var netns: String?

  @OptionGroup var pods: PodOptions

  func validate() throws {
    if command.isEmpty { throw ValidationError("Missing a program to run: kpx exec POD -- PROGRAM") }
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

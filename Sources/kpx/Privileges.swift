import CSys
import Glibc

/// What reading the kernel's tables needs.
enum Privileges {
  static let advice = "run it as root: sudo kpx ..."

  /// CAP_NET_ADMIN for the tables, CAP_NET_RAW for the socket that they are asked by (linux/capability.h).
  private static let needed: [(number: Int32, name: String)] = [(12, "CAP_NET_ADMIN"), (13, "CAP_NET_RAW")]

  /// CAP_SYS_PTRACE for the namespaces of other users' processes, CAP_SYS_ADMIN to enter them.
  private static let neededForPods: [(number: Int32, name: String)] = [(19, "CAP_SYS_PTRACE"), (21, "CAP_SYS_ADMIN")]

  /// - Throws: `Failure` naming each capability that is missing.
  static func check() throws { try check(needed, for: "reading the kernel's packet filter") }

  /// What looking into pods' network namespaces needs.
  /// - Throws: `Failure` naming each capability that is missing.
  static func checkForPods() throws {
    let purpose = "looking into pods' network namespaces"
    try check(neededForPods, for: purpose)
    guard isOfNode else {
      let names = neededForPods.map(\.name).joined(separator: " and ")
      throw Failure(
        "\(purpose) needs \(names) over the node's processes, and this process has them in a user namespace of its own; "
          + advice, .permission)
    }
  }

  /// PROC_USER_INIT_INO: the user namespace that the kernel started with.
  private static let initialUserNamespace: UInt64 = 0xEFFF_FFFD

  /// Whether capabilities are such over the node's processes, of which the first stands for all: in a user namespace of
  /// one's own they are not. A node may be in one itself, as with rootless containers.
  private static var isOfNode: Bool {
    var own = stat()
    var first = stat()
    return stat("/proc/self/ns/user", &own) == 0 && own.st_ino == initialUserNamespace
      || stat("/proc/1/ns/net", &first) == 0
  }

  /// What this process lacks of all that any command needs.
  static var missing: [String] { missing(of: needed + neededForPods) }

  private static func missing(of needed: [(number: Int32, name: String)]) -> [String] {
    needed.filter { csys_has_capability($0.number) == 0 }.map(\.name)
  }

  private static func check(_ needed: [(number: Int32, name: String)], for purpose: String) throws {
    let missing = missing(of: needed)
    guard missing.isEmpty else {
      throw Failure(
        "\(purpose) needs \(missing.joined(separator: " and ")), which this process lacks; " + advice, .permission)
    }
  }
}

extension Privileges {
  /// What a tool needs that looks at a network, names the programs behind sockets (`ss -p`), captures packets, changes
  /// interfaces, takes another user's identity (as tcpdump does) or reads and writes files as root does. What would lead out
  /// of the namespace again by mistake is not among them: CAP_SYS_ADMIN, CAP_SYS_MODULE, CAP_SYS_CHROOT, CAP_MKNOD, CAP_BPF
  /// and the rest (linux/capability.h). Who means to get out does: this is root.
  private static let keptForTools: [Int32] = [
    0,  // CAP_CHOWN
    1,  // CAP_DAC_OVERRIDE
    2,  // CAP_DAC_READ_SEARCH
    3,  // CAP_FOWNER
    5,  // CAP_KILL
    6,  // CAP_SETGID
    7,  // CAP_SETUID
    10,  // CAP_NET_BIND_SERVICE
    11,  // CAP_NET_BROADCAST
    12,  // CAP_NET_ADMIN
    13,  // CAP_NET_RAW
    14,  // CAP_IPC_LOCK
    19,  // CAP_SYS_PTRACE
  ]

  /// Gives the others up, for this process and what it becomes.
  static func keepThoseForTools() throws {
    let failure = csys_keep_capabilities(keptForTools.reduce(0) { $0 | 1 << UInt64($1) })
    guard failure == 0 else {
      throw Failure("cannot give up capabilities: \(String(cString: strerror(failure)))", .permission)
    }
  }
}

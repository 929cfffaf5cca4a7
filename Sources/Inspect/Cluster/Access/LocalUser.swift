import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// A user of this node, in whose name files are read and programs are run.
struct LocalUser: Sendable, Hashable {
  var user: UInt32
  var group: UInt32
  /// All groups of which the user is a member.
  var groups: [UInt32]
  var name: String
  var home: String

  /// By number. One that the node has no name for is a member of nothing.
  init(_ number: UInt32) {
    user = number
    // nogroup: a file's group would be a right that its owner need not have.
    group = 65534
    groups = []
    name = "user \(number)"
    home = "/"
    var entry = passwd()
    var found: UnsafeMutablePointer<passwd>?
    var buffer = [CChar](repeating: 0, count: 1 << 14)
    buffer.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress, getpwuid_r(number, &entry, start, buffer.count, &found) == 0, found != nil,
        let name = entry.pw_name, let home = entry.pw_dir
      else { return }
      group = entry.pw_gid
      groups = Self.groups(of: name, besides: entry.pw_gid)
      self.name = String(cString: name)
      self.home = String(cString: home)
    }
  }

  /// NGROUPS_MAX, what the kernel takes.
  private static let mostGroups: Int32 = 65536

  private static func groups(of name: UnsafePointer<CChar>, besides group: UInt32) -> [UInt32] {
    var count: Int32 = 64
    while count <= mostGroups {
      var groups = [UInt32](repeating: 0, count: Int(count))
      let room = count
      if getgrouplist(name, group, &groups, &count) >= 0 { return Array(groups.prefix(Int(count))) }
      // It says how many there are.
      count = max(count, room * 2)
    }
    return [group]
  }

  /// Runs `body` with this user's rights to files and no others, on a thread that ends with it: for the kernel, who reads a
  /// file is a thread's (setfsuid).
  func run<Value: Sendable>(_ body: @Sendable @escaping () throws -> Value) throws -> Value {
    let (user, group, groups) = (user, group, groups)
    return try OwnThread.run {
      let failure = csys_read_as(user, group, groups.count, groups)
      guard failure == 0 else { throw FileError.system(errno: failure) }
      return try body()
    }
  }
}

import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// The counters that programs have made for rules with `-m nfacct`, of the network namespace that the calling thread is in.
enum NFAcctReader {
  /// Their names; none where the kernel has no part for them, or has not loaded it. Reading does not set them to zero.
  static func names() throws(KernelError) -> [String] {
    guard KernelModule.nfnetlinkAcct.isPresent else { return [] }
    let request = NetlinkRequest.netfilter(
      subsystem: NFNL_SUBSYS_ACCT, command: UInt32(NFNL_MSG_ACCT_GET.rawValue), flags: NLM_F_DUMP,
      reading: "nfacct's counters")
    do throws(KernelError) {
      return try NetlinkSockets(NETLINK_NETFILTER, reading: "nfacct's counters").list(request) {
        message throws(KernelError) in
        // struct nfgenmsg
        try message.attributes(of: "nfacct's counter", after: 4).first(Int(NFACCT_NAME.rawValue))?.string
      }
    } catch .refused(_, let code, _) where code == EINVAL || code == EOPNOTSUPP {
      // No such subsystem.
      return []
    }
  }
}

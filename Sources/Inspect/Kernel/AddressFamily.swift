#if canImport(Glibc)
  import Glibc
#endif

extension IPFamily {
  /// By AF_INET or AF_INET6, which are NFPROTO_IPV4 and NFPROTO_IPV6 too; nil for another.
  init?(number: UInt8) {
    switch Int32(number) {
    case IPFamily.v4.addressFamily: self = .v4
    case IPFamily.v6.addressFamily: self = .v6
    default: return nil
    }
  }
}

/// Values below /proc/sys, of the network namespace that the calling thread is in.
enum Sysctl {
  /// A value without its line's end, by its path (`net/ipv4/ip_forward`: names of interfaces may have dots in them); nil
  /// if there is none, or if it may not be read.
  static func read(_ path: String) -> String? {
    NodeFile.read("/proc/sys/\(path)", limit: 4096).map { String(decoding: $0, as: UTF8.self).trimmed }
  }
}

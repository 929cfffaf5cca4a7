/// Whose network namespace it is, by an address in it and what is on the node's disk of pods that had the address. An address
/// is handed out again, and the files of a pod that has ended stay for a while.
enum AddressOwner: Sendable, Hashable {
  case pod(String)
  /// Nothing tells which of them.
  case anyOf([String])
  case nobody

  /// - Parameters:
  ///   - holders: pods that had the address.
  ///   - leased: the pod that host-local gave it to; nil if it did not, or its lease names no known pod.
  ///   - isTaken: whether a pod is known to be elsewhere.
  ///   - hasEnded: whether a pod is known to have ended.
  init(
    _ holders: [KubeletFiles.Holder], leased: String?, isTaken: (String) -> Bool, hasEnded: (String) -> Bool
  ) {
    if let leased, !isTaken(leased) {
      self = .pod(leased)
      return
    }
    let free = holders.filter { !isTaken($0.uid) }
    let living = free.filter { !hasEnded($0.uid) }
    // Who got an address later had its hosts file written later.
    let possible = living.isEmpty ? free : living
    let last = possible.map(\.time).max()
    let uids = Set(possible.filter { $0.time == last }.map(\.uid)).sorted()
    switch uids.count {
    case 0: self = .nobody
    case 1: self = .pod(uids[0])
    default: self = .anyOf(uids)
    }
  }
}

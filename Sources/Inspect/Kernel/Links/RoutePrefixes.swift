/// The prefixes that routes and routing rules speak of: addresses that are in the same of them have the same route.
///
/// Two prefixes are nested or apart, so that the innermost that holds an address tells all that do.
struct RoutePrefixes {
  /// By length, the longest first.
  private var byLength: [(length: Int, addresses: Set<IPAddress>)] = []

  init(_ prefixes: some Sequence<IPPrefix>) {
    let grouped = Dictionary(grouping: prefixes, by: \.length)
    byLength = grouped.sorted { $0.key > $1.key }.map { (length: $0.key, addresses: Set($0.value.map(\.address))) }
  }

  /// The innermost prefix that holds an address; the one of all addresses where no other does.
  func innermost(of address: IPAddress) -> IPPrefix {
    for (length, addresses) in byLength {
      let first = address & .mask(length, address.family)
      if addresses.contains(first) { return IPPrefix(first, length: length) }
    }
    return IPPrefix(.any(address.family), length: 0)
  }
}

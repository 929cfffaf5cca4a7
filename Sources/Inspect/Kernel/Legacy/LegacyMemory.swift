import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// Memory for one answer to IPT_SO_GET_ENTRIES, struct ipt_get_entries: fresh pages, which nobody fills with zeros
/// first.
final class LegacyMemory {
  let bytes: UnsafeMutableRawBufferPointer

  init?(size: Int) {
    guard size > 0 else {
      bytes = UnsafeMutableRawBufferPointer(start: nil, count: 0)
      return
    }
    let pages = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let pages, pages != MAP_FAILED else { return nil }
    bytes = UnsafeMutableRawBufferPointer(start: pages, count: size)
  }

  deinit {
    if let start = bytes.baseAddress { munmap(start, bytes.count) }
  }
}

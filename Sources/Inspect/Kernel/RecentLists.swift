#if canImport(Glibc)
  import Glibc
#endif

/// What `-m recent` remembers in the network namespace that the calling thread is in.
enum RecentLists {
  private static let folder = "/proc/thread-self/net/xt_recent"

  /// The list of a name; nil if there is none, or if it may not be read.
  static func read(_ name: String) -> RecentList? {
    guard !name.contains("/"), let now = Ticks.now else { return nil }
    var ages: [Int] = []
    var isOdd = false
    let isRead = NodeFile.contains("\(folder)/\(name)") { line in
      guard let stamp = stamp(String(decoding: line, as: UTF8.self)), let age = now.seconds(since: stamp) else {
        isOdd = true
        return true
      }
      ages.append(age)
      return false
    }
    return isRead == nil || isOdd ? nil : RecentList(ages: ages.sorted(), limit: limit)
  }

  /// Those of the names that begin so.
  static func all(_ prefix: String) -> [String: RecentList] {
    let names = (NodeFile.names(in: folder) ?? []).filter { $0.hasPrefix(prefix) }
    return names.reduce(into: [:]) { $0[$1] = read($1) }
  }

  /// A line is `src=10.0.0.1 ttl: 64 last_seen: 4304064997 oldest_pkt: 2 4304064990, 4304064997` (recent_seq_show).
  static func stamp(_ line: String) -> UInt64? {
    let words = line.split(separator: " ")
    guard words.first?.hasPrefix("src=") == true, let place = words.firstIndex(of: "last_seen:"),
      place + 1 < words.endIndex
    else { return nil }
    return UInt64(words[place + 1])
  }

  private static var limit: Int? {
    NodeFile.read("/sys/module/xt_recent/parameters/ip_list_tot", limit: 64)
      .flatMap { Int(String(decoding: $0, as: UTF8.self).trimmed) }
  }
}

/// The kernel's count of ticks (jiffies), which no file tells by itself.
struct Ticks {
  let count: UInt64
  /// CONFIG_HZ.
  let perSecond: UInt64

  /// At the start they are at five minutes before 2^32 (INITIAL_JIFFIES), and then go with CLOCK_MONOTONIC. A coarse clock's
  /// resolution is one tick.
  static var now: Ticks? {
    var (tick, time) = (timespec(), timespec())
    guard clock_getres(CLOCK_MONOTONIC_COARSE, &tick) == 0, tick.tv_sec == 0, tick.tv_nsec > 0,
      clock_gettime(CLOCK_MONOTONIC, &time) == 0
    else { return nil }
    let perSecond = UInt64((1e9 / Double(tick.tv_nsec)).rounded())
    let nanoseconds = UInt64(time.tv_nsec) * perSecond / 1_000_000_000
    return Ticks(
      count: (1 << 32) - 300 * perSecond + UInt64(time.tv_sec) * perSecond + nanoseconds, perSecond: perSecond)
  }

  /// nil of a time to come, beyond what the clocks may differ by.
  func seconds(since stamp: UInt64) -> Int? {
    guard stamp <= count + 10 * perSecond else { return nil }
    return stamp >= count ? 0 : Int((count - stamp) / perSecond)
  }
}

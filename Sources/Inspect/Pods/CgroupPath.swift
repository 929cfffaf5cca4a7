/// The pod that a process belongs to, by the name of its cgroup.
///
/// Both drivers of the kubelet, both versions of cgroups, and anything in front: a node may itself be a container.
public struct CgroupPod: Sendable, Hashable {
  /// With hyphens; a static pod's may be 32 hexadecimal digits without.
  public var uid: String
  /// Of the pod's container; nil for what is in the pod's own cgroup.
  public var container: String?

  /// Looks for a pod in the text of /proc/PID/cgroup; nil if the process is in none.
  public init?(_ text: String) { self.init(bytes: Array(text.utf8)) }

  /// The same, for many: no text is made of lines that name no pod.
  init?(bytes: [UInt8]) {
    for line in bytes.split(separator: UInt8(ascii: "\n")) where Self.namesPods(line) || Self.isRelative(line) {
      // ID:CONTROLLERS:PATH
      let fields = line.split(separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3, let pod = CgroupPod(path: fields[2]) else { continue }
      self = pod
      return
    }
    return nil
  }

  /// Whether `kubepods` is in it: both drivers have it in all paths of pods.
  private static func namesPods(_ line: ArraySlice<UInt8>) -> Bool {
    // Eight letters: one number.
    let word = "kubepods".utf8.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return line.withUnsafeBytes { bytes in
      guard bytes.count >= 8 else { return false }
      return (0...bytes.count - 8).contains {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt64.self)) == word
      }
    }
  }

  /// Whether its path begins above the cgroup namespace of the process that asks, as in a pod with one of its own: what of
  /// the path both share, `kubepods` too, is left out.
  private static func isRelative(_ line: ArraySlice<UInt8>) -> Bool {
    let start = ":/..".utf8.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    return line.withUnsafeBytes { bytes in
      guard bytes.count >= 4 else { return false }
      return (0...bytes.count - 4).contains {
        UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt32.self)) == start
      }
    }
  }

  /// By bytes: a node has thousands of paths, and characters cost more than all else of a scan.
  private init?(path: ArraySlice<UInt8>) {
    let parts = path.split { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: ":") }
    // The innermost: a node in a container of another node's pod has its own pods below.
    for place in parts.indices.reversed() {
      guard let uid = Self.uid(in: parts[place]) else { continue }
      let below = parts[(place + 1)...]
      // A monitor of CRI-O's stands beside the containers and is none.
      if below.contains(where: { $0.starts(with: "crio-conmon-".utf8) }) { return nil }
      self.uid = uid
      container = below.lazy.compactMap { Self.container(in: $0) }.first
      return
    }
    return nil
  }

  /// `podUID`, `kubepods-burstable-podUID.slice`
  private static func uid(in part: ArraySlice<UInt8>) -> String? {
    var text = part
    if text.hasSuffix(".slice") {
      text = text.dropLast(6)
      guard let start = text.indices.last(where: { text[$0...].starts(with: "-pod".utf8) }) else { return nil }
      text = text[(start + 4)...]
    } else {
      guard text.starts(with: "pod".utf8) else { return nil }
      text = text.dropFirst(3)
    }
    guard text.count == 32 || text.count == 36 else { return nil }
    let uid = String(
      decoding: text.map { $0 == UInt8(ascii: "_") ? UInt8(ascii: "-") : $0 }, as: UTF8.self)
    return isUID(uid) ? uid : nil
  }

  /// `cri-containerd-ID.scope`, `crio-ID.scope`, `docker-ID.scope`, `ID`
  private static func container(in part: ArraySlice<UInt8>) -> String? {
    var text = part
    if text.hasSuffix(".scope") { text = text.dropLast(6) }
    if let hyphen = text.lastIndex(of: UInt8(ascii: "-")) { text = text[(hyphen + 1)...] }
    return text.count == 64 && text.allSatisfy(\.isHexDigit) ? String(decoding: text, as: UTF8.self) : nil
  }

  /// A UUID, or the hash that a static pod has for one.
  static func isUID(_ text: String) -> Bool {
    let length = text.utf8.count
    if length == 32 { return text.utf8.allSatisfy(\.isHexDigit) }
    guard length == 36 else { return false }
    for (place, byte) in text.utf8.enumerated() {
      let isHyphen = place == 8 || place == 13 || place == 18 || place == 23
      guard isHyphen ? byte == UInt8(ascii: "-") : byte.isHexDigit else { return false }
    }
    return true
  }
}

extension ArraySlice<UInt8> {
  fileprivate func hasSuffix(_ text: StaticString) -> Bool {
    text.withUTF8Buffer { suffix(text.utf8CodeUnitCount).elementsEqual($0) }
  }
}

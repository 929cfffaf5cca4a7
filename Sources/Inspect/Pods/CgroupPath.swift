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
    for line in bytes.split(separator: UInt8(ascii: "\n")) where Self.namesPods(line) {
      // ID:CONTROLLERS:PATH
      let fields = line.split(separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3, let pod = CgroupPod(path: String(decoding: fields[2], as: UTF8.self)) else { continue }
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

  private init?(path: some StringProtocol) {
    let parts = path.split { $0 == "/" || $0 == ":" }
    // The innermost: a node in a container of another node's pod has its own pods below.
    guard let place = parts.lastIndex(where: { Self.uid(in: $0) != nil }), let uid = Self.uid(in: parts[place]) else {
      return nil
    }
    self.uid = uid
    container = parts[(place + 1)...].lazy.compactMap { Self.container(in: $0) }.first
    // A monitor of CRI-O's stands beside the containers and is none.
    if parts.dropFirst(place + 1).contains(where: { $0.hasPrefix("crio-conmon-") }) { return nil }
  }

  /// `podUID`, `kubepods-burstable-podUID.slice`
  private static func uid(in part: some StringProtocol) -> String? {
    var text = String(part)
    if text.hasSuffix(".slice") {
      guard let start = text.ranges(of: "-pod").last?.upperBound else { return nil }
      text = String(text[start...].dropLast(6))
    } else {
      guard text.hasPrefix("pod") else { return nil }
      text = String(text.dropFirst(3))
    }
    if text.utf8.contains(UInt8(ascii: "_")) {
      text = String(decoding: text.utf8.map { $0 == UInt8(ascii: "_") ? UInt8(ascii: "-") : $0 }, as: UTF8.self)
    }
    return isUID(text) ? text : nil
  }

  /// `cri-containerd-ID.scope`, `crio-ID.scope`, `docker-ID.scope`, `ID`
  private static func container(in part: some StringProtocol) -> String? {
    var text = Substring(part)
    if text.hasSuffix(".scope") { text = text.dropLast(6) }
    if let hyphen = text.lastIndex(of: "-") { text = text[text.index(after: hyphen)...] }
    return text.utf8.count == 64 && text.utf8.allSatisfy(\.isHexDigit) ? String(text) : nil
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

extension UInt8 {
  /// 0 to 9, a to f in either case.
  var isHexDigit: Bool { (0x30...0x39).contains(self) || (0x61...0x66).contains(self | 0x20) }
}

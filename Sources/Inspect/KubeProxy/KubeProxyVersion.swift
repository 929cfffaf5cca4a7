/// A release of kube-proxy.
public struct KubeProxyVersion: Sendable, Hashable, Comparable {
  /// 1.
  public var major: Int
  /// What decides how kube-proxy behaves.
  public var minor: Int
  /// Corrections.
  public var patch: Int

  /// The oldest release whose rules kpx knows.
  public static let oldest = KubeProxyVersion(1, 14)
  /// The newest release whose rules kpx knows. Later ones are taken to behave alike.
  public static let newest = KubeProxyVersion(1, 36)

  /// A release.
  public init(_ major: Int, _ minor: Int, _ patch: Int = 0) {
    self.major = major
    self.minor = minor
    self.patch = patch
  }

  /// Reads `v1.34.9`, `1.34` or `v1.30.3-eks-abc`; nil if it is no version.
  public init?(_ text: String) {
    let numbers = text.drop { $0 == "v" }.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let rest = text.drop { $0 == "v" }.dropFirst(numbers.count)
    let parts = numbers.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
    guard text.prefix(while: { $0 == "v" }).count <= 1, rest.first.map({ "-+".contains($0) }) ?? true else {
      return nil
    }
    guard (2...3).contains(parts.count), let major = parts[0], let minor = parts[1] else { return nil }
    guard let patch = parts.count == 3 ? parts[2] : 0 else { return nil }
    self.init(major, minor, patch)
  }

  /// By major, minor and patch number.
  public static func < (left: KubeProxyVersion, right: KubeProxyVersion) -> Bool {
    (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
  }
}

extension KubeProxyVersion: CustomStringConvertible {
  /// As kube-proxy says it: `v1.34.9`.
  public var description: String { "v\(major).\(minor).\(patch)" }
}

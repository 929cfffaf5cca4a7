/// A selector of labels as kubectl takes it: `role=worker,zone!=a,gpu,!old,tier in (a,b)`.
public struct LabelSelector: Sendable, Hashable {
  private enum Requirement: Sendable, Hashable {
    case exists(String)
    case isMissing(String)
    case isOneOf(String, Set<String>)
    /// Also where there is no such label.
    case isNoneOf(String, Set<String>)
  }

  private var requirements: [Requirement] = []

  /// - Throws: `TargetError`, with what is wrong.
  public init(_ text: String) throws(TargetError) {
    for part in text.items(groupedBy: ("(", ")")).map(\.trimmed) {
      guard let requirement = Self.requirement(part) else {
        throw TargetError(
          "\(text): '\(part)' is none of KEY, !KEY, KEY=VALUE, KEY!=VALUE, KEY in (A,B) and KEY notin (A,B)")
      }
      requirements.append(requirement)
    }
  }

  /// Whether an object with these labels is meant.
  public func selects(_ labels: [String: String]) -> Bool {
    requirements.allSatisfy { requirement in
      switch requirement {
      case .exists(let key): labels[key] != nil
      case .isMissing(let key): labels[key] == nil
      case .isOneOf(let key, let values): labels[key].map(values.contains) ?? false
      case .isNoneOf(let key, let values): !(labels[key].map(values.contains) ?? false)
      }
    }
  }

  private static func requirement(_ part: String) -> Requirement? {
    if part.hasSuffix(")"), let open = part.firstIndex(of: "(") {
      let words = part[..<open].split(separator: " ").map(String.init)
      let values = part[part.index(after: open)...].dropLast().split(separator: ",").map { String($0).trimmed }
      guard words.count == 2, isKey(words[0]), !values.isEmpty else { return nil }
      return words[1] == "in"
        ? .isOneOf(words[0], Set(values)) : words[1] == "notin" ? .isNoneOf(words[0], Set(values)) : nil
    }
    guard let equals = part.firstIndex(of: "=") else {
      let isNegated = part.hasPrefix("!")
      let key = isNegated ? String(part.dropFirst()).trimmed : part
      return isKey(key) ? isNegated ? .isMissing(key) : .exists(key) : nil
    }
    let isNegated = part[..<equals].hasSuffix("!")
    let key = String(part[..<equals].dropLast(isNegated ? 1 : 0)).trimmed
    let rest = part[part.index(after: equals)...]
    let value = String(rest.hasPrefix("=") ? rest.dropFirst() : rest).trimmed
    guard isKey(key), !value.contains("=") else { return nil }
    return isNegated ? .isNoneOf(key, [value]) : .isOneOf(key, [value])
  }

  private static func isKey(_ text: String) -> Bool {
    !text.isEmpty && text.allSatisfy { $0.isLetter || $0.isNumber || "-_./".contains($0) }
  }
}

/// The kernel's ipsets, as a node answers for them.
///
/// To be used on threads of one network namespace.
public final class LiveSets: IPSets {
  private var reader: IPSetReader??
  private var answers: [Question: [IPPrefix]?] = [:]

  /// Nothing is read until a set is asked.
  public init() {}

  /// Whether there are sets to ask.
  public var isAvailable: Bool { open() != nil }

  /// Whether a set holds an element; nil if that cannot be told here.
  public func holds(_ match: SetMatch, family: IPFamily, element: SetElement) throws -> Bool? {
    guard let reader = open() else { return nil }
    return try reader.matches(match, family: family, packet: element)
  }

  /// The addresses of members that fit all that is known of an element, at the one dimension of a match that is an
  /// address and not known; nil if that cannot be told.
  public func addresses(
    in match: SetMatch, family: IPFamily, completing element: SetElement
  ) throws -> [IPPrefix]? {
    let question = Question(match: match, family: family, element: element)
    if let known = answers[question] { return known }
    guard let reader = open() else { return nil }
    let answer = try reader.addresses(in: match, family: family, completing: element)
    answers[question] = .some(answer)
    return answer
  }

  private struct Question: Hashable {
    let match: SetMatch
    let family: IPFamily
    let element: SetElement
  }

  private func open() -> IPSetReader? {
    if let reader { return reader }
    let made = try? IPSetReader()
    reader = .some(made)
    return made
  }
}

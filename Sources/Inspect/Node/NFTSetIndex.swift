/// What is known of a key: some of its bytes.
public struct NFTKeyPart: Sendable, Hashable {
  /// Where in the key they are.
  public var place: Range<Int>
  /// As many bytes as the place has.
  public var bytes: [UInt8]
}

/// The elements of a set or map, found by their keys or by what is known of these.
///
/// A set of a node's services and endpoints has thousands of elements, and each frontend is for one of them: to pass through
/// all each time would take the square of their number.
final class NFTSetIndex {
  /// In their order.
  let elements: [NFTSetElement]
  /// Places of elements of one key each.
  private var single: [[UInt8]: Int] = [:]
  /// Places of those of a range, and of that for all other keys.
  private var others: [Int] = []
  private let set: NFTSet
  /// Places of elements of one key each, by the bytes that they have at some places.
  private var byParts: [[Range<Int>]: [[UInt8]: [Int]]] = [:]

  init(_ elements: [NFTSetElement], of set: NFTSet) {
    self.elements = elements
    self.set = set
    single.reserveCapacity(elements.count)
    for (place, element) in elements.enumerated() {
      // What has another length than it should have is for whoever asks to judge.
      if element.isCatchAll || element.upperKey != nil || element.key.count != set.keyLength
        || single[element.key] != nil
      {
        others.append(place)
      } else {
        single[element.key] = place
      }
    }
  }

  /// The element that holds a key: the first that does, else the one for all others.
  func element(for key: [UInt8]) -> NFTSetElement? {
    let fields = set.keyFields
    let inRange = others.first { !elements[$0].isCatchAll && elements[$0].contains(key, fields: fields) }
    if let place = [single[key], inRange].compactMap(\.self).min() { return elements[place] }
    return others.first { elements[$0].isCatchAll }.map { elements[$0] }
  }

  /// In order, the elements that keys with some known bytes may find; some that they do not find may be among them.
  func elements(having parts: [NFTKeyPart]) -> [NFTSetElement] {
    guard !parts.isEmpty, parts.allSatisfy({ $0.place.upperBound <= set.keyLength }) else { return elements }
    let own = index(parts.map(\.place))[parts.flatMap(\.bytes)] ?? []
    if others.isEmpty { return own.map { elements[$0] } }
    return (own + others).sorted().map { elements[$0] }
  }

  private func index(_ places: [Range<Int>]) -> [[UInt8]: [Int]] {
    if let known = byParts[places] { return known }
    var index: [[UInt8]: [Int]] = [:]
    for place in elements.indices {
      let key = elements[place].key
      guard single[key] == place else { continue }
      index[places.flatMap { key[$0] }, default: []].append(place)
    }
    byParts[places] = index
    return index
  }
}

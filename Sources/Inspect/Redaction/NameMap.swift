/// Gives each name another one, by a key, and remembers which it stands for.
final class NameMap {
  /// What a name is of. The same name of two kinds gets two names.
  enum Kind: String {
    case namespace = "ns"
    case service = "svc"
    case pod
    case node
    case slice
    case port
    case label
    case value
    case host
    case interface = "if"
    case ipset = "set"
    case nftSet = "nftset"
    case table
    case chain
    case object
    case recent
    case counter
    case helper
    case program = "prog"
    case netns
    case text
  }

  /// Letters of a name's pseudonym: 40 bits, which are longer where two would be the same.
  private static let length = 8

  private let key: RedactionKey
  private var pseudonyms: [String: String] = [:]
  /// What each pseudonym stands for.
  private(set) var originals: [String: String]

  /// - Parameter originals: what an earlier redaction with the key has named.
  init(_ key: RedactionKey, originals: [String: String] = [:]) {
    self.key = key
    self.originals = originals
  }

  /// The name that stands for another: `svc-x7k2mq4d`. Of a well-known one itself; of none none.
  func pseudonym(_ name: String, _ kind: Kind) -> String {
    if name.isEmpty || WellKnownNames.of(kind).contains(name) { return name }
    return pseudonym(name, kind, after: kind.rawValue + "-")
  }

  /// The name that stands for another, behind a beginning that says of what kind it is.
  func pseudonym(_ name: String, _ kind: Kind, after beginning: String) -> String {
    let place = "\(kind.rawValue)/\(name)"
    if let known = pseudonyms[place] { return known }
    var length = Self.length
    var found = beginning + letters(name, kind, count: length)
    while originals[found] ?? name != name {
      length += 1
      found = beginning + letters(name, kind, count: length)
    }
    pseudonyms[place] = found
    originals[found] = name
    return found
  }

  /// Remembers a name that is made of others' pseudonyms.
  func note(_ pseudonym: String, for name: String) {
    if pseudonym != name { originals[pseudonym] = name }
  }

  /// Letters that stand for a name, where pseudonyms have another form.
  func letters(_ name: String, _ kind: Kind, count: Int) -> String {
    key.letters(kind.rawValue, name, count: count)
  }

  /// A hardware address that stands for another: a locally administered one. What says that there is none, and Calico's that all
  /// interfaces have, stay.
  func hardwareAddress(_ bytes: [UInt8]) -> [UInt8] {
    let kept: [UInt8] = [0x00, 0xee, 0xff]
    guard let first = bytes.first, !(kept.contains(first) && bytes.allSatisfy { $0 == first }) else { return bytes }
    var image = Array(key.digest("mac", bytes).prefix(bytes.count))
    if !image.isEmpty { image[0] = image[0] & 0xfc | 0x02 }
    note(Self.text(image), for: Self.text(bytes))
    return image
  }

  private static func text(_ bytes: [UInt8]) -> String { bytes.map { $0.hexDigits(2) }.joined(separator: ":") }

  /// An object's identity that stands for another, of the same form.
  func uid(_ uid: String) -> String {
    if uid.isEmpty { return uid }
    let digits = Array(key.digest("uid", Array(uid.utf8)).prefix(16).map { $0.hexDigits(2) }.joined())
    let parts = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }
    let image = parts.joined(separator: "-")
    note(image, for: uid)
    return image
  }

  /// A service port by names that stand for others'.
  func port(_ port: ServicePortName) -> ServicePortName {
    ServicePortName(
      pseudonym(port.service.namespace, .namespace), pseudonym(port.service.name, .service),
      port: pseudonym(port.port, .port))
  }
}

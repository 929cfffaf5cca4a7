@testable import Inspect
@testable import kpx

/// The payload of an extension. Byte 0: bit 0 IPv6, bit 1 a target and no match, bit 2 the payload gets the length that
/// the extension's struct has. Byte 1: which extension; those beyond the last are not known.
func fuzzXTables(_ input: UnsafeRawBufferPointer) {
  guard input.count >= 2 else { return }
  let choice = input[0]
  let family: IPFamily = choice & 1 == 0 ? .v4 : .v6
  let known = choice & 2 == 0 ? matches : targets
  let place = Int(input[1])
  let (name, revision, size) = place < known.count ? known[place] : ("unknown\u{1b}", input[1], input.count)
  var payload = Array(input[2...])
  if choice & 4 != 0 {
    payload = Array(payload.prefix(size)) + [UInt8](repeating: 0, count: max(0, size - payload.count))
  }
  // Memory of its own, so that a read behind its end is found.
  payload.withUnsafeBytes { payload in
    var rule = Rule(matches: [], actions: [])
    let names: SetNames = { $0 % 2 == 0 ? "set\u{1b}" : nil }
    if choice & 2 == 0 {
      rule.matches = [
        XTables.match(name: name, revision: revision, payload: payload, family: family, setNames: names)
      ]
    } else {
      rule.actions = [
        XTables.action(name: name, revision: revision, payload: payload, family: family, setNames: names)
      ]
    }
    checkPrintable(printable(rule.text(chain: "A")))
    checkPrintable(printable(rule.nftText(in: Table(backend: .nft, family: family, name: "nat"))))
    for comment in rule.comments { _ = RuleComment(comment) }
  }
}

private typealias Extension = (name: String, revision: UInt8, size: Int)

private let matches = extensions(XTables.matches)
private let targets = extensions(XTables.targets)

/// In an order that stays: inputs name them by number.
private func extensions<Value>(_ registry: [XTables.Key: XTables.Decoder<Value>]) -> [Extension] {
  var sizes: [String: Extension] = [:]
  for (key, decoder) in registry { sizes["\(key.name) \(key.revision)"] = (key.name, key.revision, decoder.size) }
  return sizes.sorted { $0.key < $1.key }.map(\.value)
}

import Testing

@testable import Inspect

@Suite("An answer with pseudonyms is translated back")
struct UnredactionTests {
  private static let key = RedactionKey(hexDigits: String(repeating: "0123456789abcdef", count: 4)) ?? RedactionKey()

  private func translated(_ text: String, _ names: [String: String], isJSON: Bool = false) -> String {
    String(decoding: Unredaction(Self.key, names, isJSON: isJSON).translate(Array(text.utf8)), as: UTF8.self)
  }

  @Test("Names as whole words, the longest first")
  func names() {
    let names = ["ns-a": "yaobank", "svc-b": "summary", "service-X-ns-a/svc-b/tcp/": "service-Y-yaobank/summary/tcp/"]
    #expect(translated("ns-a/svc-b (svc-bc, xsvc-b)", names) == "yaobank/summary (svc-bc, xsvc-b)")
    #expect(translated("in service-X-ns-a/svc-b/tcp/ ns-a", names) == "in service-Y-yaobank/summary/tcp/ yaobank")
  }

  @Test(
    "Addresses with what stands around them",
    arguments: ["%", "%:80", "%:80: dropped", "%.", "%,", "to % or %", "src=%", "%-%", "(%)", "\"%\""])
  func addresses(_ form: String) throws {
    let map = AddressMap(Self.key)
    for text in ["10.244.1.5", "192.168.1.7", "203.0.113.9"] {
      let image = "\(map.pseudonym(try #require(IPAddress(text))))"
      #expect(translated(form.replacing("%", with: image), [:]) == form.replacing("%", with: text))
    }
    let six = "fd00:10:244::7"
    let image = "\(map.pseudonym(try #require(IPAddress(six))))"
    #expect(translated("[\(image)]:80 \(image), \(image).", [:]) == "[\(six)]:80 \(six), \(six).")
  }

  @Test("Networks stay networks", arguments: ["10.244.0.0/16", "fd00:10:244::/56", "0.0.0.0/0", "192.168.100.0/24"])
  func networks(_ text: String) throws {
    let prefix = try #require(IPPrefix(text))
    let image = AddressMap(Self.key).pseudonym(prefix)
    #expect(translated("-s \(image.address)/\(image.length) -j", [:]) == "-s \(text) -j")
  }

  @Test("A range that is a network stays one", arguments: ["10.244.0.0/16", "198.51.100.64/28", "fd00:10:244::/56"])
  func ranges(_ text: String) throws {
    let prefix = try #require(IPPrefix(text))
    let image = AddressMap(Self.key).pseudonym(prefix)
    let range = { (prefix: IPPrefix) in "--src-range \(prefix.address)-\(prefix.last) -j" }
    #expect(translated(range(image), [:]) == range(prefix))
  }

  @Test(
    "Numbers that only look like addresses stay", arguments: ["1.34.2", "12:30:45", "6.12.1-2", "::", "255.255.255.0"])
  func others(_ text: String) { #expect(translated(text, [:]) == text) }

  @Test("In JSON, originals are written as JSON wants them")
  func json() {
    #expect(translated(#"{"a":"text x"}"#, ["text x": #"say "hi" \o/"#], isJSON: true) == #"{"a":"say \"hi\" \\o/"}"#)
  }
}

import FoundationEssentials

/// What a credential plugin gave.
struct ExecCredential: Sendable {
  var token: Secret?
  var certificate: Secret?
  var key: Secret?
  /// Seconds since 1970 from when on it is of no use; nil: as long as this program runs.
  var expiry: Int64?

  /// Reads a plugin's answer.
  ///
  /// Errors say nothing of what it holds.
  static func parse(_ bytes: [UInt8], from plugin: ExecPlugin) throws(PluginError) -> ExecCredential {
    let bad = { (problem: String) in PluginError.badAnswer(command: plugin.command, problem: problem) }
    guard !bytes.isEmpty else { throw bad("it printed nothing") }
    guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(bytes)) else {
      throw bad("what it printed is no ExecCredential")
    }
    guard answer.kind == nil || answer.kind == "ExecCredential" else {
      throw bad("what it printed is no ExecCredential")
    }
    guard answer.apiVersion == plugin.version.rawValue else {
      throw bad("it was asked for \(plugin.version.rawValue) and answered in another version")
    }
    guard let status = answer.status else { throw bad("its answer has no status") }
    var credential = ExecCredential()
    credential.token = status.token.flatMap { $0.isEmpty ? nil : Secret($0) }
    credential.certificate = status.clientCertificateData.flatMap { $0.isEmpty ? nil : Secret($0) }
    credential.key = status.clientKeyData.flatMap { $0.isEmpty ? nil : Secret($0) }
    guard (credential.certificate == nil) == (credential.key == nil) else {
      throw bad("it gave a certificate or a key without the other")
    }
    guard credential.token != nil || credential.certificate != nil else {
      throw bad("it gave neither token nor certificate")
    }
    if let text = status.expirationTimestamp {
      guard let expiry = Timestamp.seconds(text) else { throw bad("its expirationTimestamp is no time") }
      credential.expiry = expiry
    }
    return credential
  }

  private struct Answer: Decodable {
    struct Status: Decodable {
      var token: String?
      var clientCertificateData: String?
      var clientKeyData: String?
      var expirationTimestamp: String?
    }
    var kind: String?
    var apiVersion: String?
    var status: Status?
  }
}

/// Times as the API writes them (RFC 3339).
enum Timestamp {
  /// Seconds since 1970; nil if the text is no time.
  static func seconds(_ text: String) -> Int64? {
    let bytes = Array(text.utf8)
    func number(_ range: Range<Int>) -> Int64? {
      guard range.upperBound <= bytes.count else { return nil }
      var value: Int64 = 0
      for byte in bytes[range] {
        guard (0x30...0x39).contains(byte) else { return nil }
        value = value * 10 + Int64(byte - 0x30)
      }
      return value
    }
    guard bytes.count >= 20, bytes[4] == 0x2d, bytes[7] == 0x2d, bytes[10] | 0x20 == 0x74, bytes[13] == 0x3a,
      bytes[16] == 0x3a, let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
      let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
      (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second <= 60
    else { return nil }
    var at = 19
    if bytes[at] == 0x2e {
      repeat { at += 1 } while at < bytes.count && (0x30...0x39).contains(bytes[at])
    }
    guard at < bytes.count else { return nil }
    var offset: Int64 = 0
    if bytes[at] | 0x20 == 0x7a {
      guard at + 1 == bytes.count else { return nil }
    } else {
      guard at + 6 == bytes.count, bytes[at] == 0x2b || bytes[at] == 0x2d, bytes[at + 3] == 0x3a,
        let hours = number(at + 1..<at + 3), let minutes = number(at + 4..<at + 6)
      else { return nil }
      offset = (hours * 60 + minutes) * (bytes[at] == 0x2b ? 60 : -60)
    }
    return days(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset
  }

  /// Days since 1970 of a date of the Gregorian calendar, counted from March so that a leap day is a year's last.
  private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719468
  }
}

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
    (try? Date(text, strategy: .iso8601)).map { Int64($0.timeIntervalSince1970.rounded(.down)) }
  }
}

import CSys

/// How a service is forwarded in the canonical form, or why that cannot be told for sure: what is uncertain has no form.
enum CanonicalForwarding: Sendable, Hashable {
  case certain(Forwarding)
  case uncertain(String)

  /// Of frontends each of which is certain or not.
  init(_ frontends: [Result<ForwardedFrontend, Doubt>]) {
    do throws(Doubt) {
      var certain: [ForwardedFrontend] = []
      for frontend in frontends {
        let frontend = try frontend.get()
        if !frontend.isLeftAlone { certain.append(frontend) }
      }
      self = .certain(Forwarding(certain))
    } catch {
      self = .uncertain(error.reason)
    }
  }

  /// Why something cannot be told.
  struct Doubt: Error {
    var reason: String
  }

  var form: Forwarding? { if case .certain(let form) = self { form } else { nil } }

  var doubt: String? { if case .uncertain(let reason) = self { reason } else { nil } }

  var digest: String? { form?.digest }
}

extension Forwarding {
  /// SHA-256 of the encoding, in hexadecimal digits.
  public var digest: String {
    let bytes = encoded
    var digest = [UInt8](repeating: 0, count: 32)
    csys_sha256(bytes, bytes.count, &digest)
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}

extension ForwardedFrontend {
  /// Whether nothing is done with packets to it, whoever sends them: it is no frontend here.
  fileprivate var isLeftAlone: Bool {
    SourceClass.allCases.allSatisfy { self[$0].allSatisfy { $0.verdict == .unhandled } }
  }
}

import CSys

/// Sets as libipset reads them: by a path that is not kpx's own.
enum IPSetLibrary {
  /// The lines of `ipset save`, of all sets or of one.
  /// - Throws: `KernelError.unavailable` where the library is not there, or cannot read a set.
  static func save(_ name: String?) throws(KernelError) -> [Substring] {
    let text = Text()
    var message = [CChar](repeating: 0, count: 1024)
    let result = withExtendedLifetime(text) {
      csys_ipset_save(
        name,
        { context, bytes, length in
          guard let context, let bytes else { return 0 }
          let text = Unmanaged<Text>.fromOpaque(context).takeUnretainedValue()
          text.bytes += UnsafeRawBufferPointer(start: bytes, count: length)
          return 1
        }, Unmanaged.passUnretained(text).toOpaque(), &message, message.count)
    }
    switch result {
    case 0: return String(decoding: text.bytes, as: UTF8.self).split(separator: "\n")
    case Int32(CSYS_IPSET_MISSING): throw .unavailable("libipset.so.13 is not installed here")
    case Int32(CSYS_IPSET_FAILED):
      throw .unavailable("libipset: \(message.withUnsafeBytes { $0.cString(at: 0, capacity: $0.count) })")
    default: throw KernelError(errno: -result, reading: "ipsets through libipset")
    }
  }

  private final class Text {
    var bytes: [UInt8] = []
  }
}

/// How sets read directly compare with the same sets read through libipset.
public struct IPSetVerification: Sendable, Hashable {
  /// How many differences are kept.
  private static let limit = 100

  /// How many sets were compared.
  public var setCount = 0
  /// How many members were compared.
  public var entryCount = 0
  /// How many differences there are.
  public var differenceCount = 0
  /// The first hundred of them: lines of `ipset save`, with who read them.
  public var differences: [String] = []
  /// Why there is no comparison; nil if there is one.
  public var problem: String?

  fileprivate mutating func add(_ difference: String) {
    differenceCount += 1
    if differences.count < Self.limit { differences.append(difference) }
  }
}

extension IPSetReader {
  /// Reads sets a second time, through libipset, and compares: how they were made, and every member with all that does
  /// not change by itself (timeouts run down, and traffic counts).
  ///
  /// - Parameter names: nil for all sets.
  public func verify(_ names: [String]?) throws -> IPSetVerification {
    var result = IPSetVerification()
    let asked: [String?] = names ?? [nil]
    for name in asked {
      let direct = try lines(name, &result)
      switch Result(catching: { () throws(KernelError) in try IPSetLibrary.save(name) }) {
      case .success(let library): compare(direct, Set(library.map { Self.lasting($0) }), &result)
      case .failure(.unavailable(let problem)): result.problem = problem
      case .failure(let error): throw error
      }
    }
    return result
  }

  private func lines(_ name: String?, _ result: inout IPSetVerification) throws -> Set<String> {
    var lines: Set<String> = []
    var current: IPSetHeader?
    try list(name) { header in
      current = header
      result.setCount += 1
      var lasting = header
      // The library, as of 7.17, does not print it.
      lasting.parameters.isForced = false
      lines.insert("create \(header.name) \(header.type) \(lasting.text)")
    } entry: { entry in
      guard let current else { return }
      result.entryCount += 1
      var lasting = entry
      lasting.timeout = nil
      lasting.counters = nil
      lines.insert("add \(current.name) \(lasting.text(in: current))")
    }
    return lines
  }

  private func compare(_ direct: Set<String>, _ library: Set<String>, _ result: inout IPSetVerification) {
    for line in direct.subtracting(library).sorted() { result.add("\(line): by the library nothing") }
    for line in library.subtracting(direct).sorted() { result.add("\(line): only by the library") }
  }

  /// A line without its timeout and counters. They stand before a comment, which may say anything.
  private static func lasting(_ line: Substring) -> String {
    guard line.hasPrefix("add ") else { return String(line.replacing(" forceadd", with: "")) }
    let end = line.firstIndex(of: "\"") ?? line.endIndex
    var words = line[..<end].split(separator: " ", omittingEmptySubsequences: false)
    for name in ["timeout", "packets", "bytes"] {
      if let index = words.firstIndex(of: name[...]), index > 2, index + 1 < words.count {
        words.removeSubrange(index...index + 1)
      }
    }
    return words.joined(separator: " ") + line[end...]
  }
}

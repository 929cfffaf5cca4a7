import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// The second reader: libip4tc and libip6tc, loaded on demand, which ask the kernel by their own code and walk what it
/// gives by their own iteration. Only the extensions' payloads are read by the same decoders.
enum LegacyLibrary {
  /// A chain as the library shows it, with all its rules.
  struct Chain {
    let name: String
    /// nil for a chain that is not built in.
    let policy: String?
    let counters: Counters
    var rules: [Rule] = []
  }

  /// Gives `body` every chain of a table of the network namespace that the calling thread is in.
  static func forEachChain(
    family: IPFamily, table: String, setNames: @escaping SetNames, _ body: (Chain) throws -> Void
  ) throws {
    let reading = LegacyTable.reading(family, table)
    // The library would make a table that is not there.
    guard try LegacyTable.instantiated(family).contains(table) else {
      throw KernelError.unavailable("\(reading) does not exist here")
    }
    // As in XTables.decode; the check is where the function ends.
    #sourceLocation(file:"LegacyLibrary.forEachChain",line:30)
    try withoutActuallyEscaping(body) { body in
      let walk = Walk(family: family, reading: reading, setNames: setNames, body: body)
      let result = withExtendedLifetime(walk) {
        csys_iptc_walk(family.addressFamily, table, chainFound, ruleFound, Unmanaged.passUnretained(walk).toOpaque())
      }
      walk.finish()
      if let failure = walk.failure { throw failure }
      switch result {
      case 0: return
      case Int32(CSYS_IPTC_MISSING):
        throw KernelError.unavailable(
          "\(family == .v4 ? "libip4tc.so.2" : "libip6tc.so.2") is not installed (Debian: \(family == .v4 ? "libip4tc2" : "libip6tc2"))"
        )
      case -EPERM, -EACCES: throw KernelError.permission(reading: reading)
      default: throw KernelError.system(reading: reading, errno: -result)
      }
    }
  }
  #sourceLocation()

  private static let chainFound:
    @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>?, UnsafePointer<CChar>?, UInt64, UInt64) -> Int32 = {
      context, name, policy, packets, bytes in
      guard let context, let name else { return 0 }
      let walk = Unmanaged<Walk>.fromOpaque(context).takeUnretainedValue()
      walk.begin(
        Chain(
          name: String(cString: name), policy: policy.map { String(cString: $0) },
          counters: Counters(packets: packets, bytes: bytes)))
      return walk.failure == nil ? 1 : 0
    }

  private static let ruleFound:
    @convention(c) (UnsafeMutableRawPointer?, UnsafeRawPointer?, Int, UnsafePointer<CChar>?) -> Int32 = {
      context, entry, length, target in
      guard let context, let entry, let target else { return 0 }
      let walk = Unmanaged<Walk>.fromOpaque(context).takeUnretainedValue()
      walk.add(UnsafeRawBufferPointer(start: entry, count: length), target: String(cString: target))
      return walk.failure == nil ? 1 : 0
    }

  private final class Walk {
    private let family: IPFamily
    private let reading: String
    private let setNames: SetNames
    private let body: (Chain) throws -> Void
    private var chain: Chain?
    private(set) var failure: (any Error)?

    init(
      family: IPFamily, reading: String, setNames: @escaping SetNames,
      body: @escaping (Chain) throws -> Void
    ) {
      self.family = family
      self.reading = reading
      self.setNames = setNames
      self.body = body
    }

    func begin(_ next: Chain) {
      finish()
      chain = next
    }

    /// Takes one of the library's entries. Where a standard target leads is what the library says: its verdicts are
    /// offsets of a table that no longer exists.
    func add(_ bytes: UnsafeRawBufferPointer, target: String) {
      let blob = LegacyBlob(bytes: bytes, family: family, reading: reading, setNames: setNames)
      do {
        var rule = try blob.rule(try blob.entry(at: 0)) { _ in target }
        // A jump to the next rule, which the library calls no target.
        if target.isEmpty { rule.actions = [] }
        chain?.rules.append(rule)
      } catch {
        failure = error
      }
    }

    func finish() {
      guard failure == nil, let chain else { return }
      self.chain = nil
      do {
        try body(chain)
      } catch {
        failure = error
      }
    }
  }
}

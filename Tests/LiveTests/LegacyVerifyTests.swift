import Testing

@testable import Inspect

#if canImport(Glibc)
  import Glibc
#endif

@Suite(
  "A legacy table read a second time while it changes",
  .enabled(if: LegacyNamespace.isAvailable, Comment(rawValue: LegacyNamespace.unavailable)))
struct LegacyVerifyTests {
  @Test("What only changes is no difference")
  func written() throws {
    let (differences, changing, comparisons, changes) = try LegacyNamespace.run {
      let states = ["10.0.1.1", "10.0.2.2"].map { address in
        """
        *nat
        :PREROUTING ACCEPT
        :KUBE-SVC-A -
        -A PREROUTING -d 10.96.0.1/32 -p tcp -j KUBE-SVC-A
        -A KUBE-SVC-A -p tcp -j DNAT --to-destination \(address):80
        COMMIT
        """
      }
      let folder = "/tmp/kpx-test-legacy-\(getpid())"
      try LegacyNamespace.shell("mkdir \(folder)")
      defer { _ = try? LegacyNamespace.shell("rm -r \(folder)") }
      for (number, state) in states.enumerated() {
        try LegacyNamespace.shell("cat >\(folder)/\(number) <<'EOF'\n\(state)\nEOF\n")
      }
      try LegacyNamespace.shell("iptables-legacy-restore -w 60 <\(folder)/0")
      try LegacyNamespace.shell(
        """
        (end=$(($(date +%s) + 60))
        while [ $(date +%s) -lt $end ] && [ -d \(folder) ]; do for state in 1 0; do
          iptables-legacy-restore -w 60 <\(folder)/$state && echo >>\(folder)/changes
        done; done) >/dev/null 2>&1 &
        """)
      var differences: [String] = []
      var changing = 0
      var comparisons = 0
      var changes = 0
      let start = ContinuousClock.now
      while comparisons < 60 || changes < 40, ContinuousClock.now - start < .seconds(40) {
        guard let table = try LegacyTable.read(family: .v4, name: "nat") else { break }
        // As long as a trace may take.
        usleep(20_000)
        let verification = try table.verify()
        differences += verification.differences.map(\.description)
        if verification.changingCount > 0 { changing += 1 }
        comparisons += 1
        changes = try Self.output(of: "cat \(folder)/changes").count
      }
      return (differences, changing, comparisons, changes)
    }
    #expect(differences == [])
    #expect(comparisons > 0 && changing < (comparisons + 1) / 2)
    #expect(changes >= 20, "\(changes) changes")
    print("legacy: \(changing) of \(comparisons) comparisons kept changing, \(changes) changes")
  }

  private static func output(of command: String) throws -> [UInt8] {
    guard let pipe = popen(command, "r") else { return [] }
    defer { pclose(pipe) }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    return Array(bytes[..<fread(&bytes, 1, bytes.count, pipe)])
  }
}

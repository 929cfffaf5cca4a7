import TestSupport
import Testing

@testable import Inspect

#if canImport(Glibc)
  import Glibc
#endif

@Suite(
  "A legacy table read a second time while it changes",
  .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own"))
struct LegacyVerifyTests {
  @Test("What only changes is no difference")
  func written() async throws {
    let (differences, changing, comparisons, changes) = try await withPrivateNetworkNamespace { _ in
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
      try shell("mkdir \(folder)")
      defer { _ = try? shell("rm -r \(folder)") }
      for (number, state) in states.enumerated() {
        try shell("cat >\(folder)/\(number) <<'EOF'\n\(state)\nEOF\n")
      }
      try shell("iptables-legacy-restore -w 60 <\(folder)/0")
      try shell(
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
        changes = try readFile("\(folder)/changes")?.count ?? 0
      }
      return (differences, changing, comparisons, changes)
    }
    #expect(differences == [])
    #expect(comparisons > 0 && changing < (comparisons + 1) / 2)
    #expect(changes >= 20, "\(changes) changes")
    print("legacy: \(changing) of \(comparisons) comparisons kept changing, \(changes) changes")
  }
}

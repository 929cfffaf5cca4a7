import Testing

@testable import Inspect

@Suite("Which of several network namespaces is a pod's own")
struct ContestedNamespaceTests {
  private static func namespace(_ inode: UInt64, _ processes: [Int32], startTimes: [Int32: UInt64] = [:]) throws
    -> ContestedNamespace
  {
    let pod = try #require(CgroupPod("0::/kubepods/podd0835673-d79d-4464-9982-57698ce0b862"))
    return try #require(
      ContestedNamespace(
        processes.map { PodProcess(pid: $0, pod: pod, namespace: NamespaceID(device: 4, inode: inode)) },
        startTime: { startTimes[$0] }))
  }

  private typealias Facts = ContestedNamespace.Facts
  private static let address = IPAddress.v4(0x0af4_0102)

  @Test("Of those alike the one whose first process began first, whatever its number")
  func oldest() throws {
    let times: [Int32: UInt64] = [400: 9000, 410: 9100, 32000: 70, 32010: 8000]
    let late = try Self.namespace(1, [400, 410], startTimes: times)
    let early = try Self.namespace(2, [32010, 32000], startTimes: times)
    let alike = Facts(isOwnedAsNodes: true, isTied: true, addresses: [Self.address])
    let own = ContestedNamespace.own(of: [(late, alike), (early, alike)], addresses: [Self.address])
    #expect(own == early)
    #expect(own?.processes.map(\.pid) == [32000, 32010])
    #expect(own?.reference.path == "/proc/32000/ns/net")
  }

  @Test(
    "Who owns it counts before a tie to the node, that before the kubelet's address, and that before age",
    arguments: [
      (
        Facts(isOwnedAsNodes: true, isTied: false, addresses: []),
        Facts(isOwnedAsNodes: false, isTied: true, addresses: [address])
      ),
      (
        Facts(isOwnedAsNodes: true, isTied: true, addresses: []),
        Facts(isOwnedAsNodes: true, isTied: false, addresses: [address])
      ),
      (
        Facts(isOwnedAsNodes: true, isTied: true, addresses: [address]),
        Facts(isOwnedAsNodes: true, isTied: true, addresses: [])
      ),
      // hostUsers: false
      (
        Facts(isOwnedAsNodes: false, isTied: true, addresses: []),
        Facts(isOwnedAsNodes: false, isTied: false, addresses: [address])
      ),
    ])
  private func order(better: Facts, worse: Facts) throws {
    let old = try Self.namespace(1, [10], startTimes: [10: 1])
    let new = try Self.namespace(2, [20], startTimes: [20: 2])
    #expect(ContestedNamespace.own(of: [(old, worse), (new, better)], addresses: [Self.address]) == new)
  }

  @Test("When a process began is the 22nd field, behind a name that may have anything in it")
  func startTime() {
    let rest = " S 1 77 77 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 4711 5000 100"
    for name in ["sleep", "a) S 1 (b", ") ) )", "x y\n"] {
      #expect(ProcessScan.startTime(inStat: Array("77 (\(name))\(rest)".utf8)) == 4711)
    }
    for text in ["", "77", "77 (x", "77 (x) S 1", ")"] {
      #expect(ProcessScan.startTime(inStat: Array(text.utf8)) == nil)
    }
    #expect(ProcessScan.startTime(1) != nil && ProcessScan.startTime(-1) == nil)
  }
}

import Testing

@testable import Inspect

@Suite("A node's pods with pseudonyms")
struct RedactedPodsTests {
  private static let key = RedactionKey(hexDigits: String(repeating: "0123456789abcdef", count: 4)) ?? RedactionKey()
  private static let link = Link(
    name: "zebra0", index: 3, kind: "veth", mac: MACAddress([0x02, 0x42, 0xc6, 0x33, 0x64, 0x4d]), mtu: 1500, flags: 1,
    state: "UP")

  /// Everything that can name somebody does.
  private static func pods() throws -> KnownPods {
    let address = try #require(IPAddress("198.51.100.77"))
    let other = NamespaceReference(path: "/zebra/ns", id: NamespaceID(device: 4, inode: 5))
    var sandbox = PodSandbox()
    sandbox.name = Sourced(NamespacedName("zebra", "kube-vip-zebra"), .kubelet)
    sandbox.uid = Sourced("zebra", .kubelet)
    sandbox.id = Sourced("zebra", .runtime)
    sandbox.runtime = "zebra's"
    sandbox.containers = ["zebra"]
    sandbox.namespace = Sourced(
      NamespaceReference(path: "/run/netns/cni-zebra", id: NamespaceID(device: 4, inode: 6)), .mount)
    sandbox.otherNamespaces = [other]
    sandbox.runtimeAddresses = [address]
    sandbox.endpoint = "/run/zebra.sock"
    sandbox.cachedHostInterfaces = ["calizebra"]
    var host = HostInterface(link: link)
    host.master = "zebra-bridge"
    host.routes = [IPPrefix(address, length: 32)]
    host.confirmations = ["its name is Zebra's"]
    let interface = PodInterface(
      link: link, addresses: [InterfaceAddress(address: address, prefixLength: 24, index: 3, isLinkLocal: false)],
      side: .pair(host))
    let network = PodNetwork(sandbox: sandbox, interfaces: [interface], problem: "zebra is away")
    var pods = KnownPods()
    (pods.current, pods.forgotten, pods.absent) = ([network], [network], [network])
    pods.orphans = [
      OrphanInterface(
        link: link, master: "zebra-bridge", reason: "it leads to zebra", empty: EmptyNamespace(name: "zebra", since: 1))
    ]
    pods.notes = ["zebra is away"]
    pods.noteOnProcesses = Note(.node, "zebra hides")
    pods.nestedNodes = [other.id: "zebra"]
    pods.links = [link]
    pods.holders = [address: ["zebra"]]
    return pods
  }

  @Test("No word and no address is left of them")
  func nothingLeft() throws {
    let original = try Self.pods()
    func secrets(_ pods: KnownPods) throws -> [String] {
      let text = String(decoding: try pods.encoded(), as: UTF8.self).lowercased()
      // Addresses may be numbers there (198.51.100.77, and 02:42:c6:33:64:4d).
      return ["zebra", "198.51.100.77", "3325256781", "c6:33:64", "2,66,198"].filter { text.contains($0) }
    }
    #expect(try secrets(original).count >= 3)
    #expect(try secrets(Redactor(Self.key).pods(original)) == [])
  }

  @Test("What kpx knows them by stays: kube-vip, a namespace of CNI's, which process")
  func kept() throws {
    let image = Redactor(Self.key).pods(try Self.pods())
    let sandbox = try #require(image.current.first?.sandbox)
    #expect(sandbox.name?.value.name.hasPrefix("kube-vip-") == true)
    #expect(sandbox.namespace?.value.path.hasPrefix("/run/netns/cni-") == true)
    #expect(image.links.first?.mac?.bytes.first.map { $0 & 3 } == 2)
  }
}

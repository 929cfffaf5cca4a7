import TestSupport
import Testing

@testable import Inspect

@Suite("Whose an address is that several pods had")
struct AddressOwnerTests {
  private static let job = KubeletFiles.Holder(uid: "job", time: 1)
  private static let web = KubeletFiles.Holder(uid: "web", time: 2)

  private func owner(
    _ holders: [KubeletFiles.Holder], leased: String? = nil, taken: Set<String> = [], ended: Set<String> = []
  ) -> AddressOwner {
    AddressOwner(holders, leased: leased, isTaken: taken.contains, hasEnded: ended.contains)
  }

  @Test("The pod that got it last has it, in whatever order they are read")
  func last() {
    #expect(owner([Self.job, Self.web]) == .pod("web"))
    #expect(owner([Self.web, Self.job]) == .pod("web"))
    #expect(owner([]) == .nobody)
  }

  @Test("A pod that is elsewhere does not have it, and one that has ended only if there is no other")
  func others() {
    #expect(owner([Self.job, Self.web], taken: ["web"]) == .pod("job"))
    #expect(owner([Self.job, Self.web], ended: ["web"]) == .pod("job"))
    #expect(owner([Self.web], ended: ["web"]) == .pod("web"))
    #expect(owner([Self.web], taken: ["web"]) == .nobody)
  }

  @Test("What host-local has noted decides")
  func lease() {
    #expect(owner([Self.job, Self.web], leased: "job") == .pod("job"))
    #expect(owner([Self.job, Self.web], leased: "job", taken: ["job"]) == .pod("web"))
  }

  @Test("Of files of one time none decides")
  func tie() {
    let other = KubeletFiles.Holder(uid: "api", time: 2)
    #expect(owner([Self.job, Self.web, other]) == .anyOf(["api", "web"]))
  }

  @Test("host-local's file of an address has the sandbox's id, with the interface or without")
  func leases() throws {
    let folder = try ScratchDirectory()
    try succeed(["mkdir", "\(folder.path)/cbr0", "\(folder.path)/multus"])
    let id = String(repeating: "10517e19", count: 8)
    _ = try folder.write("cbr0/10.244.1.5", "\(id)\r\neth0")
    _ = try folder.write("cbr0/fd00::5", id)
    _ = try folder.write("multus/10.244.1.6", "../../etc\r\neth0")
    let leases = AddressLeases(folder.path)
    #expect(leases.containers(at: .v4(0x0af4_0105)) == [id])
    #expect(try leases.containers(at: #require(IPAddress("fd00::5"))) == [id])
    for address in [0x0af4_0106, 0x0af4_0107] as [UInt32] { #expect(leases.containers(at: .v4(address)).isEmpty) }
    #expect(AddressLeases("\(folder.path)/none").containers(at: .v4(0x0af4_0105)).isEmpty)
  }
}

import Testing

@testable import Inspect

@Suite("IPVS's own connections")
struct IPVSConnectionsTests {
  @Test("A line has the client, the virtual service and the real server, in both families")
  func line() throws {
    let tcp = try #require(
      IPVSConnections.connection("TCP C0A8640B 9C40 0A600001 0050 0AF40105 1F90 ESTABLISHED     899"))
    #expect("\(tcp.original.sourcePlace) \(tcp.original.destinationPlace)" == "192.168.100.11:40000 10.96.0.1:80")
    #expect("\(tcp.endpoint)" == "10.244.1.5:8080" && tcp.phase == .established && tcp.timeout == 899)
    let opening = try #require(
      IPVSConnections.connection("TCP C0A8640B 9C40 0A600001 0050 0AF40105 1F90 SYN_RECV     59"))
    #expect(opening.phase == .unanswered)
    let udp = try #require(
      IPVSConnections.connection(
        "UDP fd00:0000:0000:0000:0000:0000:0000:0001 D431 fd00:0096:0000:0000:0000:0000:0000:000a 0035 "
          + "fd00:0000:0000:0000:0000:0000:0000:0002 0035 UDP             299"))
    #expect("\(udp.endpoint)" == "[fd00::2]:53" && udp.original.transport == .udp && udp.state == nil)
  }

  @Test(
    "What is no connection is passed over",
    arguments: [
      "", "Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData",
      "IP  C0A8640B 0000 0A600001 0050 0AF40105 1F90 NONE     899", "TCP C0A8640B 9C40 0A600001",
      "TCP C0A8640B 9C40 0A600001 0050 0AF40105 XYZW ESTABLISHED     899",
      "TCP C0A8640B 9C40 0A600001 0050 0AF40105 1F90 ESTABLISHED     99999999999",
    ])
  func others(line: String) { #expect(IPVSConnections.connection(line[...]) == nil) }
}

import Testing

@testable import Inspect

@Suite("Sockets that listen")
struct ListeningSocketTests {
  private let tcp = """
      sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
       0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1234 1 0000000000000000 100 0 0 10 0
       1: 00000000:3A99 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 77 1 0000000000000000 100 0 0 10 0
       2: 0100007F:D431 0100007F:1F90 01 00000000:00000000 00:00000000 00000000     0        0 99 1 0000000000000000 20 4 30 10 -1
    """

  @Test("TCP's lines are read up to the first that does not listen, with addresses in this machine's byte order")
  func parses() {
    let found = ListeningSockets.parse(tcp, .tcp)
    #expect(found.isWhole)
    #expect(found.listening.map { "\($0.address) \($0.inode)" } == ["127.0.0.1:8080 1234", "0.0.0.0:15001 77"])
  }

  @Test("IPv6's addresses are four numbers")
  func parsesIPv6() {
    let text = """
      header
         0: B80D0120000000000000000001000000:0035 00000000000000000000000000000000:0000 07 0:0 0:0 0 0 0 5 2
      """
    #expect(ListeningSockets.parse(text, .udp).listening.map { "\($0.address)" } == ["[2001:db8::1]:53"])
  }

  @Test("A socket takes what is for its address, and one without an address everything, :: also of IPv4")
  func takes() {
    func socket(_ text: String) -> ListeningSocket {
      ListeningSocket(address: SocketAddress(text) ?? SocketAddress(.v4(0), port: 0), inode: 1)
    }
    #expect(socket("0.0.0.0:80").takes(nil, .v4) == true)
    #expect(socket("0.0.0.0:80").takes(nil, .v6) == false)
    #expect(socket("[::]:80").takes(nil, .v4) == true)
    #expect(socket("127.0.0.1:80").takes(address("127.0.0.1"), .v4) == true)
    #expect(socket("127.0.0.1:80").takes(address("192.0.2.1"), .v4) == false)
    #expect(socket("127.0.0.1:80").takes(nil, .v4) == nil)
  }
}

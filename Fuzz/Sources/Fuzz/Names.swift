@testable import Inspect
@testable import kpx

/// Text that others wrote: comments and names of chains, addresses, files of /proc and of the kubelet, what `nft` and
/// `iptables-nft` printed, what a user typed.
func fuzzNames(_ input: UnsafeRawBufferPointer) {
  // Longer texts of these kinds there are none, and all readers of any come one after the other here.
  guard input.count <= 16 << 10 else { return }
  let text = String(decoding: input, as: UTF8.self)
  checkPrintable(printable(text))
  for line in terminal.wrapped(printable(text)) { checkPrintable(line) }
  checkPrintable(Document.object([Document.Field(name: text, value: .string(text))]).yaml)
  check(.string(text))
  checkKubeProxy(text)
  checkAddresses(text)
  checkFiles(text, input)
  checkListings(text)
  checkTargets(text)
}

/// What is read reads the same when it is written and read again.
private func checkRoundTrip<Value: Equatable & CustomStringConvertible>(
  _ text: String, _ read: (String) -> Value?
) {
  guard let value = read(text) else { return }
  if read(value.description) != value { fatalError("\(value) was read and cannot be read again") }
}

private func checkKubeProxy(_ text: String) {
  checkRoundTrip(text) { ChainName($0) }
  checkRoundTrip(text) { NftablesName($0) }
  checkRoundTrip(text) { ServicePortName($0) }
  checkRoundTrip(text) { KubeProxyVersion($0) }
  if let comment = RuleComment(text) { checkRoundTrip(comment.port.description) { ServicePortName($0) } }
}

private func checkAddresses(_ text: String) {
  checkRoundTrip(text) { IPAddress($0) }
  checkRoundTrip(text) { IPPrefix($0) }
  checkRoundTrip(text) { SocketAddress($0) }
  checkRoundTrip(text) { MACAddress($0) }
  checkRoundTrip(text) { ServerAddress($0) }
  _ = TransportProtocol(text)
}

private func checkFiles(_ text: String, _ input: UnsafeRawBufferPointer) {
  _ = CgroupPod(text)
  _ = HostsFile(text)
  _ = Timestamp.seconds(text)
  _ = base64(text)
  for type in ["hash:ip,port", "hash:net,iface", "bitmap:port"] {
    let header = IPSetHeader(name: "set", type: type, revision: 0, family: .v4)
    _ = IPSetTestElement(text, in: header)
  }
}

private func checkListings(_ text: String) {
  let lines = text.split(separator: "\n").map(String.init)
  for line in lines where OptionGroups(line) != OptionGroups(line) { fatalError("a line differs from itself") }
  for rules in NFTListing(lines).chains.values {
    for rule in rules where NFTListing.agreement(rule, rule) != .same { fatalError("a rule differs from itself") }
  }
}

private func checkTargets(_ text: String) {
  attempt { _ = try TraceTarget(text) }
  attempt { _ = try PodTarget(text, namespace: nil) }
  attempt { _ = try PodTarget(text, namespace: "default") }
}

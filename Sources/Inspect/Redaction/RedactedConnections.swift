import CSys

// Connections, with what `ConntrackDecoder` and `IPVSConnections` read.
extension Redactor {
  private static let protocolFields: Set = Set(
    [
      CTA_PROTO_NUM, CTA_PROTO_SRC_PORT, CTA_PROTO_DST_PORT, CTA_PROTO_ICMP_ID, CTA_PROTO_ICMP_TYPE,
      CTA_PROTO_ICMP_CODE, CTA_PROTO_ICMPV6_ID, CTA_PROTO_ICMPV6_TYPE, CTA_PROTO_ICMPV6_CODE,
    ].map { Int($0.rawValue) })

  /// IPCTNL_MSG_CT_NEW
  func connections(_ name: String, _ bytes: [UInt8]) throws(KernelError) -> [UInt8] {
    try rewrite(name, bytes, headerSize: 4) { _, attributes, writer throws(KernelError) in
      var attributes = attributes
      while let attribute = try attributes.next() {
        switch ctattr_type(UInt32(attribute.type)) {
        case CTA_TUPLE_ORIG, CTA_TUPLE_REPLY: try direction(attribute, &writer)
        case CTA_STATUS, CTA_TIMEOUT, CTA_MARK, CTA_ZONE: copyNumber(attribute, &writer)
        case CTA_PROTOINFO: try connectionState(attribute, &writer)
        case CTA_COUNTERS_ORIG, CTA_COUNTERS_REPLY:
          try copyNumbers(
            [Int(CTA_COUNTERS_PACKETS.rawValue), Int(CTA_COUNTERS_BYTES.rawValue)], in: attribute, &writer)
        case CTA_TIMESTAMP: try copyNumbers([Int(CTA_TIMESTAMP_START.rawValue)], in: attribute, &writer)
        default: leaveOut("attributes that kpx does not read")
        }
      }
    }
  }

  private func direction(_ attribute: NetlinkAttribute, _ writer: inout MessageWriter) throws(KernelError) {
    try rewrite(nested: attribute, &writer) { part, writer throws(KernelError) in
      switch ctattr_tuple(UInt32(part.type)) {
      case CTA_TUPLE_IP:
        try rewrite(nested: part, &writer) { field, writer throws(KernelError) in try address(field, &writer) }
      case CTA_TUPLE_PROTO: try copyNumbers(Self.protocolFields, in: part, &writer)
      default: leaveOut("attributes that kpx does not read")
      }
    }
  }

  private func connectionState(_ attribute: NetlinkAttribute, _ writer: inout MessageWriter) throws(KernelError) {
    try rewrite(nested: attribute, &writer) { part, writer throws(KernelError) in
      switch ctattr_protoinfo(UInt32(part.type)) {
      case CTA_PROTOINFO_TCP: try copyNumbers([Int(CTA_PROTOINFO_TCP_STATE.rawValue)], in: part, &writer)
      case CTA_PROTOINFO_SCTP: try copyNumbers([Int(CTA_PROTOINFO_SCTP_STATE.rawValue)], in: part, &writer)
      default: leaveOut("attributes that kpx does not read")
      }
    }
  }

  /// Lines of /proc/net/ip_vs_conn, with the fields that kpx reads: addresses of IPv4 are hexadecimal numbers.
  func virtualServerConnections(_ bytes: [UInt8]) -> [UInt8] {
    var lines = ["Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires"]
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n").dropFirst() {
      var fields = line.split(separator: " ").prefix(9).map(String.init)
      guard IPVSConnections.connection(line) != nil else {
        leaveOut("connections")
        continue
      }
      for index in [1, 3, 5] { fields[index] = connectionAddress(fields[index]) }
      lines.append(fields.joined(separator: " "))
    }
    return Array((lines.joined(separator: "\n") + "\n").utf8)
  }

  /// Of what `IPVSConnections` has read as an address.
  private func connectionAddress(_ text: String) -> String {
    guard text.utf8.count == 8, let bits = UInt32(text, radix: 16) else { return address(in: text) ?? "" }
    let image = addresses.pseudonym(.v4(bits)).bytes
    return image.map { $0.hexDigits(2, uppercase: true) }.joined()
  }
}

import CSys

// Virtual services and real servers, with what `IPVSDecoder` reads.
extension Redactor {
  /// IPVS_CMD_NEW_SERVICE
  func virtualServices(_ name: String, _ bytes: [UInt8]) throws(KernelError) -> [UInt8] {
    let families = try Self.families(name, bytes)
    var number = 0
    return try rewrite(name, bytes, headerSize: IPVSDecoder.headerSize) { _, attributes, writer throws(KernelError) in
      guard var fields = try attributes.first(IPVS_CMD_ATTR_SERVICE)?.nested, number < families.count else { return }
      let family = families[number]
      number += 1
      try writer.nest(IPVS_CMD_ATTR_SERVICE) { writer throws(KernelError) in
        while let field = try fields.next() {
          switch field.type {
          case IPVS_SVC_ATTR_ADDR: try virtualAddress(field, family, &writer)
          case IPVS_SVC_ATTR_SCHED_NAME, IPVS_SVC_ATTR_PE_NAME: copyKernelName(field, &writer)
          case IPVS_SVC_ATTR_AF, IPVS_SVC_ATTR_PROTOCOL, IPVS_SVC_ATTR_PORT, IPVS_SVC_ATTR_FWMARK,
            IPVS_SVC_ATTR_FLAGS, IPVS_SVC_ATTR_TIMEOUT, IPVS_SVC_ATTR_NETMASK:
            copyNumber(field, &writer)
          case IPVS_SVC_ATTR_STATS, IPVS_SVC_ATTR_STATS64: try statistics(field, &writer)
          default: leaveOut("attributes that kpx does not read")
          }
        }
      }
    }
  }

  /// IPVS_CMD_NEW_DEST: one dump for each of the services, in their order.
  func realServers(_ name: String, _ bytes: [UInt8], ofServices services: [UInt8]) throws(KernelError) -> [UInt8] {
    let families = try Self.families(name, services)
    return try rewrite(name, bytes, headerSize: IPVSDecoder.headerSize) {
      dump, attributes, writer throws(KernelError) in
      guard let object = try attributes.first(IPVS_CMD_ATTR_DEST), dump < families.count else { return }
      // A tunnel's other end may be of another family than its service; kernels before 3.18 do not tell.
      var family = families[dump]
      if let own = try object.nested.number(IPVS_DEST_ATTR_ADDR_FAMILY, "address family", as: UInt16.self) {
        family = UInt8(exactly: own).flatMap { IPFamily(number: $0) } ?? family
      }
      var fields = object.nested
      try writer.nest(IPVS_CMD_ATTR_DEST) { writer throws(KernelError) in
        while let field = try fields.next() {
          switch field.type {
          case IPVS_DEST_ATTR_ADDR: try virtualAddress(field, family, &writer)
          case IPVS_DEST_ATTR_ADDR_FAMILY, IPVS_DEST_ATTR_PORT, IPVS_DEST_ATTR_FWD_METHOD, IPVS_DEST_ATTR_WEIGHT,
            IPVS_DEST_ATTR_U_THRESH, IPVS_DEST_ATTR_L_THRESH, IPVS_DEST_ATTR_ACTIVE_CONNS,
            IPVS_DEST_ATTR_INACT_CONNS, IPVS_DEST_ATTR_PERSIST_CONNS, IPVS_DEST_ATTR_TUN_TYPE,
            IPVS_DEST_ATTR_TUN_PORT, IPVS_DEST_ATTR_TUN_FLAGS:
            copyNumber(field, &writer)
          case IPVS_DEST_ATTR_STATS, IPVS_DEST_ATTR_STATS64: try statistics(field, &writer)
          default: leaveOut("attributes that kpx does not read")
          }
        }
      }
    }
  }

  private static func families(_ name: String, _ services: [UInt8]) throws(KernelError) -> [IPFamily] {
    let members = SavedMembers([name: services])
    return try members.list(name, IPVSDecoder.service).map(\.key.family)
  }

  /// An address, which takes 16 bytes in either family.
  private func virtualAddress(
    _ attribute: NetlinkAttribute, _ family: IPFamily, _ writer: inout MessageWriter
  ) throws(KernelError) {
    let own = Array(attribute.bytes.prefix(family.bits / 8))
    guard let image = address(own) else { throw attribute.malformed("no address") }
    writer.append(attribute.type, image + [UInt8](repeating: 0, count: 16 - image.count))
  }

  private func statistics(_ attribute: NetlinkAttribute, _ writer: inout MessageWriter) throws(KernelError) {
    try copyNumbers(
      [
        IPVS_STATS_ATTR_CONNS, IPVS_STATS_ATTR_INPKTS, IPVS_STATS_ATTR_OUTPKTS, IPVS_STATS_ATTR_INBYTES,
        IPVS_STATS_ATTR_OUTBYTES,
      ], in: attribute, &writer)
  }
}

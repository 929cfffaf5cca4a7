import CSys

// nf_tables' attributes: their types are of the kernel's enums, and their numbers in network byte order.

extension NetlinkAttributes {
  /// The first attribute of a type.
  @_lifetime(copy self)
  func first(_ type: some RawRepresentable<UInt32>) throws(KernelError) -> NetlinkAttribute? {
    try first(Int(type.rawValue))
  }

  /// An attribute that must be there.
  @_lifetime(copy self)
  func required(_ type: some RawRepresentable<UInt32>, _ name: StaticString) throws(KernelError) -> NetlinkAttribute {
    try required(Int(type.rawValue), name)
  }

  /// Whether there is an attribute of a type.
  func has(_ type: some RawRepresentable<UInt32>) throws(KernelError) -> Bool {
    try first(type) != nil
  }

  /// A number of 32 bits.
  func be32(_ type: some RawRepresentable<UInt32>, _ name: StaticString) throws(KernelError) -> UInt32? {
    try bigEndian(Int(type.rawValue), name)
  }

  /// A number of 64 bits.
  func be64(_ type: some RawRepresentable<UInt32>, _ name: StaticString) throws(KernelError) -> UInt64? {
    try bigEndian(Int(type.rawValue), name)
  }

  /// A number of 16 bits.
  func be16(_ type: some RawRepresentable<UInt32>, _ name: StaticString) throws(KernelError) -> UInt16? {
    try bigEndian(Int(type.rawValue), name)
  }

  /// A byte.
  func byte(_ type: some RawRepresentable<UInt32>, _ name: StaticString) throws(KernelError) -> UInt8? {
    try number(Int(type.rawValue), name)
  }

  /// A text.
  func string(_ type: some RawRepresentable<UInt32>) throws(KernelError) -> String? {
    try first(Int(type.rawValue))?.string
  }
}

extension NetlinkMessage {
  /// Whether it is a message of nf_tables of this type.
  func isNFTables(_ wanted: nf_tables_msg_types) -> Bool {
    type == UInt16(NFNL_SUBSYS_NFTABLES) << 8 | UInt16(truncatingIfNeeded: wanted.rawValue)
  }

  /// The attributes behind struct nfgenmsg, whose first byte is the protocol family.
  @_lifetime(copy self)
  func netfilterAttributes(of object: StaticString) throws(KernelError) -> NetlinkAttributes {
    try attributes(of: object, after: 4)
  }
}

extension NetlinkAttributes {
  /// The protocol family (NFPROTO_*) of struct nfgenmsg.
  var protocolFamily: UInt8 { header(0) }
}

extension NetlinkRequest {
  /// Appends text with its NUL.
  mutating func append(_ type: some RawRepresentable<UInt32>, text: String) {
    append(Int(type.rawValue), text: text)
  }

  /// Appends bytes.
  mutating func append(_ type: some RawRepresentable<UInt32>, _ bytes: [UInt8]) {
    append(Int(type.rawValue), bytes)
  }

  /// Appends a number in network byte order.
  mutating func append(_ type: some RawRepresentable<UInt32>, be32 number: UInt32) {
    append(Int(type.rawValue), number: number.bigEndian)
  }

  /// Appends an attribute that holds others.
  mutating func nest(_ type: some RawRepresentable<UInt32>, _ body: (inout NetlinkRequest) -> Void) {
    nest(Int(type.rawValue), body)
  }
}

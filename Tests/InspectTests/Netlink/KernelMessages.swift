/// What a kernel (Linux 6.18; of IPVS 6.1) answered, one message of each kind, with the command that shows the same.
///
/// A dash before a name: the attribute lies in the one above. The sequence is 1; the port is left out, and so are some
/// attributes that kpx does not read.
enum KernelMessages {
  /// `ip link add host0 type veth peer name eth0 netns pod; ip -n pod link set eth0 up; ip -n pod link show eth0`
  static let link: [UInt8] = [
    0x68, 0, 0, 0, 0x10, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0,  // nlmsghdr: length, type, flags, sequence, port
    0, 0, 1, 0, 2, 0, 0, 0, 0x43, 0x10, 1, 0, 0, 0, 0, 0,  // ifinfomsg: family, pad, type, index, flags, change
    9, 0, 3, 0, 0x65, 0x74, 0x68, 0x30, 0, 0, 0, 0,  // IFLA_IFNAME
    5, 0, 0x10, 0, 6, 0, 0, 0,  // IFLA_OPERSTATE
    8, 0, 4, 0, 0xdc, 5, 0, 0,  // IFLA_MTU
    0x0a, 0, 1, 0, 2, 0x42, 0xac, 0x11, 0, 0x11, 0, 0,  // IFLA_ADDRESS
    0x10, 0, 0x12, 0,  // IFLA_LINKINFO
    9, 0, 1, 0, 0x76, 0x65, 0x74, 0x68, 0, 0, 0, 0,  // - IFLA_INFO_KIND
    8, 0, 0x25, 0, 0, 0, 0, 0,  // IFLA_LINK_NETNSID
    8, 0, 5, 0, 2, 0, 0, 0,  // IFLA_LINK
  ]

  /// `ip -4 addr show eth0`
  static let address: [UInt8] = [
    0x50, 0, 0, 0, 0x14, 0, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0,  // nlmsghdr: length, type, flags, sequence, port
    2, 0x18, 0x80, 0, 2, 0, 0, 0,  // ifaddrmsg: family, prefix length, flags, scope, index
    8, 0, 1, 0, 0x0a, 8, 0, 2,  // IFA_ADDRESS
    8, 0, 2, 0, 0x0a, 8, 0, 2,  // IFA_LOCAL
    9, 0, 3, 0, 0x65, 0x74, 0x68, 0x30, 0, 0, 0, 0,  // IFA_LABEL
    8, 0, 8, 0, 0x80, 0, 0, 0,  // IFA_FLAGS
    0x14, 0, 6, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xe7, 0xd7, 0x15, 0, 0xe7, 0xd7, 0x15, 0,
    // IFA_CACHEINFO
  ]

  /// `ip neigh add 10.8.0.5 lladdr 02:00:00:00:00:05 dev eth0; ip neigh show`
  static let neighbour: [UInt8] = [
    0x4c, 0, 0, 0, 0x1c, 0, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0,  // nlmsghdr: length, type, flags, sequence, port
    2, 0, 0, 0, 2, 0, 0, 0, 0x80, 0, 0, 1,  // ndmsg: family, pad, index, state, flags, type
    8, 0, 1, 0, 0x0a, 8, 0, 5,  // NDA_DST
    0x0a, 0, 2, 0, 2, 0, 0, 0, 0, 5, 0, 0,  // NDA_LLADDR
    8, 0, 4, 0, 0, 0, 0, 0,  // NDA_PROBES
    0x14, 0, 3, 0, 0x39, 0, 0, 0, 0x39, 0, 0, 0, 0x39, 0, 0, 0, 0, 0, 0, 0,  // NDA_CACHEINFO
  ]

  /// `ip netns list-id`
  static let namespace: [UInt8] = [
    0x1c, 0, 0, 0, 0x58, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0,  // nlmsghdr: length, type, flags, sequence, port
    0, 0, 0, 0,  // rtgenmsg: family, padding
    8, 0, 1, 0, 0, 0, 0, 0,  // NETNSA_NSID
  ]

  /// `genl ctrl get name nlctrl`
  static let family: [UInt8] = [
    0x40, 0, 0, 0, 0x10, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0,  // nlmsghdr: length, type, flags, sequence, port
    1, 2, 0, 0,  // genlmsghdr: command, version
    0x0b, 0, 2, 0, 0x6e, 0x6c, 0x63, 0x74, 0x72, 0x6c, 0, 0,  // CTRL_ATTR_FAMILY_NAME
    6, 0, 1, 0, 0x10, 0, 0, 0,  // CTRL_ATTR_FAMILY_ID
    8, 0, 3, 0, 2, 0, 0, 0,  // CTRL_ATTR_VERSION
    8, 0, 4, 0, 0, 0, 0, 0,  // CTRL_ATTR_HDRSIZE
    8, 0, 5, 0, 0, 0, 0, 0,  // CTRL_ATTR_MAXATTR
  ]

  /// The answer to NFT_MSG_GETGEN.
  static let generation: [UInt8] = [
    0x30, 0, 0, 0, 0x0f, 0x0a, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0,  // nlmsghdr: length, type, flags, sequence, port
    0, 0, 0, 2,  // nfgenmsg: family, version, resource id
    8, 0, 1, 0, 0, 0, 0, 2,  // NFTA_GEN_ID
    8, 0, 2, 0, 0, 0, 0x5b, 0x95,  // NFTA_GEN_PROC_PID
    0x0c, 0, 3, 0, 0x70, 0x79, 0x74, 0x68, 0x6f, 0x6e, 0x33, 0,  // NFTA_GEN_PROC_NAME
  ]

  /// `nft list table ip t`
  static let table: [UInt8] = [
    0x38, 0, 0, 0, 0, 0x0a, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0,  // nlmsghdr: length, type, flags, sequence, port
    2, 0, 0, 2,  // nfgenmsg: family, version, resource id
    6, 0, 1, 0, 0x74, 0, 0, 0,  // NFTA_TABLE_NAME
    8, 0, 3, 0, 0, 0, 0, 2,  // NFTA_TABLE_USE
    0x0c, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 1,  // NFTA_TABLE_HANDLE
    8, 0, 2, 0, 0, 0, 0, 0,  // NFTA_TABLE_FLAGS
  ]

  /// `nft list chain ip t c`
  static let chain: [UInt8] = [
    0x64, 0, 0, 0, 3, 0x0a, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0,  // nlmsghdr: length, type, flags, sequence, port
    2, 0, 0, 2,  // nfgenmsg: family, version, resource id
    6, 0, 1, 0, 0x74, 0, 0, 0,  // NFTA_CHAIN_TABLE
    6, 0, 3, 0, 0x63, 0, 0, 0,  // NFTA_CHAIN_NAME
    0x0c, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 1,  // NFTA_CHAIN_HANDLE
    0x14, 0, 4, 0,  // NFTA_CHAIN_HOOK
    8, 0, 1, 0, 0, 0, 0, 0,  // - NFTA_HOOK_HOOKNUM
    8, 0, 2, 0, 0xff, 0xff, 0xff, 0x9c,  // - NFTA_HOOK_PRIORITY
    8, 0, 5, 0, 0, 0, 0, 1,  // NFTA_CHAIN_POLICY
    8, 0, 7, 0, 0x6e, 0x61, 0x74, 0,  // NFTA_CHAIN_TYPE
    8, 0, 0x0a, 0, 0, 0, 0, 1,  // NFTA_CHAIN_FLAGS
    8, 0, 6, 0, 0, 0, 0, 1,  // NFTA_CHAIN_USE
  ]

  /// `nft add rule ip t c meta l4proto tcp drop`
  static let rule: [UInt8] = [
    0xb4, 0, 0, 0, 6, 0x0a, 2, 8, 1, 0, 0, 0, 0, 0, 0, 0,  // nlmsghdr: length, type, flags, sequence, port
    2, 0, 0, 2,  // nfgenmsg: family, version, resource id
    6, 0, 1, 0, 0x74, 0, 0, 0,  // NFTA_RULE_TABLE
    6, 0, 2, 0, 0x63, 0, 0, 0,  // NFTA_RULE_CHAIN
    0x0c, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 3,  // NFTA_RULE_HANDLE
    0x84, 0, 4, 0,  // NFTA_RULE_EXPRESSIONS
    0x24, 0, 1, 0,  // - NFTA_LIST_ELEM
    9, 0, 1, 0, 0x6d, 0x65, 0x74, 0x61, 0, 0, 0, 0,  // - - NFTA_EXPR_NAME
    0x14, 0, 2, 0,  // - - NFTA_EXPR_DATA
    8, 0, 2, 0, 0, 0, 0, 0x10,  // - - - NFTA_META_KEY: NFT_META_L4PROTO
    8, 0, 1, 0, 0, 0, 0, 1,  // - - - NFTA_META_DREG
    0x2c, 0, 1, 0,  // - NFTA_LIST_ELEM
    8, 0, 1, 0, 0x63, 0x6d, 0x70, 0,  // - - NFTA_EXPR_NAME
    0x20, 0, 2, 0,  // - - NFTA_EXPR_DATA
    8, 0, 1, 0, 0, 0, 0, 1,  // - - - NFTA_CMP_SREG
    8, 0, 2, 0, 0, 0, 0, 0,  // - - - NFTA_CMP_OP: NFT_CMP_EQ
    0x0c, 0, 3, 0, 5, 0, 1, 0, 6, 0, 0, 0,  // - - - NFTA_CMP_DATA: NFTA_DATA_VALUE 6
    0x30, 0, 1, 0,  // - NFTA_LIST_ELEM
    0x0e, 0, 1, 0, 0x69, 0x6d, 0x6d, 0x65, 0x64, 0x69, 0x61, 0x74, 0x65, 0, 0, 0,  // - - NFTA_EXPR_NAME
    0x1c, 0, 2, 0,  // - - NFTA_EXPR_DATA
    8, 0, 1, 0, 0, 0, 0, 0,  // - - - NFTA_IMMEDIATE_DREG: the verdict
    0x10, 0, 2, 0, 0x0c, 0, 2, 0, 8, 0, 1, 0, 0, 0, 0, 0,  // - - - NFTA_IMMEDIATE_DATA: verdict 0, drop
  ]

  /// `nft list map ip t m`
  static let set: [UInt8] = [
    0x74, 0, 0, 0, 9, 0x0a, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0,  // nlmsghdr: length, type, flags, sequence, port
    2, 0, 0, 2,  // nfgenmsg: family, version, resource id
    6, 0, 1, 0, 0x74, 0, 0, 0,  // NFTA_SET_TABLE
    6, 0, 2, 0, 0x6d, 0, 0, 0,  // NFTA_SET_NAME
    0x0c, 0, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 2,  // NFTA_SET_HANDLE
    8, 0, 3, 0, 0, 0, 0, 8,  // NFTA_SET_FLAGS
    8, 0, 4, 0, 0, 0, 0, 7,  // NFTA_SET_KEY_TYPE
    8, 0, 5, 0, 0, 0, 0, 4,  // NFTA_SET_KEY_LEN
    8, 0, 6, 0, 0, 0, 0, 0x0d,  // NFTA_SET_DATA_TYPE
    8, 0, 7, 0, 0, 0, 0, 2,  // NFTA_SET_DATA_LEN
    0x16, 0, 0x0d, 0, 0, 4, 2, 0, 0, 0, 1, 4, 2, 0, 0, 0, 6, 4, 0, 0, 0, 0, 0, 0,  // NFTA_SET_USERDATA
    4, 0, 9, 0,  // NFTA_SET_DESC
  ]

  /// `nft list map ip t m`
  static let element: [UInt8] = [
    0x44, 0, 0, 0, 0x0c, 0x0a, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0,  // nlmsghdr: length, type, flags, sequence, port
    2, 0, 0, 2,  // nfgenmsg: family, version, resource id
    6, 0, 1, 0, 0x74, 0, 0, 0,  // NFTA_SET_ELEM_LIST_TABLE
    6, 0, 2, 0, 0x6d, 0, 0, 0,  // NFTA_SET_ELEM_LIST_SET
    0x20, 0, 3, 0,  // NFTA_SET_ELEM_LIST_ELEMENTS
    0x1c, 0, 1, 0,  // - NFTA_LIST_ELEM
    0x0c, 0, 1, 0,  // - - NFTA_SET_ELEM_KEY
    8, 0, 1, 0, 0x0a, 0x60, 0, 1,  // - - - NFTA_DATA_VALUE
    0x0c, 0, 2, 0,  // - - NFTA_SET_ELEM_DATA
    6, 0, 1, 0, 1, 0xbb, 0, 0,  // - - - NFTA_DATA_VALUE
  ]

  /// `ipset create s hash:ip,port counters; ipset add s 10.96.0.1,tcp:443; ipset list s`
  static let ipset: [UInt8] = [
    0xc8, 0, 0, 0, 7, 6, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0,  // nlmsghdr: length, type, flags, sequence, port
    2, 0, 0, 0,  // nfgenmsg: family, version, resource id
    5, 0, 1, 0, 6, 0, 0, 0,  // IPSET_ATTR_PROTOCOL
    6, 0, 2, 0, 0x73, 0, 0, 0,  // IPSET_ATTR_SETNAME
    0x11, 0, 3, 0, 0x68, 0x61, 0x73, 0x68, 0x3a, 0x69, 0x70, 0x2c, 0x70, 0x6f, 0x72, 0x74, 0, 0, 0, 0,
    // IPSET_ATTR_TYPENAME
    5, 0, 5, 0, 2, 0, 0, 0,  // IPSET_ATTR_FAMILY
    5, 0, 4, 0, 7, 0, 0, 0,  // IPSET_ATTR_REVISION
    0x44, 0, 7, 0x80,  // IPSET_ATTR_DATA
    8, 0, 0x12, 0x40, 0, 0, 4, 0,  // - IPSET_ATTR_HASHSIZE
    8, 0, 0x13, 0x40, 0, 1, 0, 0,  // - IPSET_ATTR_MAXELEM
    5, 0, 0x15, 0, 0x0c, 0, 0, 0,  // - IPSET_ATTR_BUCKETSIZE
    8, 0, 0x11, 0x40, 0x7f, 0xc1, 0x64, 0xbe,  // - IPSET_ATTR_INITVAL
    8, 0, 0x19, 0x40, 0, 0, 0, 0,  // - IPSET_ATTR_REFERENCES
    8, 0, 0x1a, 0x40, 0, 0, 1, 0x28,  // - IPSET_ATTR_MEMSIZE
    8, 0, 0x18, 0x40, 0, 0, 0, 1,  // - IPSET_ATTR_ELEMENTS
    8, 0, 8, 0x40, 0, 0, 0, 8,  // - IPSET_ATTR_CADT_FLAGS
    0x3c, 0, 8, 0x80,  // IPSET_ATTR_ADT
    0x38, 0, 7, 0x80,  // - IPSET_ATTR_DATA
    0x0c, 0, 1, 0x80,  // - - IPSET_ATTR_IP
    8, 0, 1, 0, 0x0a, 0x60, 0, 1,  // - - - IPSET_ATTR_IPADDR_IPV4
    6, 0, 4, 0x40, 1, 0xbb, 0, 0,  // - - IPSET_ATTR_PORT
    5, 0, 7, 0, 6, 0, 0, 0,  // - - IPSET_ATTR_PROTO
    0x0c, 0, 0x18, 0x40, 0, 0, 0, 0, 0, 0, 0, 0,  // - - IPSET_ATTR_BYTES
    0x0c, 0, 0x19, 0x40, 0, 0, 0, 0, 0, 0, 0, 0,  // - - IPSET_ATTR_PACKETS
  ]

  /// `ipvsadm -Ln`
  static let service: [UInt8] = [
    0xa8, 0, 0, 0, 0x20, 0, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0,  // nlmsghdr: length, type, flags, sequence, port
    1, 1, 0, 0,  // genlmsghdr: command, version
    0x94, 0, 1, 0,  // IPVS_CMD_ATTR_SERVICE
    6, 0, 1, 0, 2, 0, 0, 0,  // - IPVS_SVC_ATTR_AF
    6, 0, 2, 0, 6, 0, 0, 0,  // - IPVS_SVC_ATTR_PROTOCOL
    0x14, 0, 3, 0, 0x0a, 0x60, 0x1c, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,  // - IPVS_SVC_ATTR_ADDR
    6, 0, 4, 0, 0x23, 0xc1, 0, 0,  // - IPVS_SVC_ATTR_PORT
    7, 0, 6, 0, 0x72, 0x72, 0, 0,  // - IPVS_SVC_ATTR_SCHED_NAME
    0x0c, 0, 7, 0, 2, 0, 0, 0, 0xff, 0xff, 0xff, 0xff,  // - IPVS_SVC_ATTR_FLAGS: flags, mask
    8, 0, 8, 0, 0, 0, 0, 0,  // - IPVS_SVC_ATTR_TIMEOUT
    8, 0, 9, 0, 0xff, 0xff, 0xff, 0xff,  // - IPVS_SVC_ATTR_NETMASK
    0x40, 0, 0x0c, 0,  // - IPVS_SVC_ATTR_STATS64
    0x0c, 0, 1, 0, 4, 0, 0, 0, 0, 0, 0, 0,  // - - IPVS_STATS_ATTR_CONNS
    0x0c, 0, 2, 0, 0x12, 0, 0, 0, 0, 0, 0, 0,  // - - IPVS_STATS_ATTR_INPKTS
    0x0c, 0, 3, 0, 0x10, 0, 0, 0, 0, 0, 0, 0,  // - - IPVS_STATS_ATTR_OUTPKTS
    0x0c, 0, 4, 0, 0xc8, 3, 0, 0, 0, 0, 0, 0,  // - - IPVS_STATS_ATTR_INBYTES
    0x0c, 0, 5, 0, 0x1b, 4, 0, 0, 0, 0, 0, 0,  // - - IPVS_STATS_ATTR_OUTBYTES
  ]

  /// `ipvsadm -Ln`
  static let realServer: [UInt8] = [
    0xcc, 0, 0, 0, 0x20, 0, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0,  // nlmsghdr: length, type, flags, sequence, port
    5, 1, 0, 0,  // genlmsghdr: command, version
    0xb8, 0, 2, 0,  // IPVS_CMD_ATTR_DEST
    0x14, 0, 1, 0, 0x0a, 0xf4, 0x20, 0x1c, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,  // - IPVS_DEST_ATTR_ADDR
    6, 0, 2, 0, 0x23, 0xc1, 0, 0,  // - IPVS_DEST_ATTR_PORT
    8, 0, 3, 0, 0, 0, 0, 0,  // - IPVS_DEST_ATTR_FWD_METHOD
    8, 0, 4, 0, 1, 0, 0, 0,  // - IPVS_DEST_ATTR_WEIGHT
    5, 0, 0x0d, 0, 0, 0, 0, 0,  // - IPVS_DEST_ATTR_TUN_TYPE
    6, 0, 0x0e, 0, 0, 0, 0, 0,  // - IPVS_DEST_ATTR_TUN_PORT
    6, 0, 0x0f, 0, 0, 0, 0, 0,  // - IPVS_DEST_ATTR_TUN_FLAGS
    8, 0, 5, 0, 0, 0, 0, 0,  // - IPVS_DEST_ATTR_U_THRESH
    8, 0, 6, 0, 0, 0, 0, 0,  // - IPVS_DEST_ATTR_L_THRESH
    8, 0, 7, 0, 0, 0, 0, 0,  // - IPVS_DEST_ATTR_ACTIVE_CONNS
    8, 0, 8, 0, 2, 0, 0, 0,  // - IPVS_DEST_ATTR_INACT_CONNS
    8, 0, 9, 0, 0, 0, 0, 0,  // - IPVS_DEST_ATTR_PERSIST_CONNS
    6, 0, 0x0b, 0, 2, 0, 0, 0,  // - IPVS_DEST_ATTR_ADDR_FAMILY
    0x40, 0, 0x0c, 0,  // - IPVS_DEST_ATTR_STATS64
    0x0c, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0,  // - - IPVS_STATS_ATTR_CONNS
    0x0c, 0, 2, 0, 8, 0, 0, 0, 0, 0, 0, 0,  // - - IPVS_STATS_ATTR_INPKTS
    0x0c, 0, 3, 0, 8, 0, 0, 0, 0, 0, 0, 0,  // - - IPVS_STATS_ATTR_OUTPKTS
    0x0c, 0, 4, 0, 0xb0, 1, 0, 0, 0, 0, 0, 0,  // - - IPVS_STATS_ATTR_INBYTES
    0x0c, 0, 5, 0, 0x0f, 2, 0, 0, 0, 0, 0, 0,  // - - IPVS_STATS_ATTR_OUTBYTES
  ]
}

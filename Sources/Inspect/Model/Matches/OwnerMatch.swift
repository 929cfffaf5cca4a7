import CSys

/// `-m owner`: struct xt_owner_match_info. The socket that sends a packet.
public struct OwnerMatch: Sendable, Hashable {
  /// `--uid-owner`; nil if not tested.
  public var users: ClosedRange<UInt32>?
  /// `! --uid-owner`
  public var usersInverted = false
  /// `--gid-owner`; nil if not tested.
  public var groups: ClosedRange<UInt32>?
  /// `! --gid-owner`
  public var groupsInverted = false
  /// `--suppl-groups`
  public var supplementaryGroups = false
  /// `--socket-exists`; nil if not tested, else whether there must be a socket.
  public var socketExists: Bool?
}

extension OwnerMatch {
  /// Whether it matches a packet that no socket of this node sends (owner_mt).
  var holdsWithoutSocket: Bool {
    let asksSocket = users != nil && !usersInverted || groups != nil && !groupsInverted || socketExists == true
    return !asksSocket && !supplementaryGroups
  }

  static let decoders: [XTables.Decoder<Match>] = [
    .init(name: "owner", revision: 1, size: sizeof_xt_owner_match_info) { p throws(XTablesProblem) in
      .owner(try OwnerMatch(p))
    }
  ]

  private init(_ p: XTablesPayload) throws(XTablesProblem) {
    // XT_OWNER_UID 1, GID 2, SOCKET 4, SUPPL_GROUPS 8
    let tested = p.u8(xt_owner_match_info_match)
    let inverted = p.u8(xt_owner_match_info_invert)
    if tested & 1 != 0 {
      users = try p.closedRange(p.u32(xt_owner_match_info_uid_min), p.u32(xt_owner_match_info_uid_max), of: "users")
      usersInverted = inverted & 1 != 0
    }
    if tested & 2 != 0 {
      groups = try p.closedRange(p.u32(xt_owner_match_info_gid_min), p.u32(xt_owner_match_info_gid_max), of: "groups")
      groupsInverted = inverted & 2 != 0
    }
    if tested & 4 != 0 { socketExists = inverted & 4 == 0 }
    supplementaryGroups = tested & 8 != 0
  }

  func append(to text: inout String) {
    text += " -m owner"
    if let socketExists { text.addOption("--socket-exists", inverted: !socketExists) }
    if let users { text.addOption("--uid-owner \(users.text("-"))", inverted: usersInverted) }
    if let groups { text.addOption("--gid-owner \(groups.text("-"))", inverted: groupsInverted) }
    if supplementaryGroups { text += " --suppl-groups" }
  }
}

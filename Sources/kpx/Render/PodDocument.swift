import Inspect

extension Document {
  /// The promised form of pods and their interfaces: fields are added, never renamed.
  init(_ answer: PodInterfaces) throws {
    self = try .object([
      ("apiVersion", "kpx/v1"), ("kind", "PodInterfaceList"),
      ("items", .array(answer.pods.map { Document($0) })),
      ("orphans", .array(answer.orphans.map { Document($0) })),
      ("incomplete", .bool(answer.isIncomplete)),
      ("notes", .array(answer.notes.map { try Document($0) })),
    ])
  }

  private init(_ pod: PodNetwork) {
    let sandbox = pod.sandbox
    self = .object([
      ("namespace", .optional(sandbox.name?.value.namespace)), ("name", .optional(sandbox.name?.value.name)),
      ("uid", .optional(sandbox.uid?.value)), ("hostNetwork", (sandbox.isHostNetwork?.value).map(Document.bool)),
      ("sandbox", Document(sandbox)), ("interfaces", .array(pod.shownInterfaces.map { Document($0) })),
      ("interfacesOmitted", .count(UInt64(pod.omittedCount))),
      ("problem", .nullable(pod.problem)),
    ])
  }

  /// Whoever runs in a pod may make as many as they like.
  private static let mostNamespaces = 32

  private init(_ sandbox: PodSandbox) {
    self = .object([
      ("id", .optional(sandbox.id?.value)), ("runtime", .optional(sandbox.runtime)),
      ("state", .string(sandbox.state.rawValue)),
      ("pid", (sandbox.pid?.value).map { .integer(Int64($0)) }),
      ("netns", .optional(sandbox.namespace?.value.path)),
      ("netnsInode", (sandbox.namespace?.value.id.inode).map { .count($0) }),
      ("otherNetns", .array(sandbox.otherNamespaces.prefix(Self.mostNamespaces).map { .string($0.path) })),
      ("otherNetnsCount", .count(UInt64(sandbox.otherNamespaces.count))),
      (
        "sources",
        .object([
          ("name", .optional(sandbox.name?.source.rawValue)), ("uid", .optional(sandbox.uid?.source.rawValue)),
          ("id", .optional(sandbox.id?.source.rawValue)), ("pid", .optional(sandbox.pid?.source.rawValue)),
          ("netns", .optional(sandbox.namespace?.source.rawValue)),
          ("hostNetwork", .optional(sandbox.isHostNetwork?.source.rawValue)),
        ])
      ),
    ])
  }

  private init(_ interface: PodInterface) {
    self = .object(
      Self.fields(interface.link) + [
        ("addresses", .array(interface.shownAddresses.map { .string($0.description) })),
        ("addressesOmitted", .count(UInt64(interface.omittedCount))),
        ("host", interface.hostDocument), ("parent", interface.parentDocument),
      ])
  }

  fileprivate init(_ host: HostInterface) {
    self = .object(
      Self.fields(host.link) + [
        ("netnsid", host.netnsid.map { .integer(Int64($0)) }), ("master", .nullable(host.master)),
        ("routes", .array(host.routes.map { .string($0.description) })),
        ("confirmations", .array(host.confirmations.map(Document.string))),
      ])
  }

  private init(_ orphan: OrphanInterface) {
    self = .object(
      Self.fields(orphan.link) + [
        ("netnsid", (orphan.link.peer?.netnsid).map { .integer(Int64($0)) }),
        ("peerIfindex", (orphan.link.peer?.index).map { .integer(Int64($0)) }),
        ("master", .nullable(orphan.master)), ("reason", .string(orphan.reason)),
      ])
  }

  fileprivate static func fields(_ link: Link) -> [(String, Document?)] {
    [
      ("name", .string(link.name)), ("ifindex", .integer(Int64(link.index))), ("kind", .nullable(link.kind)),
      ("mac", .nullable(link.mac?.description)), ("mtu", .integer(Int64(link.mtu))), ("state", .string(link.state)),
      (
        "statistics",
        link.statistics.map { counts in
          .object([
            ("rxPackets", .count(counts.rxPackets)), ("txPackets", .count(counts.txPackets)),
            ("rxBytes", .count(counts.rxBytes)), ("txBytes", .count(counts.txBytes)),
            ("rxErrors", .count(counts.rxErrors)), ("txErrors", .count(counts.txErrors)),
            ("rxDropped", .count(counts.rxDropped)), ("txDropped", .count(counts.txDropped)),
          ])
        }
      ),
    ]
  }
}

extension PodInterface {
  /// null where it is known that the node has no end of it.
  fileprivate var hostDocument: Document? {
    switch side {
    case .pair(let host): Document(host)
    case .parent, .none, .inside: .null
    case .elsewhere: nil
    }
  }

  /// The node's interface that it stands upon; left out for a pair.
  fileprivate var parentDocument: Document? {
    if case .parent(let link) = side { .object(Document.fields(link)) } else { nil }
  }
}

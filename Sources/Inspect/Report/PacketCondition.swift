/// For which packets something holds: those of any of some alternatives.
public struct PacketCondition: Codable, Sendable, Hashable {
  /// In words.
  public var text: String
  /// nil where the alternatives are too many to list.
  public var any: [Alternative]?
  /// Whose packets these are, where they are all of a kind of client's and nobody else's.
  public var clients: Clients?

  /// A kind of client, as kube-proxy tells them apart.
  public enum Clients: String, Codable, Sendable {
    /// All but pods and this node: machines outside the cluster, and other nodes.
    case outside
    /// Pods and this node.
    case inside
  }

  /// What must hold together. What is nil may be anything.
  public struct Alternative: Codable, Sendable, Hashable {
    /// Whether this node sends the packet.
    public var local: Bool?
    /// Of a packet that arrives: whether it is from a pod of this node, by the pod's own interface.
    public var fromPod: Bool?
    /// The source addresses.
    public var source: Values?
    /// The source ports.
    public var sourcePort: Values?
    /// The interfaces that the packet comes by.
    public var inInterface: Values?
    /// The destination addresses, as the client sent the packet.
    public var destination: Values?
    /// The destination ports, as the client sent the packet.
    public var destinationPort: Values?
    /// The interfaces that the packet leaves by.
    public var outInterface: Values?
    /// The way out that the node's own packets are given anew when they are translated in OUTPUT.
    public var outInterfaceAnew: Values?
    /// Where the packet is sent in the end.
    public var endpoint: Values?
    /// What only the moment decides, or is no number.
    public var tests: [Test]?
  }

  /// Addresses (as prefixes), ports (as ranges), or interfaces (`+` stands for any end). Of those that a value matches the
  /// longest decides; one that matches none is meant if `in` is nil.
  public struct Values: Codable, Sendable, Hashable {
    /// Those that are meant; nil for all.
    public var `in`: [String]?
    /// Those that are not meant, although they are in `in`; nil for none.
    public var not: [String]?
    /// How many more there are than are listed.
    public var omitted: Int?
    /// Whether it is an address of this node; nil where that is not what is asked.
    public var local: Bool?

    /// No more are listed.
    static let most = 64

    init(in within: [String] = [], not without: [String] = [], local: Bool? = nil) {
      `in` = within.isEmpty ? nil : Array(within.prefix(Self.most))
      not = without.isEmpty ? nil : Array(without.prefix(Self.most))
      let more = max(0, within.count - Self.most) + max(0, without.count - Self.most)
      omitted = more == 0 ? nil : more
      self.local = local
    }
  }

  /// A condition that is told in words alone.
  public struct Test: Codable, Sendable, Hashable {
    /// What is tested.
    public enum Kind: String, Codable, Sendable {
      case address, addressRange, addressType, match, recent, scheduler, set
      /// kpx cannot tell.
      case undecided
    }

    /// What kind of test it is.
    public var kind: Kind
    /// What holds, or does not.
    public var text: String
    /// Whether `text` holds; if not, its opposite does.
    public var holds: Bool
  }
}

extension PacketCondition: CustomStringConvertible {
  /// The words.
  public var description: String { text }
}

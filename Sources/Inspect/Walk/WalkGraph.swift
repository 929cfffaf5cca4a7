/// The ways of a walk as one graph: those that part have in common what they met before.
public struct WalkGraph {
  /// A step, and the packets that took it.
  public struct Node {
    /// What packets met.
    public let step: Step
    /// The node that packets come from; nil for the first of a walk.
    public let before: Int?
    /// The packets that took it, of all ways through it.
    public fileprivate(set) var set: PacketSet
    /// The packets that its walk began with.
    public let among: PacketSet
  }

  /// Where a way ends.
  public struct Ending {
    /// The way, with its packets and their end.
    public let branch: Branch
    /// The last node; nil for packets that met nothing.
    public let last: Int?
  }

  /// The steps; each comes after the one before it.
  public private(set) var nodes: [Node] = []
  /// Where ways end, in the order of the walk.
  public private(set) var endings: [Ending] = []
  /// How many ways were left out, since the graph would have more nodes than was asked for.
  public private(set) var omitted = 0
  private var places: [ObjectIdentifier: Int] = [:]

  /// - Parameter most: how many nodes it may have.
  public init(_ branches: [Branch], most: Int) {
    for branch in branches {
      var unmet: [Trail] = []
      var next = branch.trail
      while let trail = next, places[ObjectIdentifier(trail)] == nil {
        unmet.append(trail)
        next = trail.before
      }
      guard nodes.count + unmet.count <= most else {
        omitted += 1
        continue
      }
      var last = next.flatMap { places[ObjectIdentifier($0)] }
      var met = last
      while let place = met {
        nodes[place].set = nodes[place].set.union(branch.set)
        met = nodes[place].before
      }
      for trail in unmet.reversed() {
        nodes.append(Node(step: trail.step, before: last, set: branch.set, among: branch.among))
        last = nodes.count - 1
        places[ObjectIdentifier(trail)] = last
      }
      endings.append(Ending(branch: branch, last: last))
    }
  }
}

/// What kube-proxy says in the comment of a rule, in any release from 1.14 to 1.36.
public struct RuleComment: Sendable, Hashable {
  /// What the rule is about.
  public enum Subject: Sendable, Hashable {
    /// The service port alone: node ports' rules, rules to endpoints before 1.24, endpoints' own rules. The chain tells.
    case servicePort
    /// Traffic to the cluster address.
    case clusterIP
    /// Traffic to an external address.
    case externalIP
    /// Traffic to a load balancer's address.
    case loadBalancerIP
    /// One endpoint among those of the chain.
    case endpoint(SocketAddress)
    /// One endpoint among those of the chain, by its number (the Local policy up to 1.23).
    case balancing(Int)
    /// There is no endpoint at all.
    case noEndpoints
    /// There is no endpoint on this node.
    case noLocalEndpoints
    /// The port where the load balancer asks after the node's health.
    case healthCheckNodePort
    /// What comes from outside, from pods or from the node, on its way to the endpoints.
    case externalTraffic
    /// What the source ranges leave over.
    case notInSourceRanges
  }

  /// The service port.
  public var port: ServicePortName
  /// What the rule is about.
  public var subject: Subject

  /// What stands behind the service port, and what stands before it.
  private static let forms: [(before: String, after: String, subject: Subject)] = [
    ("", "", .servicePort),
    ("", " cluster IP", .clusterIP),
    ("", " external IP", .externalIP),
    ("", " loadbalancer IP", .loadBalancerIP),
    ("", " has no endpoints", .noEndpoints),
    ("", " has no local endpoints", .noLocalEndpoints),
    ("", " health check node port", .healthCheckNodePort),
    ("masquerade traffic for ", " external destinations", .externalTraffic),
    ("masquerade LOCAL traffic for ", " external destinations", .externalTraffic),
    ("route LOCAL traffic for ", " external destinations", .externalTraffic),
    ("pod traffic for ", " external destinations", .externalTraffic),
    ("masquerade LOCAL traffic for ", " LB IP", .externalTraffic),
    ("route LOCAL traffic for ", " LB IP to service chain", .externalTraffic),
    ("other traffic to ", " will be dropped by KUBE-PROXY-FIREWALL", .notInSourceRanges),
  ]

  /// Reads a comment; nil if it names no service port in a way that kube-proxy has.
  public init?(_ comment: String) {
    if let known = Self.fixedForm(comment) ?? Self.endpointForm(comment) ?? Self.balancingForm(comment)
      ?? Self.firewallForm(comment)
    {
      self = known
    } else {
      return nil
    }
  }

  private init(_ port: ServicePortName, _ subject: Subject) {
    self.port = port
    self.subject = subject
  }

  private static func fixedForm(_ comment: String) -> RuleComment? {
    // By bytes: there is a comment in each of a table's hundred thousands of rules.
    let bytes = comment.utf8
    for form in forms {
      let (before, after) = (form.before.utf8, form.after.utf8)
      guard bytes.count >= before.count + after.count, bytes.starts(with: before),
        bytes.suffix(after.count).elementsEqual(after)
      else { continue }
      let name = Substring(bytes.dropFirst(before.count).dropLast(after.count))
      if let port = ServicePortName(name) { return RuleComment(port, form.subject) }
    }
    return nil
  }

  private static func endpointForm(_ comment: String) -> RuleComment? {
    let bytes = comment.utf8
    guard let head = bytes.firstIndex(of: UInt8(ascii: ">")), bytes[..<head].suffix(2).elementsEqual(" -".utf8),
      bytes[head...].starts(with: "> ".utf8)
    else { return nil }
    let port = ServicePortName(Substring(bytes[..<head].dropLast(2)))
    let endpoint = SocketAddress(String(Substring(bytes[head...].dropFirst(2))))
    guard let port, let endpoint else { return nil }
    return RuleComment(port, .endpoint(endpoint))
  }

  private static func balancingForm(_ comment: String) -> RuleComment? {
    guard comment.utf8.starts(with: "Balancing rule ".utf8) else { return nil }
    let words = comment.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 5, words[3] == "for" else { return nil }
    guard let number = Int(words[2]), number >= 0, let port = ServicePortName(words[4]) else { return nil }
    return RuleComment(port, .balancing(number))
  }

  /// `ns/svc:port traffic not accepted by KUBE-FW-…`
  private static func firewallForm(_ comment: String) -> RuleComment? {
    let (bytes, middle) = (comment.utf8, " traffic not accepted by ".utf8)
    // The last word is the chain.
    guard let blank = bytes.lastIndex(of: UInt8(ascii: " ")), case let head = bytes[...blank],
      head.suffix(middle.count).elementsEqual(middle), ChainName(Substring(bytes[blank...].dropFirst())) != nil,
      let port = ServicePortName(Substring(head.dropLast(middle.count)))
    else { return nil }
    return RuleComment(port, .notInSourceRanges)
  }

  /// The kind of frontend that the comment names, where it does.
  public var frontend: FrontendKind? {
    switch subject {
    case .clusterIP: .clusterIP
    case .externalIP: .externalIP
    case .loadBalancerIP: .loadBalancer
    default: nil
    }
  }
}

extension Rule {
  /// What kube-proxy says in the first of its comments that is of a known form.
  var kubeProxyComment: RuleComment? {
    // A lazy map would read each comment twice.
    for case .comment(let text) in matches {
      if let comment = RuleComment(text) { return comment }
    }
    return nil
  }
}

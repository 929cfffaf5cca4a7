/// What differs of a frontend, in words.
struct FrontendChange {
  private let was: ForwardedFrontend?
  private let now: ForwardedFrontend?

  init(_ was: ForwardedFrontend?, _ now: ForwardedFrontend?) {
    self.was = was
    self.now = now
  }

  /// Classes of sources that fare alike are told together.
  var sentences: [String] {
    var sentences = SourceClass.allCases.map { (source: $0, text: change(of: $0)) }
      .filter { $0.text != nil }.grouped(by: \.text).map { text, sources in
        "from \(words(sources.map(\.source))): \(text ?? "")"
      }
    if was != nil, now != nil {
      if was?.affinitySeconds != now?.affinitySeconds {
        sentences.append("clients keep their endpoint \(affinity(was)); now \(affinity(now))")
      }
      if was?.sourceRanges != now?.sourceRanges {
        sentences.append("sources that get through: \(ranges(was)); now \(ranges(now))")
      }
    }
    return sentences
  }

  private func words(_ sources: [SourceClass]) -> String {
    if sources.count == SourceClass.allCases.count { return "anywhere" }
    let names = sources.map { source in
      switch source {
      case .pods: "pods"
      case .node: "the node"
      case .outside: "outside"
      }
    }
    return names.joined(separator: " and ")
  }

  private func change(of source: SourceClass) -> String? {
    let (old, new) = (was?[source] ?? [], now?[source] ?? [])
    if old == new { return nil }
    return "\(text(old, of: was)); now \(text(new, of: now))"
  }

  private func text(_ fates: [PacketFate], of frontend: ForwardedFrontend?) -> String {
    if fates.isEmpty { return frontend?.sourceRanges == nil ? "left alone" : "by source ranges" }
    return fates.map(\.text).joined(separator: ", and ")
  }

  private func affinity(_ frontend: ForwardedFrontend?) -> String {
    frontend?.affinitySeconds.map { "for \($0) s" } ?? "not at all"
  }

  private func ranges(_ frontend: ForwardedFrontend?) -> String {
    frontend?.sourceRanges.map { $0.map(\.description).joined(separator: ", ") } ?? "all"
  }
}

extension PacketFate {
  /// No more endpoints are named.
  private static let mostEndpoints = 4

  fileprivate var text: String {
    var text = verdict.past
    if verdict == .forward {
      let shares = Set(endpoints.map(\.share))
      let names = endpoints.prefix(Self.mostEndpoints).map { endpoint in
        shares.count > 1 ? "\(endpoint.address) (\(endpoint.share ?? 0)/1000)" : "\(endpoint.address)"
      }
      let more = endpoints.count - names.count
      text =
        endpoints.isEmpty
        ? "to a program of the node" : "to " + names.joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
      switch masquerade {
      case .always: text += ", masqueraded"
      case .when(let condition): text += ", masqueraded if \(condition)"
      case .never, nil: break
      }
    }
    return text + (when.map { " if \($0)" } ?? "")
  }
}

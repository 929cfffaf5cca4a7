/// Where clients of a service get that has no address of its own: their own resolver sends them there, and no rule.
extension ServiceTracer {
  /// nil for a service with an address, and where the API did not tell.
  func noteOnDNS(of service: Service) -> Note? {
    let subject = Subject(kind: .service, service.metadata.namespacedName)
    if let name = service.externalName { return Note(subject, "its name in DNS stands for \(name)") }
    guard service.isHeadless, service.type != "ExternalName", let cluster = context.cluster,
      cluster.knows(.endpointSlice)
    else { return nil }
    let slices = cluster.slices(of: service.metadata.namespacedName).filter {
      $0.family.map(context.families.contains) ?? false
    }
    let endpoints = slices.flatMap(\.endpoints)
    let ready = endpoints.filter(\.conditions.isReady).map(\.text)
    let others = endpoints.filter { !$0.conditions.isReady }.map(\.text)
    let family = context.families.count == 1 ? "\(context.families[0].rawValue) " : ""
    var text =
      ready.isEmpty ? "its name in DNS has no \(family)address" : "its name in DNS leads to \(shortened(ready))"
    if !others.isEmpty { text += "; not ready: \(shortened(others))" }
    return Note(subject, text)
  }
}

extension SliceEndpoint {
  /// Its address, and the pod behind it.
  fileprivate var text: String { (addresses.first ?? "no address") + (targetRef?.pod.map { " (pod \($0))" } ?? "") }
}

import Inspect

// What `-o name` prints: names that kpx takes as targets. What has none is left out.

extension Trace {
  /// `yaobank/summary:http` for each port.
  var names: [String] {
    guard let service else { return [] }
    return frontends.map { frontend in
      // A node port is no port of the service, and its name is.
      let name = frontend.portName.flatMap { $0.isEmpty ? nil : $0 }
      let number = frontend.kind == .nodePort ? nil : "\(frontend.port)"
      return "\(service.namespace)/\(service.name)" + ((name ?? number).map { ":\($0)" } ?? "")
    }
  }
}

extension PodInterfaceList {
  /// `yaobank/summary-q76fmgv48-vdcms`
  var names: [String] {
    items.compactMap { pod in pod.namespace.flatMap { namespace in pod.name.map { "\(namespace)/\($0)" } } }
  }
}

extension VirtualServiceKey {
  /// `10.96.0.1:443/TCP`, `fwm:1`
  var name: String {
    switch self {
    case .address(let address, let transport): "\(address)/\(transport)"
    case .mark(let mark, _): "fwm:\(mark)"
    }
  }
}

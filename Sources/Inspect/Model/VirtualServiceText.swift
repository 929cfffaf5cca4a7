// Virtual services as `ipvsadm -Sn` prints them: what `ipvsadm -R` would restore.

extension VirtualServiceKey {
  /// `-t 10.96.0.1:443`, `-f 1 -6`.
  public var saveText: String {
    switch self {
    case .mark(let mark, let family): "-f \(mark)" + (family == .v6 ? " -6" : "")
    case .address(let address, let transport):
      switch transport {
      case .tcp: "-t \(address)"
      case .udp: "-u \(address)"
      default: "--\(transport.name)-service \(address)"
      }
    }
  }
}

extension VirtualService {
  /// The line that adds the service, and one for each real server.
  public var saveText: [String] {
    ["-A \(key.saveText) \(optionsText)"] + (realServers ?? []).map { "-a \(key.saveText) \($0.saveText)" }
  }

  private var optionsText: String {
    var words = ["-s \(scheduler.isEmpty ? "none" : scheduler)"]
    if flags.contains(.persistent) { words.append("-p \(timeout)") }
    if persistenceLength != key.family.bits {
      words.append("-M \(key.family == .v4 ? "\(IPAddress.mask(persistenceLength, .v4))" : "\(persistenceLength)")")
    }
    if let persistenceEngine { words.append("--pe \(persistenceEngine)") }
    if flags.contains(.onePacket) { words.append("-o") }
    if !schedulerFlags.isEmpty { words.append("-b \(schedulerFlags.joined(separator: ","))") }
    return words.joined(separator: " ")
  }

  /// The scheduler's own flags, by name where it is known what they mean.
  public var schedulerFlags: [String] {
    let named = ["sh": "sh", "mh": "mh"][scheduler]
    let names: [(Flags, String)] = [
      (.scheduler1, named.map { "\($0)-fallback" } ?? "flag-1"), (.scheduler2, named.map { "\($0)-port" } ?? "flag-2"),
      (.scheduler3, "flag-3"),
    ]
    return names.filter { flags.contains($0.0) }.map(\.1)
  }
}

extension Tunnel {
  fileprivate var text: String {
    guard type == 1 || type == 2 else { return name }
    let checksum = flags & 1 != 0 ? "csum" : flags & 2 != 0 ? "remcsum" : "nocsum"
    return name + (type == 1 ? " --tun-port \(port)" : "") + " --tun-\(checksum)"
  }
}

extension RealServer {
  var saveText: String {
    var words = "-r \(address) \(optionText) -w \(weight)"
    if method == .tunneling { words += " --tun-type \(tunnel.text)" }
    if upperThreshold != 0 { words += " -x \(upperThreshold)" }
    if lowerThreshold != 0 { words += " -y \(lowerThreshold)" }
    return words
  }

  private var optionText: String {
    switch method {
    case .masquerading, .local: "-m"
    case .tunneling: "-i"
    default: "-g"
    }
  }
}

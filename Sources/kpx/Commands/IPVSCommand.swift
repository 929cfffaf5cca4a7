import ArgumentParser
import Inspect

/// `kpx ipvs`
struct IPVSCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ipvs",
    abstract: "IPVS's virtual services and real servers, with the service and pod behind each.",
    discussion: """
      Shows what 'ipvsadm -Ln' and 'ipvsadm -Ln --stats' show. Reads the kernel directly and loads no module.
      """
  )

  @Argument(
    help: ArgumentHelp(
      "A virtual service: ADDRESS[:PORT[/PROTOCOL]], :PORT[/PROTOCOL] or fwm:MARK (default: all)",
      valueName: "service"))
  var service: String?

  @OptionGroup(title: "Where to look") var nodeOptions: NodeOptions
  @OptionGroup(title: "The Kubernetes API") var cluster: ClusterOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  func run() throws {
    let found: NamedVirtualServices
    do {
      let filter = try service.map { try VirtualServiceFilter($0) }
      try Privileges.check()
      found = try cluster.session(netns: nodeOptions.netns).virtualServices(
        filter, families: nodeOptions.families)
      try show(text(of: found))
    } catch {
      throw Failure(error)
    }
    try cluster.end(found.addresses)
  }

  private func text(of found: NamedVirtualServices) throws -> String {
    try output.render(VirtualServiceList(node: found.addresses.node, found.services, names: found.addresses.names)) {
      IPVSText(found.services, names: found.addresses.names, terminal: output.terminal, isExact: $0).text
    }
  }
}

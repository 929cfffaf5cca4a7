import ArgumentParser
import Glibc
import Inspect

/// `kpx ipvs`
struct IPVSCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ipvs",
    abstract: "List IPVS virtual services and their real servers.",
    discussion: """
      Shows what 'ipvsadm -Ln' and 'ipvsadm -Ln --stats' show, with the Service and pod of each. Reads the kernel \
      directly and loads no module.

      EXAMPLES:
        # All virtual services
        sudo kpx ipvs
        # Those of one Service
        sudo kpx ipvs yaobank/summary
      """
  )

  @Argument(
    help: ArgumentHelp(
      "NAMESPACE/SERVICE[:PORT], ADDRESS[:PORT[/PROTOCOL]], :PORT[/PROTOCOL] or fwm:MARK (default: all)",
      valueName: "service"))
  var service: String?

  @OptionGroup var nodeOptions: NodeOptions
  @OptionGroup(title: "The Kubernetes API") var cluster: ClusterOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let found: NamedVirtualServices
    do {
      let filter = try service.map { try VirtualServiceFilter($0) }
      found = try cluster.session(of: nodeOptions).asking {
        try $0.virtualServices(filter, families: nodeOptions.families)
      }
      try show(text(of: found))
    } catch {
      throw Failure(error)
    }
    if found.services.isEmpty { write("no virtual service is in this network namespace\n", to: STDERR_FILENO) }
    try cluster.end(found.addresses)
  }

  private func text(of found: NamedVirtualServices) throws -> String {
    try output.render(
      VirtualServiceList(node: found.addresses.node, found.services, names: found.addresses.names),
      names: found.services.map(\.key.name)
    ) {
      IPVSText(found.services, names: found.addresses.names, terminal: output.terminal, isExact: $0).text
    }
  }
}

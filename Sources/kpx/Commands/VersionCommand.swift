import ArgumentParser
import Inspect

/// `kpx version`
struct VersionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "version",
    abstract: "Print what a bug report needs.",
    discussion: """
      kpx, kernel, node, kube-proxy, API and container runtime. Works without root and without the API, and says why \
      something is not known. Reads no large table, and always ends with 0 once it has answered.

      EXAMPLES:
        # For a bug report
        sudo kpx version
        # For a program
        sudo kpx version -o json
      """
  )

  @Option(
    help: ArgumentHelp(
      "Use another network namespace: an 'ip netns' name, a path or a process id", valueName: "name|path|pid"),
    completion: NameCompletion.networkNamespaces)
  var netns: String?

  @OptionGroup(title: "The Kubernetes API") var cluster: ClusterOptions
  @OptionGroup(title: "Many nodes") var fleet: FleetOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    try output.refuseNames()
    if cluster.snapshot != nil, !fleet.areAsked(cluster.snapshot) {
      throw ValidationError("--snapshot: kpx version is about this machine")
    }
  }

  func run() throws {
    if fleet.areAsked(cluster.snapshot) {
      return try fleet.ask(.version, cluster, NodeOptions(netns: netns), output: output)
    }
    var query = VersionQuery(
      VersionReport.Program(version: Kpx.release, commit: Kpx.commit, missingCapabilities: Privileges.missing))
    query.pods = .ofThisNode()
    let report: VersionReport
    do {
      report = try cluster.session(netns: netns).asking { try $0.version(query) }
    } catch {
      throw Failure(error)
    }
    try show(output.render(report) { _ in VersionText(report, terminal: output.terminal).text })
  }
}

import TestSupport
import Testing

@testable import Inspect

#if canImport(Glibc)
  import Glibc
#endif

private let isRoot = geteuid() == 0

/// The server's authority, in the kubeconfig itself: the file is for root alone.
private func trust() throws -> String {
  "certificate-authority-data: \(encodedBase64(try ConfigFile(TestCertificates.made().authority).read()))"
}

/// A user that no node has, who owns what is given to it.
private let stranger: uid_t = 54321

@Suite("In whose name files are read and plugins run", .enabled(if: isRoot, "needs root"), .serialized)
struct OtherUserTests {
  @Test("What another user may read is what that user's groups may, and no capability of root's helps")
  func rights() throws {
    let folder = try ScratchDirectory()
    try folder.give(to: stranger)
    var user = LocalUser(stranger)
    #expect(user.name == "user \(stranger)" && user.groups.isEmpty && user.home == "/")
    user.groups = [stranger + 1]
    func read(_ mode: mode_t, group: gid_t = 0) throws -> String {
      let file = try folder.write("\(mode)-\(group)", "text", mode: mode)
      guard chown(file, 0, group) == 0, chmod(file, mode) == 0 else { throw SetupError("cannot set up \(file)") }
      do {
        return String(decoding: try ConfigFile(file, reader: user).read(), as: UTF8.self)
      } catch {
        return "\(error)".replacing("\(folder.path)/", with: "")
      }
    }
    #expect(try read(0o644) == "text")
    #expect(try read(0o600) == "cannot read 384-0 as user \(stranger): Permission denied")
    #expect(try read(0o640, group: stranger + 1) == "text")
    #expect(try read(0o640).hasSuffix("Permission denied"))
    // The thread that read so has ended, and this one is as it was.
    #expect(try ConfigFile("\(folder.path)/384-0").read() == Array("text".utf8))
  }

  /// What reading with a kubeconfig of this user gives, or why it does not.
  private func outcome(_ server: APIServer, owner: uid_t, user: String) throws -> String {
    let config = try server.kubeconfig(user: user, cluster: trust())
    try server.folder.give("config", to: owner)
    try server.folder.give(to: owner)
    let search = CredentialSearch(kubeconfig: config, environment: { _ in nil })
    do {
      let read = try readCluster(.service(NamespacedName("yaobank", "summary")), by: search)
      return "\(read.slices().count)"
    } catch {
      return "\(error)"
    }
  }

  @Test("Files that a kubeconfig names are read as its owner, whoever named the kubeconfig; root's own as root")
  func ownersFiles() throws {
    let server = try APIServer("--objects", APIServer.objects("yaobank"), "--token", "t0ken")
    let token = try server.folder.write("token", "t0ken", mode: 0o600)
    let user = "{tokenFile: \(token)}"
    #expect(try outcome(server, owner: stranger, user: user).contains("cannot read \(token) as user \(stranger): "))
    #expect(try server.requests().isEmpty)
    let key = "{client-certificate: config, client-key: \(token)}"
    let refused = "cannot read \(token) as user \(stranger): Permission denied"
    #expect(try outcome(server, owner: stranger, user: key) == refused)
    try server.folder.give("token", to: stranger)
    #expect(try outcome(server, owner: stranger, user: user) == "1")
    try server.folder.give("token", to: 0)
    #expect(try outcome(server, owner: 0, user: user) == "1")
  }
}

/// kpx as root for a user `alice`, who is 54321, has the home that is given and the group 54322 beside her own.
private func underSudo(
  _ home: ScratchDirectory, _ arguments: [String], environment: [String: String] = [:]
) throws -> ToolResult {
  let passwd = try home.write(
    "passwd", "root:x:0:0:root:/root:/bin/sh\nalice:x:54321:54321::\(home.path):/bin/sh\n")
  let group = try home.write("group", "root:x:0:\nalice:x:54321:\nclub:x:54322:alice\n")
  try home.give(to: 54321)
  let script = "mount --bind \(passwd) /etc/passwd; mount --bind \(group) /etc/group; exec \"$0\" \"$@\""
  let sudo = ["HOME": "/nonexistent", "SUDO_USER": "alice", "SUDO_UID": "54321"]
  return try runTool(
    ProcessNamespace.command(["unshare", "-m", "sh", "-c", script, Kpx.path] + arguments),
    environment: sudo.merging(environment) { $1 })
}

@Suite("kpx by sudo", .enabled(if: isRoot, "needs root"), .serialized)
struct SudoTests {
  /// A home with a kubeconfig whose user is this one.
  private func home(_ server: APIServer, user: String) throws -> ScratchDirectory {
    let home = try ScratchDirectory()
    try home.give(to: 54321)
    let config = try ConfigFile(server.kubeconfig(user: user, cluster: trust())).read()
    try home.write(".kube/config", String(decoding: config, as: UTF8.self), mode: 0o600)
    try home.give(".kube/config", to: 54321)
    return home
  }

  @Test("A plugin of the caller's kubeconfig runs as the caller: user, groups, home, and no capability")
  func plugin() async throws {
    let server = try APIServer("--objects", APIServer.objects("yaobank"), "--token", "t0ken")
    let answer = #"{"apiVersion":"client.authentication.k8s.io/v1","status":{"token":"t0ken"}}"#
    let home = try home(
      server, user: "{exec: {apiVersion: client.authentication.k8s.io/v1, command: ../plugin, interactiveMode: Never}}")
    try home.write(
      "plugin",
      """
      #!/bin/sh
      { id -u; id -g; id -G; echo "$HOME $USER"; grep -E 'Cap(Prm|Eff|Amb)' /proc/self/status; } > \(home.path)/who
      echo '\(answer)'
      """, mode: 0o755)
    for variables in [[:], ["HOME": home.path]] {
      unlink("\(home.path)/who")
      let result = try await withPrivateNetworkNamespace { namespace in
        try namespace.addProxyWithoutServices()
        let options = ["--netns", namespace.name, "-o", "json"]
        return try underSudo(home, ["services", "-A"] + options, environment: variables)
      }
      #expect(result.text.contains("\"source\": \"\(home.path)/.kube/config\""), "\(result.errorText)")
      let who = try #require(try readFile("\(home.path)/who"))
      let none = "0000000000000000"
      #expect(
        String(decoding: who, as: UTF8.self)
          == "54321\n54321\n54321 54322\n\(home.path) alice\nCapPrm:\t\(none)\nCapEff:\t\(none)\nCapAmb:\t\(none)\n")
    }
  }

  @Test("A plugin of a kubeconfig that root names runs as the kubeconfig's owner, if only by number")
  func ownersPlugin() throws {
    let server = try APIServer("--objects", APIServer.objects("yaobank"), "--token", "t0ken")
    let home = try home(
      server, user: "{exec: {apiVersion: client.authentication.k8s.io/v1, command: ../plugin, interactiveMode: Never}}")
    try home.write(
      "plugin", "#!/bin/sh\n{ id -u; id -g; id -G; grep CapEff /proc/self/status; } > \(home.path)/who\n", mode: 0o755)
    let config = "\(home.path)/.kube/config"
    let result = try runTool(ProcessNamespace.command([Kpx.path, "services", "--kubeconfig", config]))
    #expect(result.errorText.contains("the credential plugin \(home.path)/.kube/../plugin: it printed nothing"))
    let who = try #require(try readFile("\(home.path)/who"))
    #expect(String(decoding: who, as: UTF8.self) == "54321\n65534\n65534\nCapEff:\t0000000000000000\n")
  }

  @Test("What the caller may not read is not read for her kubeconfig, is sent to no server, and that is said")
  func files() throws {
    let server = try APIServer("--objects", APIServer.objects("yaobank"), "--token", "TOPSECRET")
    let secret = try server.folder.write("secret", "TOPSECRET", mode: 0o600)
    // Others may reach it, and not read it.
    chmod(server.folder.path, 0o755)
    let token = try home(server, user: "{tokenFile: \(secret)}")
    for variables in [[:], ["HOME": token.path], ["HOME": "/nonexistent", "KUBECONFIG": "\(token.path)/.kube/config"]] {
      let result = try underSudo(token, ["services", "-A", "--request-timeout", "5s"], environment: variables)
      #expect(result.errorText.contains("cannot read \(secret) as alice: Permission denied"), "\(result.errorText)")
    }
    #expect(try server.requests().isEmpty)
    // A link of hers to what root alone may read is no way round.
    let link = try home(server, user: "{}")
    unlink("\(link.path)/.kube/config")
    let rootsOwn = try server.kubeconfig(user: "{token: TOPSECRET}", name: "admin")
    chmod(rootsOwn, 0o600)
    #expect(symlink(rootsOwn, "\(link.path)/.kube/config") == 0)
    for variables in [[:], ["HOME": link.path]] {
      let result = try underSudo(link, ["services", "-A"], environment: variables)
      #expect(
        result.errorText.contains("cannot read \(link.path)/.kube/config as alice: Permission denied"),
        "\(result.errorText)")
    }
    #expect(try server.requests().isEmpty)
  }

  @Test("Who ends kpx ends a plugin that it waits for, with its children")
  func ended() throws {
    let server = try APIServer()
    let plugin = try server.folder.write(
      "plugin",
      "#!/bin/sh\nsleep 63 & echo $! > \(server.folder.path)/child\necho $$ > \(server.folder.path)/self; wait\n",
      mode: 0o755)
    let config = try server.kubeconfig(
      user: "{exec: {apiVersion: client.authentication.k8s.io/v1, command: \(plugin), interactiveMode: Never}}")
    let script = """
      "$0" services --kubeconfig "$1" --request-timeout 60s & kpx=$!
      for i in $(seq 200); do [ -s "$2/self" ] && break; sleep 0.1; done
      kill -TERM $kpx; wait $kpx; echo $?
      """
    let result = try runTool(
      ProcessNamespace.command(["bash", "-c", script, Kpx.path, config, server.folder.path]))
    #expect(result.text == "\(128 + SIGTERM)\n")
    for file in ["self", "child"] {
      let process = String(decoding: try #require(try readFile("\(server.folder.path)/\(file)")), as: UTF8.self)
      #expect(try ends(process.filter(\.isNumber)), "\(file)")
    }
  }
}

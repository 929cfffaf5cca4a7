import TestSupport
import Testing

@testable import Inspect

#if canImport(Glibc)
  import Glibc
#endif

private let yaobank = APIServer.objects("yaobank")

/// Whether a process has ended, or does within the five seconds that a killed one may need on a busy machine.
func ends(_ process: String) throws -> Bool {
  for _ in 0..<500 {
    let state = try runTool(["ps", "-o", "stat=", "-p", process]).text
    if state.isEmpty || state.hasPrefix("Z") { return true }
    usleep(10_000)
  }
  return false
}

@Suite("Credentials that a server is shown", .serialized)
struct CredentialTests {
  @Test("A client certificate from a file, from the kubeconfig itself, and one that is missing")
  func certificates() throws {
    let certificates = try TestCertificates.made()
    let server = try APIServer("--objects", yaobank, "--client-ca", certificates.authority)
    let files = "{client-certificate: \(certificates.client), client-key: \(certificates.clientKey)}"
    #expect(try server.read(user: files).slices().count == 1)
    #expect(try server.requests().allSatisfy { $0.line.contains("\"client\": \"test-admin\"") })
    func data(_ path: String) throws -> String { encodedBase64(try ConfigFile(path).read()) }
    let inline =
      "{client-certificate-data: \(try data(certificates.client)), client-key-data: \(try data(certificates.clientKey))}"
    #expect(try server.read(user: inline).slices().count == 1)
    let none = failure { try server.read() }
    #expect(none.contains("gave no proper answer: "))
    let swapped = failure {
      try server.read(user: "{client-certificate: \(certificates.clientKey), client-key: \(certificates.client)}")
    }
    #expect(swapped.contains("the client certificate or its key is no good"))
  }

  @Test("Tokens, token files and passwords are shown to the server")
  func tokens() throws {
    let server = try APIServer("--objects", yaobank, "--token", "t0ken")
    let file = try server.folder.write("token", "t0ken\n")
    #expect(try server.read(user: "{token: t0ken}").slices().count == 1)
    #expect(try server.read(user: "{tokenFile: \(file), token: old}").slices().count == 1)
    #expect(try server.read(user: "{tokenFile: /nonexistent, token: t0ken}").slices().count == 1)
    #expect(failure { try server.read(user: "{tokenFile: /nonexistent}") }.contains("cannot read /nonexistent"))
    #expect(try server.read(user: "{}", overrides: overrides { $0.setToken("t0ken") }).slices().count == 1)
    let broken = failure { try server.read(user: "{token: \"t0\\nken: x\"}") }
    #expect(broken.contains("the token has characters that no token has"))
    #expect(!broken.contains("t0"))
    let password = try APIServer("--objects", yaobank, "--basic", "bWU6cGE1NQ==")
    #expect(try password.read(user: "{username: me, password: pa55}").slices().count == 1)
  }

  /// A plugin in a folder of its own, and the user that names it.
  private func plugin(
    _ server: APIServer, _ script: String, more: String = "interactiveMode: Never", version: String = "v1",
    name: String = "plugin"
  ) throws -> String {
    let path = try server.folder.write(name, "#!/bin/sh\n" + script, mode: 0o755)
    return "{exec: {apiVersion: client.authentication.k8s.io/\(version), command: \(path), \(more)}}"
  }

  private func credential(_ status: String, version: String = "v1") -> String {
    #"{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/VERSION","status":{STATUS}}"#
      .replacing("VERSION", with: version).replacing("STATUS", with: status)
  }

  @Test("A plugin's token is used, in both versions of its API", arguments: ["v1", "v1beta1"])
  func pluginToken(version: String) throws {
    let server = try APIServer("--objects", yaobank, "--token", "t0ken")
    let answer = credential(#""token":"t0ken","expirationTimestamp":"2999-01-01T00:00:00Z""#, version: version)
    let user = try plugin(server, "echo '\(answer)'", version: version)
    #expect(try server.read(user: user).slices().count == 1)
  }

  @Test("A plugin's certificate is used")
  func pluginCertificate() throws {
    let certificates = try TestCertificates.made()
    let server = try APIServer("--objects", yaobank, "--client-ca", certificates.authority)
    func escaped(_ path: String) throws -> String {
      String(decoding: try ConfigFile(path).read(), as: UTF8.self).replacing("\n", with: "\\n")
    }
    let status =
      "\"clientCertificateData\":\"\(try escaped(certificates.client))\",\"clientKeyData\":\"\(try escaped(certificates.clientKey))\""
    let file = try server.folder.write("answer", credential(status))
    #expect(try server.read(user: plugin(server, "cat \(file)")).slices().count == 1)
  }

  @Test("A plugin is told its API, the cluster if it wants that, its own variables, and no secret")
  func pluginInput() throws {
    let server = try APIServer("--objects", yaobank, "--token", "t0ken")
    let script = """
      echo "$KUBERNETES_EXEC_INFO" > \(server.folder.path)/info
      echo "$1 $2 $EXTRA" > \(server.folder.path)/arguments
      tr '\\0' ' ' < /proc/$$/cmdline >> \(server.folder.path)/arguments
      env >> \(server.folder.path)/environment
      echo '\(credential(#""token":"t0ken""#))'
      """
    let more =
      "args: [get, token], env: [{name: EXTRA, value: more}], provideClusterInfo: true, interactiveMode: IfAvailable"
    let user = try plugin(server, script, more: more)
    let certificates = try TestCertificates.made()
    let cluster =
      "certificate-authority: \(certificates.authority)\n    tls-server-name: api.test\n"
      + "    extensions: [{name: client.authentication.k8s.io/exec, extension: {audience: x, n: 5, b: true}}]"
    #expect(try server.read(user: user, cluster: cluster).slices().count == 1)
    let info = try text(server, "info")
    #expect(
      info == #"{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{"cluster":{"server":""#
        + server.url + #"","tls-server-name":"api.test","certificate-authority-data":""#
        + encodedBase64(try ConfigFile(certificates.authority).read())
        + #"","config":{"audience":"x","n":5,"b":true}},"interactive":false}}"# + "\n")
    #expect(try text(server, "arguments").hasPrefix("get token more\n"))
    for file in ["arguments", "environment", "info"] { #expect(try !text(server, file).contains("t0ken")) }
  }

  private func text(_ server: APIServer, _ file: String) throws -> String {
    String(decoding: try ConfigFile("\(server.folder.path)/\(file)").read(), as: UTF8.self)
  }

  @Test("A plugin is asked again, once, when its token is refused, and when it has expired")
  func pluginRefresh() throws {
    let server = try APIServer("--objects", yaobank, "--token", "second")
    let counting = """
      echo run >> \(server.folder.path)/runs
      if [ "$(wc -l < \(server.folder.path)/runs)" = 1 ]; then token=first; else token=second; fi
      """
    let answer = credential(#""token":"'$token'""#)
    #expect(try server.read(user: plugin(server, "\(counting)\necho '\(answer)'")).slices().count == 1)
    #expect(try text(server, "runs") == "run\nrun\n")
    let stubborn = try APIServer("--objects", yaobank, "--token", "never")
    let again = failure {
      try stubborn.read(
        user: plugin(stubborn, "echo run >> \(stubborn.folder.path)/runs; echo '\(credential(#""token":"n0""#))'"))
    }
    #expect(again.contains("does not accept the credential ("))
    #expect(again.contains("credential plugin"))
    #expect(!again.contains("n0,"))
    #expect(try text(stubborn, "runs") == "run\nrun\n")
    let expiring = try APIServer("--objects", yaobank, "--token", "t0ken")
    let expired = credential(#""token":"t0ken","expirationTimestamp":"2020-01-01T00:00:00+01:00""#)
    _ = try expiring.read(user: plugin(expiring, "echo run >> \(expiring.folder.path)/runs; echo '\(expired)'"))
    #expect(try text(expiring, "runs") == "run\nrun\n")
  }

  @Test("What is wrong with a plugin is said, and nothing of what it printed")
  func pluginProblems() throws {
    let server = try APIServer("--objects", yaobank)
    func message(_ script: String, _ more: String = "interactiveMode: Never") -> String {
      failure { try server.read(user: plugin(server, script, more: more)) }
    }
    let cases: [(script: String, words: String)] = [
      ("exit 3", "plugin failed with exit status 3"),
      ("kill -9 $$", "plugin was ended by signal 9"),
      ("true", "plugin: it printed nothing"),
      ("echo s3cret", "plugin: what it printed is no ExecCredential"),
      (
        "echo '\(credential(#""token":"s3cret""#, version: "v1beta1"))'",
        "was asked for client.authentication.k8s.io/v1"
      ),
      ("echo '\(credential(#""token":"""#))'", "it gave neither token nor certificate"),
      ("echo '\(credential(#""clientKeyData":"s3cret""#))'", "it gave a certificate or a key without the other"),
      ("echo '\(credential(#""token":"s3cret","expirationTimestamp":"soon""#))'", "its expirationTimestamp is no time"),
      ("head -c 3000000 /dev/zero", "it printed far too much"),
    ]
    for (script, words) in cases {
      let message = message(script)
      #expect(message.contains(words), "\(message)")
      #expect(!message.contains("s3cret"))
    }
    #expect(message("true", "interactiveMode: Always").contains("needs a terminal to ask on, and there is none"))
    let missing = failure {
      try server.read(
        user: "{exec: {apiVersion: client.authentication.k8s.io/v1, command: no-such-plugin, interactiveMode: Never, "
          + "installHint: get it at example.com}}")
    }
    #expect(
      missing.contains("the credential plugin no-such-plugin is not there; its kubeconfig says: get it at example.com"))
  }

  @Test(
    "A plugin that does not end is ended when the time is over, even if it has closed its output",
    arguments: ["exec sleep 60", "exec >&-; exec sleep 60"])
  func pluginHangs(script: String) throws {
    let server = try APIServer("--objects", yaobank)
    let start = ContinuousClock.now
    let message = failure {
      try server.read(user: plugin(server, script), limits: APILimits(time: .milliseconds(500)))
    }
    #expect(message.contains("took too long; --request-timeout allows more"))
    #expect(start.duration(to: .now) < .seconds(5))
  }

  @Test("With a plugin that is ended, its children are ended, too, even those that do not mind SIGTERM")
  func pluginChildren() throws {
    let server = try APIServer("--objects", yaobank)
    let script = """
      trap '' TERM
      sleep 61 & echo $! > \(server.folder.path)/child
      sleep 62
      """
    let message = failure {
      try server.read(user: plugin(server, script), limits: APILimits(time: .seconds(1)))
    }
    #expect(message.contains("took too long"))
    let child = try text(server, "child").filter(\.isNumber)
    #expect(try ends(child))
  }

  @Test("A credential goes to no server without TLS, unless that is asked for; without one such a server is asked")
  func plainHTTP() throws {
    let certificates = try TestCertificates.made()
    let server = try APIServer("--objects", yaobank, isSecure: false)
    let ran = "\(server.folder.path)/ran"
    let credentials = [
      "{token: t0ken}", "{tokenFile: /nonexistent}", "{username: me, password: pa55}",
      "{client-certificate: \(certificates.client), client-key: \(certificates.clientKey)}",
      try plugin(server, "touch \(ran); echo '\(credential(#""token":"t0ken""#))'"),
    ]
    for user in credentials {
      let message = failure { try server.read(user: user) }
      #expect(message.contains("\(server.url) is not asked: without TLS anyone on the way can read the credential ("))
      #expect(message.contains("--allow-plain-http") && !message.contains("t0ken") && !message.contains("pa55"))
    }
    let flag = failure { try server.read(overrides: overrides { $0.setToken("t0ken") }) }
    #expect(flag.contains("--allow-plain-http"))
    #expect(try server.requests().isEmpty)
    #expect(access(ran, F_OK) != 0)
    #expect(try server.read().slices().count == 1)
    let allowed = try server.read(user: "{token: t0ken}", overrides: overrides { $0.allowsPlainHTTP = true })
    #expect(allowed.slices().count == 1)
    #expect(try server.requests().last?.line.contains("Bearer t0ken") == true)
  }

  @Test("A pipe as tokenFile or as certificate does not make anybody wait")
  func pipes() throws {
    let server = try APIServer("--objects", yaobank)
    let pipe = try server.folder.pipe("pipe")
    #expect(failure { try server.read(user: "{tokenFile: \(pipe)}") }.contains("\(pipe) is not a regular file"))
    #expect(try server.read(user: "{tokenFile: \(pipe), token: t0ken}").slices().count == 1)
    let certificate = failure { try server.read(user: "{client-certificate: \(pipe)}") }
    #expect(certificate == "\(pipe) is not a regular file")
    let start = ContinuousClock.now
    let named = failure {
      try server.read(overrides: overrides { $0.authority = pipe }, limits: APILimits(time: .milliseconds(300)))
    }
    #expect(named == "\(pipe): its writer did not end in time; --request-timeout allows more")
    #expect(start.duration(to: .now) < .seconds(3))
  }

  @Test(
    "Times are read as the API writes them",
    arguments: [
      ("1970-01-01T00:00:00Z", 0), ("2000-02-29T12:00:00Z", 951_825_600),
      ("2026-11-21T03:35:10.123456Z", 1_795_232_110),
      ("2026-11-21T03:35:10+01:30", 1_795_226_710), ("1969-12-31T23:59:59-00:00", -1),
      ("2026-11-21", nil), ("2026-13-21T03:35:10Z", nil), ("2026-11-21T03:35:10", nil), ("2026-11-21T03:35:10.Z0", nil),
    ] as [(String, Int64?)])
  func times(text: String, expected: Int64?) {
    #expect(Timestamp.seconds(text) == expected)
  }
}

extension ClusterReader {
  /// What this credential may not read, by another one that is found here for the same server: kube-proxy may not list the pods
  /// of its node, and the kubelet may. nil where none may, and where the user named the credential.
  func answerByAnother(to path: APIPath) -> [UInt8]? {
    guard let search, !search.isExplicit else { return nil }
    var attempts = CredentialAttempts(search, deadline: deadline)
    while let other = try? attempts.next() {
      guard other.server == access.server, "\(other.source)" != "\(access.source)",
        var client = try? APIClient(other, limits: limits, deadline: deadline)
      else { continue }
      if case .success(let answer) = client.get([path])[0] { return answer }
    }
    return nil
  }
}

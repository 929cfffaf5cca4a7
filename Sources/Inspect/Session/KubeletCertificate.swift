/// The certificate with which this host's kubelet speaks to the API: its subject is the node, whatever the host is called.
enum KubeletCertificate {
  /// Where kubelets have it: kubeadm, kind, kOps, EKS, GKE and AKS; then k3s, RKE2 and MicroK8s.
  static let paths = [
    "/var/lib/kubelet/pki/kubelet-client-current.pem", "/var/lib/kubelet/pki/kubelet-server-current.pem",
    "/var/lib/rancher/k3s/agent/client-kubelet.crt", "/var/lib/rancher/rke2/agent/client-kubelet.crt",
    "/var/snap/microk8s/current/certs/kubelet.crt",
  ]
  private static let largest = 64 << 10

  /// The node's name; nil where no kubelet has a certificate here that says it.
  /// - Parameter root: the folder that the paths are in.
  static func nodeName(root: String = "") -> String? {
    paths.lazy.compactMap { path in
      NodeFile.read(root + path, limit: largest).flatMap { nodeName(in: String(decoding: $0, as: UTF8.self)) }
    }.first
  }

  /// The node of the first certificate in a PEM file, whose subject is `CN=system:node:NAME` (the Node authorizer's rule).
  static func nodeName(in pem: String) -> String? {
    guard let begin = pem.firstRange(of: "-----BEGIN CERTIFICATE-----"),
      let end = pem[begin.upperBound...].firstRange(of: "-----END CERTIFICATE-----"),
      let certificate = base64(String(pem[begin.upperBound..<end.lowerBound]))
    else { return nil }
    let prefix = "system:node:"
    return commonNames(certificate).first { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
  }

  /// The common names in a certificate, the issuer's and the subject's: in DER the identifier 2.5.4.3 as `06 03 55 04 03`, then
  /// a string as tag (0C UTF8String, 13 PrintableString), length and bytes; a length of 128 and more stands behind `81`.
  private static func commonNames(_ certificate: [UInt8]) -> [String] {
    let identifier: [UInt8] = [0x06, 0x03, 0x55, 0x04, 0x03]
    return certificate.ranges(of: identifier).compactMap { range in
      var rest = certificate[range.upperBound...]
      guard let tag = rest.popFirst(), tag == 0x0c || tag == 0x13, var length = rest.popFirst() else { return nil }
      if length == 0x81 { length = rest.popFirst() ?? 0 }
      return rest.count >= length ? String(decoding: rest.prefix(Int(length)), as: UTF8.self) : nil
    }
  }
}

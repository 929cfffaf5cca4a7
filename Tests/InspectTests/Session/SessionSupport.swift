import TestSupport

@testable import Inspect

/// What kubectl prints of a small cluster.
let smallCluster = """
  {"kind": "List", "items": [
    {"kind": "Node", "metadata": {"name": "node1", "labels": {"kubernetes.io/hostname": "host1"}},
      "status": {"addresses": [{"type": "InternalIP", "address": "192.0.2.1"}]}},
    {"kind": "Service", "metadata": {"namespace": "ns", "name": "svc"},
      "spec": {"type": "ClusterIP", "clusterIP": "10.96.0.1", "clusterIPs": ["10.96.0.1"], "selector": {"app": "server"},
        "ports": [{"name": "http", "protocol": "TCP", "port": 80, "targetPort": 8080}]}},
    {"kind": "EndpointSlice", "addressType": "IPv4", "ports": [{"name": "http", "protocol": "TCP", "port": 8080}],
      "metadata": {"namespace": "ns", "name": "svc-1", "labels": {"kubernetes.io/service-name": "svc"}},
      "endpoints": [{"addresses": ["10.244.1.5"], "nodeName": "node1", "conditions": {"ready": true},
        "targetRef": {"kind": "Pod", "namespace": "ns", "name": "server"}}]},
    {"kind": "Pod", "metadata": {"namespace": "ns", "name": "server", "labels": {"app": "server"}}, "spec": {"nodeName": "node1"},
      "status": {"phase": "Running", "podIP": "10.244.1.5", "podIPs": [{"ip": "10.244.1.5"}]}},
    {"kind": "Pod", "metadata": {"namespace": "ns", "name": "job"}, "spec": {"nodeName": "node1"},
      "status": {"phase": "Succeeded", "podIP": "10.244.1.6", "podIPs": [{"ip": "10.244.1.6"}]}},
    {"kind": "Pod", "metadata": {"namespace": "ns", "name": "young"}, "spec": {"nodeName": "node1"},
      "status": {"phase": "Pending"}},
    {"kind": "Pod", "metadata": {"namespace": "other", "name": "client"}, "spec": {"nodeName": "node2"},
      "status": {"phase": "Running", "podIP": "10.244.2.9", "podIPs": [{"ip": "10.244.2.9"}]}}
  ]}
  """

/// A session on rules in memory, which are kube-proxy's for `ns/svc`.
func session(cluster: ClusterSource = .noAPI, doubtfully: Bool = false) -> Session {
  var session = Session()
  session.cluster = cluster
  session.release = Release(KubeProxyVersion(1, 34), source: "a test")
  session.hostName = "host1"
  session.openNode = {
    let node = serviceRules(endpoints: ["10.244.1.5:8080"])
    var verification = Verification(table: Table(backend: .legacy, family: .v4, name: "nat"), peer: "a test")
    verification.changingCount = doubtfully ? 1 : 0
    node.verifications = [verification]
    return node
  }
  session.findPod = { target, _, _ in throw PodError.notFound("\(target)", hint: nil) }
  session.findPods = { _, _ in PodInterfaces() }
  return session
}

/// Runs `body` with a dump of the small cluster, or another.
func withDump(_ cluster: String = smallCluster, _ body: (ClusterSource) throws -> Void) throws {
  let folder = try ScratchDirectory()
  try body(.dump(path: try folder.write("cluster.json", cluster), timeLimit: nil))
}

extension TraceQuery {
  /// In the family of the rules in memory, which do not tell families apart.
  static func to(_ target: String, from origin: String? = nil) throws -> TraceQuery {
    var query = TraceQuery(try TraceTarget(target))
    query.families = [.v4]
    query.origin = try origin.map { try OriginName($0) }
    return query
  }
}

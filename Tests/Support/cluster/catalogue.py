"""What the tests of a real cluster know: what is wrong with the services of demo.yaml, changes of services with the finding
that each gives where kube-proxy does not follow it, and what today's kpx gets wrong.

Findings are ids of Sources/Inspect/Report/FindingID.swift; where several ids are acceptable, one or more of them and no others.
Later releases of kpx may find something more precise: that is added here.
"""
import collections

# Of demo.yaml, by the node that is asked. All other services are well on both nodes.
NONE = {"no-endpoints"}
EXPECTED = {
    "nobody": {"node1": NONE, "node2": NONE},
    "sick": {"node1": NONE, "node2": NONE},
    "leaving": {"node1": NONE, "node2": NONE},
    "nodeport-solo": {"node1": set(), "node2": {"no-local-endpoints"}},
}
# From that release on, v1.N, well all the same: endpoints that terminate serve where there are no others.
WELL_SINCE = {"leaving": 26}
# No packet of theirs passes the node's rules.
NOT_FORWARDED = {"headless", "outside"}

HTTP = {"name": "http", "port": 80, "targetPort": 8080}
BOTH = {"ipFamilyPolicy": "RequireDualStack", "ipFamilies": ["IPv4", "IPv6"]}
NODE_PORT = {"type": "NodePort"}
LOCAL = {"externalTrafficPolicy": "Local"}
BALANCER = {"type": "LoadBalancer"}
AFFINITY = {"sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 600}}}
RANGES = {"loadBalancerSourceRanges": ["192.168.77.0/24", "203.0.113.128/25"]}
EXTERNAL = {"externalIPs": ["198.51.100.20"]}

Change = collections.namedtuple("Change", "name before pods do endpoints finds")


def change(name, do, finds, before=None, pods=None, endpoints=None):
    """A service of namespace `change` named `name`, and what is done with it.

    before      its spec, beside HTTP and the selector `app: a` (a pod on each node; `app: b` has one of its own); None: no service
    pods        it has a deployment of its own with as many pods
    do          a patch of the service's spec, or a command: kubectl's arguments, or `address ADDRESS...`. SERVICE is its name
    endpoints   how many other addresses the API has of it then, where they change
    finds       what kpx finds while kube-proxy is stopped; nothing where the kernel does right all the same
    """
    return Change(name, before, pods, do, endpoints, finds)


ENDPOINTS = {"endpoint-drift"}
VERDICT = {"verdict-drift", "endpoint-drift"}
CHANGES = [
    # pods
    change("scaled-down", ["scale", "deployment/SERVICE", "--replicas=1"], ENDPOINTS, {}, pods=2, endpoints=1),
    change("scaled-up", ["scale", "deployment/SERVICE", "--replicas=2"], ENDPOINTS, {}, pods=1, endpoints=2),
    change("scaled-to-none", ["scale", "deployment/SERVICE", "--replicas=0"], ENDPOINTS, {}, pods=1, endpoints=0),
    change("scaled-from-none", ["scale", "deployment/SERVICE", "--replicas=1"], ENDPOINTS, {}, pods=0, endpoints=1),
    change("pod-replaced", ["delete", "pod", "-l", "app=SERVICE", "--wait=false"], ENDPOINTS, {}, pods=1, endpoints=1),
    change("pod-not-ready", ["exec", "deployment/SERVICE", "--", "touch", "/tmp/sick"], ENDPOINTS, {}, pods=2, endpoints=1),
    change("other-pods", {"selector": {"app": "b"}}, ENDPOINTS, {}, endpoints=1),
    change("no-pods", {"selector": {"app": "nobody"}}, ENDPOINTS, {}, endpoints=0),
    # ports
    change("port-moved", {"ports": [{**HTTP, "port": 81}]}, VERDICT, {}),
    change("port-added", {"ports": [HTTP, {**HTTP, "name": "more", "port": 81}]}, VERDICT, {}),
    change("port-removed", {"ports": [HTTP]}, VERDICT, {"ports": [HTTP, {**HTTP, "name": "more", "port": 81}]}),
    change("port-renamed", {"ports": [{**HTTP, "name": "web"}]}, set(), {}),
    change("target-port", {"ports": [{**HTTP, "targetPort": 8081}]}, ENDPOINTS, {}),
    change("protocol", {"ports": [{**HTTP, "protocol": "UDP"}]}, VERDICT, {}),
    change("node-port-moved", {"ports": [{**HTTP, "nodePort": 30200}]}, VERDICT, NODE_PORT),
    # types
    change("to-node-port", {"type": "NodePort"}, VERDICT, {}),
    change("from-node-port", {"type": "ClusterIP"}, VERDICT, NODE_PORT),
    change("to-load-balancer", {"type": "LoadBalancer"}, VERDICT, {}),
    change("to-external-name", {"type": "ExternalName", "externalName": "example.com", "clusterIP": None, "clusterIPs": None},
           VERDICT, {}),
    change("from-external-name", {"type": "ClusterIP", "externalName": None, "selector": {"app": "a"}}, VERDICT,
           {"type": "ExternalName", "externalName": "example.com", "selector": None}, endpoints=2),
    change("to-one-family", {"ipFamilyPolicy": "SingleStack", "ipFamilies": ["IPv4"], "clusterIPs": None}, VERDICT, BOTH),
    change("to-both-families", BOTH, VERDICT, {}),
    # affinity, policies, ranges
    change("affinity-on", AFFINITY, {"affinity-drift"}, {}),
    change("affinity-off", {"sessionAffinity": "None", "sessionAffinityConfig": None}, {"affinity-drift"}, AFFINITY),
    change("affinity-shorter", {"sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 60}}}, {"affinity-drift"}, AFFINITY),
    change("policy-local", LOCAL, {"masquerade-drift", "endpoint-drift"}, NODE_PORT),
    change("policy-cluster", {"externalTrafficPolicy": "Cluster"}, {"masquerade-drift", "endpoint-drift"}, {**NODE_PORT, **LOCAL}),
    change("ranges-set", RANGES, {"source-range-drift"}, BALANCER),
    change("ranges-narrowed", {"loadBalancerSourceRanges": ["192.168.77.0/24"]}, {"source-range-drift"}, {**BALANCER, **RANGES}),
    change("ranges-removed", {"loadBalancerSourceRanges": None}, {"source-range-drift"},
           {**BALANCER, **RANGES}),
    # addresses
    change("external-added", EXTERNAL, VERDICT, {}),
    change("external-removed", {"externalIPs": None}, VERDICT, {"externalIPs": ["198.51.100.21"]}),
    change("external-moved", {"externalIPs": ["198.51.100.22"]}, VERDICT, {"externalIPs": ["198.51.100.23"]}),
    change("balancer-moved", ["address", "203.0.113.30"], VERDICT, BALANCER),
    change("balancer-taken", ["address"], VERDICT, BALANCER),
    # services
    change("deleted", ["delete", "service", "SERVICE"], VERDICT, {}),
    change("created", ["create", "service", "clusterip", "SERVICE", "--tcp=80:8080"], VERDICT, pods=1, endpoints=1),
    change("left-to-another-proxy", ["label", "service", "SERVICE", "service.kubernetes.io/service-proxy-name=other"], VERDICT, {}),
]

# What kpx gets wrong today: patterns (fnmatch) of a cluster's name and of a check's, and what is wrong.
KNOWN = [
    ("*", "a firewall drops what this node sends to pods", "a list walks what arrives; kpx trace --from node tells"),
    ("*", "a rule of routing forbids pods", "a list does not ask rules of routing; kpx trace --from node tells"),
    ("*", "list of services on * by the kubelet's credentials", "the kubelet may list neither EndpointSlices nor Endpoints"),
]

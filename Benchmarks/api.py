"""The API objects of a generated cluster (gen_rules.py's services.json), as `kpx --api-dump` reads them."""

import json
import os

NODE = "node1"


def write(model, folder):
    """Writes a folder of lists as `kubectl get -o json` prints them."""
    services, slices, pods = [], [], []
    for number, service in enumerate(model["services"]):
        names = {"namespace": service["namespace"], "name": service["service"], "uid": f"service-{number}"}
        protocol = service["protocol"].upper()
        port = {"name": service["port_name"], "protocol": protocol, "port": service["port"]}
        if service["node_port"]: port["nodePort"] = service["node_port"]
        spec = {
            "type": "LoadBalancer" if service["lb_ip"] else "NodePort" if service["node_port"] else "ClusterIP",
            "clusterIP": service["cluster_ip"], "clusterIPs": [service["cluster_ip"]], "ipFamilies": ["IPv4"],
            "ports": [port], "sessionAffinity": "ClientIP" if service["affinity"] else "None",
            "internalTrafficPolicy": "Cluster", "externalTrafficPolicy": service["external_traffic_policy"]}
        if service["source_range"]: spec["loadBalancerSourceRanges"] = [service["source_range"]]
        status = {"loadBalancer": {"ingress": [{"ip": service["lb_ip"]}]} if service["lb_ip"] else {}}
        services.append({"metadata": names, "spec": spec, "status": status})
        endpoints = []
        for place, endpoint in enumerate(service["endpoints"]):
            node = NODE if endpoint["local"] else f"node{place % 100 + 2}"
            pod = {"kind": "Pod", "namespace": service["namespace"], "name": f"pod-{number}-{place}"}
            endpoints.append({
                "addresses": [endpoint["ip"]], "nodeName": node, "targetRef": pod,
                "conditions": {"ready": True, "serving": True, "terminating": False}})
            pods.append({
                "metadata": {"namespace": pod["namespace"], "name": pod["name"], "uid": f"pod-{number}-{place}"},
                "spec": {"nodeName": node},
                "status": {"phase": "Running", "podIP": endpoint["ip"], "podIPs": [{"ip": endpoint["ip"]}],
                           "conditions": [{"type": "Ready", "status": "True"}]}})
        target = service["endpoints"][0]["port"] if service["endpoints"] else service["port"]
        slices.append({
            "metadata": {"namespace": names["namespace"], "name": f"{names['name']}-slice",
                         "labels": {"kubernetes.io/service-name": names["name"]}},
            "addressType": "IPv4", "endpoints": endpoints,
            "ports": [{"name": service["port_name"], "protocol": protocol, "port": target}]})
    nodes = [{"metadata": {"name": NODE}, "spec": {},
              "status": {"addresses": [{"type": "InternalIP", "address": model["node_ip"]}],
                         "nodeInfo": {"kubeletVersion": "v1.34.0"}}}]
    os.makedirs(folder, exist_ok=True)
    for name, kind, items in [("services", "Service", services), ("endpointslices", "EndpointSlice", slices),
                              ("pods", "Pod", pods), ("nodes", "Node", nodes)]:
        with open(f"{folder}/{name}.json", "w") as file:
            json.dump({"kind": f"{kind}List", "items": items}, file)

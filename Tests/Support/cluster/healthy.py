"""Checks of nodes on which all is as it should be: each service, by all ways to run kpx, and real connections."""
import time

from catalogue import EXPECTED, NONE, NOT_FORWARDED, WELL_SINCE
from nodes import Answer, are_of, ids, until

ROLLOUT_TRACES = 40
# Addresses of cp; the last is in no service's source ranges.
OUTSIDE = ["192.168.77.10", "fd00:77::10", "172.31.0.10"]


def check(cluster, report, whole):
    """`whole`: also what does not depend on how kube-proxy is run."""
    until("web's endpoints", lambda: len(cluster.addresses("shop/web")) == 4)
    cluster.wait_synced(since=0)
    services = cluster.kubectl("-n", "shop", "get", "services", "-o", "jsonpath={.items[*].metadata.name}").split()
    by_name(cluster, report, services)
    ways(cluster, report)
    nodes(cluster, report)
    if whole:
        connections(cluster, report, [name for name in services if name not in NOT_FORWARDED])
        rollout(cluster, report)


def expected(cluster, service, node):
    well = cluster.minor >= WELL_SINCE.get(service, cluster.minor + 1)
    return set() if well else EXPECTED.get(service, {}).get(node, set())


def by_name(cluster, report, services):
    for node in cluster.nodes:
        for service in services:
            answer = cluster.kpx(node, "trace", f"shop/{service}", "-o", "json")
            report.check(f"{service} by name on {node}", answer.is_of(expected(cluster, service, node)), answer)
        answer = cluster.kpx(node, "trace", "default/kubernetes", "-o", "json")
        report.check(f"kubernetes by name on {node}", answer.is_of(set()), answer)


# --- The whole node

def nodes(cluster, report):
    """No check finds anything but the services that are meant to be unwell; with the credentials of node1, or kube-proxy's and the kubelet's, all can look."""
    for node in cluster.nodes:
        answer = cluster.kpx(node, "check", "-o", "json")
        sees_all = node == "node1" or cluster.layout == "binaries"
        found = {(finding["id"], finding["subject"].get("name")) for finding in answer.json.get("findings", [])
                 if finding["severity"] != "info"}
        meant = {("no-endpoints", service) for service in ("nobody", "sick", "leaving")
                 if expected(cluster, service, node) == NONE}
        unseen = {check["id"]: check["reason"] for check in answer.json.get("checks", [])
                  if check["result"] in ("skipped", "uncertain")}
        wrong = found - meant or (sees_all and (unseen or found != meant))
        report.check(f"the whole of {node}", not wrong, f"{answer}, not looked at: {unseen or 'nothing'}" if not wrong
                     else f"{answer}, {sorted(found - meant)}, {unseen}")


# --- Ways to run kpx

def ways(cluster, report):
    """No flags: what kpx is told is a service's name."""
    kpx = cluster.kpx_path
    for node in cluster.nodes:
        pod = "shop/" + cluster.pods("shop", "app=web", node)[0]
        for way, run in {
            "on the node": lambda *a: cluster.inside(node, kpx, *a, check=False),
            "over ssh": lambda *a: cluster.ssh(node, kpx, *a),
            "in a privileged pod": lambda *a: cluster.admin_pod(node, f"/host{kpx}", *a),
            "in a privileged pod, by chroot": lambda *a: cluster.admin_pod(node, "chroot", "/host", kpx, *a),
            "by the kubelet's credentials": lambda *a: cluster.inside(
                node, "env", "KUBECONFIG=/etc/kubernetes/kubelet.conf", kpx, *a, check=False),
        }.items():
            by_way(cluster, report, node, pod, way, run)


def reads_slices(cluster, way):
    """Whether the credential that is found may read EndpointSlices: the kubelet's may not, nor may `view` up to 1.20."""
    return way != "by the kubelet's credentials" and (way != "in a privileged pod" or cluster.minor > 20)


def by_way(cluster, report, node, pod, way, run):
    answer = Answer(run("trace", "shop/web", "-o", "json"))
    # Of a service of both families v1 Endpoints have one alone: the other cannot be compared.
    status = 0 if reads_slices(cluster, way) else 2
    report.check(f"web on {node} {way}", answer.findings == set() and answer.status == status, answer)
    services_list(cluster, report, node, way, Answer(run("services", "-n", "shop", "-o", "json")))
    found = Answer(run("veth", pod, "-o", "json"))
    interfaces = [interface["name"] for item in found.json.get("items", []) for interface in item["interfaces"]]
    report.check(f"a pod's interface on {node} {way}", found.status == 0 and "eth0" in interfaces, f"{found}, {interfaces}")
    addresses = run("exec", pod, "--", "cat", "/proc/net/fib_trie")
    report.check(f"exec in a pod on {node} {way}", "10.244." in addresses.stdout and "192.168.77." not in addresses.stdout,
                 f"status {addresses.returncode} {addresses.stderr.strip()[:200]}")


def services_list(cluster, report, node, way, answer):
    items = {(item["service"] or {}).get("name", "?"): ids(item["findings"]) for item in answer.json.get("items", [])}
    wrong = {service: sorted(found) for service, found in items.items() if not are_of(found, expected(cluster, service, node))}
    missing = {"web", "lb-local", "nobody"} - set(items)
    ok = not wrong and not missing and answer.status == 1
    report.check(f"list of services on {node} {way}", ok,
                 "all as by name" if ok else f"{answer}, wrong: {wrong}, missing: {sorted(missing)}")


# --- Real connections

def connections(cluster, report, services):
    """From outside, from a node and from a pod: who answers is who kpx says, and sees the address that it says."""
    names = cluster.pod_names("shop")
    for node in cluster.nodes:
        pod = cluster.pods("shop", "app=web", node)[0]
        origins = {
            "the node": (node, ["node"], ()),
            "a pod": (node, [f"shop/{pod}"], (cluster.kpx_path, "exec", f"shop/{pod}", "--")),
            "outside": ("cp", OUTSIDE, ()),
        }
        if node != "node1":
            del origins["outside"]  # whose packets to Services' addresses go to node1
        for origin, (machine, sources, inside) in origins.items():
            asked = [(service, source, frontend) for service in services for source in sources
                     for frontend in frontends(cluster, node, service, source)]
            targets = [target(frontend, node) + [source if source in OUTSIDE else None] for _, source, frontend in asked]
            outcomes = cluster.connect(machine, targets, inside)
            wrong = [f"{service} {to}: {why}" for (service, _, frontend), to, outcome in zip(asked, targets, outcomes)
                     if (why := disagreement(frontend, outcome, node, names))]
            wrong += [f"no frontend of {service}" for service in sorted(set(services) - {service for service, _, _ in asked})]
            report.check(f"connections from {origin} on {node}", not wrong, "; ".join(wrong) or f"{len(asked)} frontends as traced")
        listed = cluster.kpx(node, "connections", "shop/web", "-o", "json")
        clients = {item["client"].get("pod", {}).get("name") for item in listed.json.get("items", [])}
        # kube-proxy's credential, which another node has alone, may not list pods.
        report.check(f"connections to web on {node}, with their pods",
                     listed.status == 0 and bool(clients) and (pod in clients or node != "node1"), f"{listed}, clients {clients}")
        stale = cluster.kpx(node, "connections", "--stale", "-o", "json")
        report.check(f"no connection is stale on {node}", stale.status == 0, stale)


def frontends(cluster, node, service, source):
    return cluster.kpx(node, "trace", f"shop/{service}", "--from", source, "-o", "json").json.get("frontends", [])


def target(frontend, node):
    own = {"IPv4": f"192.168.77.1{node[-1]}", "IPv6": f"fd00:77::1{node[-1]}"}[frontend["family"]]
    return [frontend["protocol"], frontend["address"] or own, frontend["port"]]


def disagreement(frontend, outcome, node, names):
    """How connections went otherwise than the trace on that node says; None if they did not."""
    verdict = frontend["verdict"]
    if verdict != "forward":
        happened = "refused" if outcome["refused"] else "lost" if outcome["lost"] else "answered"
        wanted = {"reject": {"refused"}, "drop": {"lost"}, "unhandled": {"refused", "lost"}}.get(verdict, set())
        if verdict == "unhandled" and node != "node1":
            wanted = wanted | {"answered"}  # the packet goes on to node1, as those to addresses of nobody do
        return None if happened in wanted else f"{verdict}, and it was {happened}"
    if outcome["refused"] or outcome["lost"]:
        return f"forward, and {outcome}"
    endpoints = frontend["endpoints"]
    if not all(endpoint["address"] in names for endpoint in endpoints):
        return None  # a server that is no pod does not tell who it is
    misnamed = [endpoint for endpoint in endpoints if endpoint.get("pod") and endpoint["pod"]["name"] != names[endpoint["address"]]]
    if misnamed:
        return f"not these pods' addresses: {misnamed}"
    said = {(names[endpoint["address"]], endpoint.get("source")) for endpoint in endpoints}
    answered = {tuple(answer.split()) for answer in outcome["answers"]}
    unsaid = {(pod, client) for pod, client in answered if not {(pod, client), (pod, None)} & said}
    return f"{unsaid} answered, {said} was said" if unsaid else None


# --- A rollout, watched

def rollout(cluster, report):
    """kube-proxy follows within a second or two: that is no error of the node."""
    cluster.kubectl("-n", "shop", "rollout", "restart", "deployment/web")
    wrong = []
    for _ in range(ROLLOUT_TRACES):
        answer = cluster.kpx("node1", "trace", "shop/web", "-o", "json")
        if not answer.is_of(set()):
            wrong.append(str(answer))
        time.sleep(0.25)
    cluster.kubectl("-n", "shop", "rollout", "status", "deployment/web", "--timeout=60s")
    report.check("a rollout, watched", not wrong,
                 f"{len(wrong)} of {ROLLOUT_TRACES} traces found something wrong" + (f": {wrong[0]}" if wrong else ""))

"""The same question to all nodes of a cluster, through ssh: who differs, who does not answer, and what it takes to ask."""
import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import types

from nodes import HERE, PREFIX, Answer, run, tool, until

ROOT = os.path.realpath(f"{HERE}/../../..")
sys.path.append(f"{ROOT}/Benchmarks")
import gen_rules
IMAGE = "localhost/kpx:test"
# What pods are told by, and their ConfigMap.
LEFT = ["-n", "kube-system", "-l", "app.kubernetes.io/name=kpx-run", "--no-headers"]

SERVICE = "shop/web"
# As the user that `allow` lets read the API.
USER = "fleet"


class Fleet:
    """What a kpx says that is started where the control plane is, of all nodes."""

    def __init__(self, cluster):
        self.cluster, self.config = cluster, tool("ssh-config").stdout.strip()

    def command(self, *arguments, output="json", api=("--kubeconfig", f"/run/{PREFIX}-cluster/admin.conf")):
        kpx = () if {"--push", "--via"} & {*arguments} else ("--remote-kpx", self.cluster.kpx_path)
        command = [self.cluster.kpx_path, *arguments, "--nodes", "all", "-o", output, *api, "--ssh-config", self.config, *kpx]
        return ["ip", "netns", "exec", f"{PREFIX}-cp", *command]

    def ask(self, *arguments, **options):
        return Answer(run(self.command(*arguments, **options), check=False))

    def groups(self, *arguments):
        return groups(self.ask(*arguments))


def groups(answer):
    """Of each group: result, nodes, findings; of those that did not answer: stage and nodes."""
    told = {(group["result"], *group["nodes"]): {f["id"] for f in group["findings"]} for group in answer.json.get("groups", [])}
    told.update({(silent["stage"], *silent["nodes"]): set() for silent in answer.json.get("unanswered", [])})
    return told


def check(cluster, report):
    fleet = Fleet(cluster)
    first, second = cluster.nodes
    fine, alone = {("ok", first, second): set()}, {("ok", first): set()}

    for command in [["trace", SERVICE], ["services", "-n", "shop"], ["check"], ["version"], ["connections"], ["veth"]]:
        answer = fleet.ask(*command)
        report.check(f"all nodes: {' '.join(command)}", groups(answer) == fine and answer.json["answered"] == 2,
                     f"{groups(answer)}, {answer}")

    def differs(name, expected):
        try:
            told = until(name, lambda: (found := fleet.groups("trace", SERVICE)) == expected and found, 20, 1)
        except RuntimeError:
            told = fleet.groups("trace", SERVICE)
        report.check(f"all nodes: {name}", told == expected, told)

    chain = "$(iptables-save -t nat | grep 'shop/web:http cluster IP' | grep -o 'KUBE-SVC-[A-Z0-9]*' | head -1)"
    # A kube-proxy that runs would mend it at its next sync.
    cluster.signal_proxy(second, "STOP")
    cluster.inside(second, "bash", "-c", f"iptables-save >/run/before; iptables -t nat -D {chain} 1")
    drift = {**alone, ("wrong", second): {"endpoint-drift", "proxy-stalled"}}
    differs("an endpoint's rule is gone on one, whose kube-proxy hangs", drift)
    snapshots(cluster, report, fleet, drift)
    import_image()
    by_pods(cluster, report, fleet, "the same by pods", drift)
    cluster.inside(second, "bash", "-c", "iptables-restore </run/before")
    cluster.signal_proxy(second, "CONT")
    differs("it is there again", fine)

    cluster.inside(second, "mount", "--bind", "/dev/null", cluster.kpx_path)
    differs("one has no kpx", {**alone, ("start", second): set()})
    told = fleet.groups("trace", SERVICE, "--push")
    report.check("all nodes: it gets one along", told == fine, told)
    left = cluster.inside(second, "sh", "-c", "ls -d /run/kpx.* /dev/shm/kpx.* /var/tmp/kpx.* /tmp/kpx.*", check=False).stdout
    report.check("all nodes: nothing of it is left", not left, left)
    cluster.inside(second, "umount", cluster.kpx_path)

    cluster.kubectl("create", "-f", "-", text=json.dumps({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node9"}}))
    differs("one cannot be reached", {**fine, ("connect", "node9"): set()})
    cluster.kubectl("delete", "node", "node9")

    pods_of_all(cluster, report, fleet)
    with other_mode(cluster, second):
        answer = fleet.ask("trace", SERVICE)
        modes = {value["text"]: value["nodes"] for trait in answer.json["traits"] if trait["kind"] == "mode" for value in trait["values"]}
        report.check("all nodes: one with another mode", groups(answer) == fine and sorted(modes.values()) == [[first], [second]],
                     f"{groups(answer)}, {modes}, {answer}")
        by_pods(cluster, report, fleet, "one with another mode, by pods", fine)
        snapshots(cluster, report, fleet, fine)
    interrupted(cluster, report, fleet)
    plugin(cluster, report, fleet)
    rights(cluster, report, fleet, fine)
    rights_for_pods(cluster, report, fleet, fine)


@contextlib.contextmanager
def other_mode(cluster, node):
    """kube-proxy of a release that knows no nftables mode, and the rules that one in that mode would write."""
    cluster.signal_proxy(node, "STOP")
    saved = {tool: cluster.inside(node, f"{tool}-save").stdout for tool in ["iptables", "ip6tables"]}
    for tool in saved:
        cluster.inside(node, f"{tool}-restore", text="*nat\nCOMMIT\n*filter\nCOMMIT\n*mangle\nCOMMIT\n")
    cluster.inside(node, "nft", "-f", "-", text=nftables_mode(cluster, node))
    try:
        yield
    finally:
        cluster.inside(node, "nft", "delete table ip kube-proxy; delete table ip6 kube-proxy")
        for tool, rules in saved.items():
            cluster.inside(node, f"{tool}-restore", text=rules)
        cluster.signal_proxy(node, "CONT")


# The cluster's, of each family.
FAMILIES = {"IPv4": ("10.96.0.0/16", "10.244.0.0/16"), "IPv6": ("fd00:10:96::/112", "fd00:10:244::/56")}


def nftables_mode(cluster, node):
    """What kube-proxy would write there of one service."""
    namespace, name = SERVICE.split("/")
    service = json.loads(cluster.kubectl("-n", namespace, "get", "service", name, "-o", "json"))["spec"]
    slices = json.loads(cluster.kubectl("-n", namespace, "get", "endpointslices", "-l", f"kubernetes.io/service-name={name}", "-o", "json"))
    addresses = json.loads(cluster.kubectl("get", "node", node, "-o", "json"))["status"]["addresses"]
    out = io.StringIO()
    for cluster_ip in service["clusterIPs"]:
        family = "IPv6" if ":" in cluster_ip else "IPv4"
        ports = []
        for port in service["ports"]:
            made = gen_rules.ServicePort(namespace, name, port.get("name", ""), port["protocol"].lower(), cluster_ip, port["port"])
            made.affinity = service.get("sessionAffinity") == "ClientIP"
            for each in slices["items"]:
                number = next((end["port"] for end in each["ports"] if (end.get("name") or "") == made.portname), None)
                if each["addressType"] == family and number:
                    made.endpoints += [gen_rules.Endpoint(end["addresses"][0], number, False) for end in each["endpoints"]]
            ports.append(made)
        node_ip = next(a["address"] for a in addresses if a["type"] == "InternalIP" and (":" in a["address"]) == (family == "IPv6"))
        service_cidr, pod_cidr = FAMILIES[family]
        gen_rules.nftables(ports, types.SimpleNamespace(service_cidr=service_cidr, pod_cidr=pod_cidr, node_ip=node_ip), out)
    return out.getvalue()


def pods_of_all(cluster, report, fleet):
    """Each pod on the node that the API has for it, by ssh and by pods."""
    pods = json.loads(cluster.kubectl("get", "pods", "-A", "-o", "json"))["items"]
    expected = {(pod["spec"]["nodeName"], pod["metadata"]["namespace"], pod["metadata"]["name"]) for pod in pods
                if pod["status"]["phase"] == "Running"}

    def found(*carrier):
        answer = fleet.ask("veth", *carrier)
        lists = answer.json.get("interfaces", [])
        return answer, {(each["node"]["name"], item["namespace"], item["name"]) for each in lists for item in each["items"]
                        if not item["name"].startswith("kpx-run-")}

    for name, carrier in [("ssh", []), ("pods", ["--via", "pods", "--image", IMAGE])]:
        answer, told = found(*carrier)
        ends = [i.get("host") for each in answer.json.get("interfaces", []) for item in each["items"] for i in item["interfaces"]]
        report.check(f"all nodes: veth by {name}", told == expected and ends and all(ends), f"{told ^ expected}, {answer}")


def plugin(cluster, report, fleet):
    """kubectl finds the plugin by its name, and that the cluster by the kubeconfig."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        os.symlink(cluster.kpx_path, f"{folder}/kubectl-kpx")
        os.symlink(f"/run/{PREFIX}-cluster/bin/kubectl", f"{folder}/kubectl")
        environment = [f"PATH={folder}:{os.environ['PATH']}", f"KUBECONFIG=/run/{PREFIX}-cluster/admin.conf"]
        words = ["kubectl", "kpx", "trace", SERVICE, "--nodes", "all", "-o", "json", "--ssh-config", fleet.config, "--remote-kpx", cluster.kpx_path]
        answer = Answer(run(["ip", "netns", "exec", f"{PREFIX}-cp", "env", *environment, *words], check=False))
        report.check("all nodes: kubectl kpx", answer.status == 0 and answer.json["answered"] == 2, answer)


def import_image():
    with tempfile.TemporaryDirectory() as folder:
        archive = f"{folder}/kpx.tar"
        environment = dict(os.environ, SOURCE_DATE_EPOCH="0")
        subprocess.run([f"{ROOT}/packaging/image.py", archive, "test", "none", "amd64"], cwd=ROOT, env=environment, check=True)
        tool("image", archive)


def by_pods(cluster, report, fleet, name, expected, **options):
    answer = fleet.ask("trace", SERVICE, "--via", "pods", "--image", IMAGE, **options)
    report.check(f"all nodes: {name}", groups(answer) == expected, f"{groups(answer)}, {answer}")
    try:
        left = until("pods", lambda: not (cluster.kubectl("get", "pods,configmaps", *LEFT)), 30, 1)
    except RuntimeError as error:
        left = error
    report.check(f"all nodes: {name}, and nothing is left", left is True, left)


def interrupted(cluster, report, fleet):
    """Pods that will never start, and somebody who does not wait for them."""
    words = fleet.command("trace", SERVICE, "--via", "pods", "--image", "localhost/none:1")
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            until("pods", lambda: cluster.kubectl("get", "pods", *LEFT).count("kpx-run-") == len(cluster.nodes))
            process.send_signal(signal.SIGINT)
            status = process.wait(10)
        finally:
            process.kill()
    try:
        left = until("pods", lambda: not cluster.kubectl("get", "pods,configmaps", *LEFT), 10, 0.5)
    except RuntimeError as error:
        left = error
    report.check("all nodes: interrupted, and no pod is left", status == -signal.SIGINT and left is True, f"{status}, {left}")


def snapshots(cluster, report, fleet, expected):
    """Snapshots of the nodes tell the same as the nodes."""
    with tempfile.TemporaryDirectory() as folder:
        made = fleet.ask("snapshot", output=folder)
        report.check("all nodes: a snapshot of each", made.status == 0 and made.text.count(".kpx\n") == len(cluster.nodes), made)
        answer = Answer(run([cluster.kpx_path, "trace", SERVICE, "--snapshot", folder, "-o", "json"], check=False))
        report.check("all nodes: their snapshots are in the same groups", groups(answer) == expected, f"{groups(answer)}, {answer}")


def rights(cluster, report, fleet, fine):
    """What the one who asks must be allowed; nodes need nothing."""
    api = ("--kubeconfig", f"/run/{PREFIX}-cluster/admin.conf", "--as", USER)
    cluster.kubectl("create", "clusterrolebinding", USER, f"--clusterrole={USER}", f"--user={USER}")
    may = "services,endpointslices.discovery.k8s.io"
    cluster.kubectl("create", "clusterrole", USER, "--verb=list", f"--resource={may}")
    answer = fleet.ask("trace", SERVICE, api=api)
    report.check("all nodes: who may not list nodes is told so", answer.status == 69 and "nodes may not be read" in answer.errors, answer)
    cluster.kubectl("delete", "clusterrole", USER)
    cluster.kubectl("create", "clusterrole", USER, "--verb=list", f"--resource={may},nodes")
    # The API server's authorizer follows soon.
    answer = until("rights", lambda: (found := fleet.ask("trace", SERVICE, api=api)).status == 0 and found)
    report.check("all nodes: to list services, endpoint slices and nodes is enough", groups(answer) == fine, answer)
    cluster.kubectl("delete", "clusterrole,clusterrolebinding", USER)


def rights_for_pods(cluster, report, fleet, fine):
    """What it takes besides to make pods; pods themselves have no credential."""
    api = ("--kubeconfig", f"/run/{PREFIX}-cluster/admin.conf", "--as", USER)
    cluster.kubectl("create", "clusterrole", USER, "--verb=list", "--resource=services,endpointslices.discovery.k8s.io,nodes")
    cluster.kubectl("create", "clusterrolebinding", USER, f"--clusterrole={USER}", f"--user={USER}")
    answer = until("rights", lambda: (found := fleet.ask("trace", SERVICE, api=api)).status == 0 and found)
    answer = fleet.ask("trace", SERVICE, "--via", "pods", "--image", IMAGE, api=api)
    report.check("all nodes: who may not make pods is told so", answer.status == 69 and "configmaps" in answer.errors, answer)
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": USER, "namespace": "kube-system"},
            "rules": [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["create", "list", "delete"]},
                      {"apiGroups": [""], "resources": ["pods"], "verbs": ["create", "watch", "deletecollection"]},
                      {"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]}]}
    cluster.kubectl("create", "-f", "-", text=json.dumps(role))
    cluster.kubectl("-n", "kube-system", "create", "rolebinding", USER, f"--role={USER}", f"--user={USER}")
    until("rights", lambda: fleet.ask("trace", SERVICE, "--via", "pods", "--image", IMAGE, api=api).status != 69)
    by_pods(cluster, report, fleet, "the documented rights are enough for pods", fine, api=api)
    cluster.kubectl("delete", "clusterrole,clusterrolebinding", USER)
    cluster.kubectl("-n", "kube-system", "delete", "role,rolebinding", USER)

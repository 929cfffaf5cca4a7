"""The same question to all nodes of a cluster, through ssh: who differs, who does not answer, and what it takes to ask."""
import json
import os
import subprocess
import tempfile

from nodes import HERE, PREFIX, Answer, run, tool, until

ROOT = os.path.realpath(f"{HERE}/../../..")
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

    def ask(self, *arguments, api=("--kubeconfig", f"/run/{PREFIX}-cluster/admin.conf")):
        kpx = () if {"--push", "--via"} & {*arguments} else ("--remote-kpx", self.cluster.kpx_path)
        command = [self.cluster.kpx_path, *arguments, "--nodes", "all", "-o", "json", *api, "--ssh-config", self.config, *kpx]
        return Answer(run(["ip", "netns", "exec", f"{PREFIX}-cp", *command], check=False))

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

    for command in [["trace", SERVICE], ["services", "-n", "shop"], ["check"], ["version"]]:
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
    snapshots(cluster, report, drift)
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

    rights(cluster, report, fleet, fine)
    rights_for_pods(cluster, report, fleet, fine)


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


def snapshots(cluster, report, expected):
    """Snapshots of the nodes tell the same as the nodes."""
    with tempfile.TemporaryDirectory() as folder:
        for node in cluster.nodes:
            cluster.inside(node, cluster.kpx_path, "snapshot", "-o", f"/run/{node}.kpx", "--kubeconfig",
                           f"/run/{PREFIX}-cluster/admin.conf", check=False)
            content = cluster.inside(node, "base64", f"/run/{node}.kpx").stdout
            run(["sh", "-c", f"base64 -d >{folder}/{node}.kpx"], text=content)
            cluster.inside(node, "rm", f"/run/{node}.kpx")
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

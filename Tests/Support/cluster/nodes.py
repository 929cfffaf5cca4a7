"""A cluster, as the tests use it: started, asked, ended."""
import glob
import json
import os
import re
import subprocess
import time

HERE = os.path.dirname(os.path.abspath(__file__))
# Not the one of a cluster that is used by hand.
PREFIX = "kpxt"
ENVIRONMENT = dict(os.environ, CLUSTER_PREFIX=PREFIX)
MOST_SECONDS = 30


def run(command, text=None, check=True, seconds=120):
    done = subprocess.run(command, input=text, capture_output=True, text=True, env=ENVIRONMENT, timeout=seconds)
    if check and done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)[:300]}: {done.returncode}: {done.stderr.strip()[-500:]}")
    return done


def tool(*arguments, **options):
    return run([f"{HERE}/cluster", *arguments], **options)


def until(what, condition, seconds=MOST_SECONDS, pause=0.1):
    """What `condition` answers, as soon as that is neither None nor False."""
    end = time.monotonic() + seconds
    while (answer := condition()) in (None, False):
        if time.monotonic() > end:
            raise RuntimeError(f"{what}: not within {seconds} s")
        time.sleep(pause)
    return answer


class Cluster:
    """Two nodes with the services of demo.yaml; `layout` is how kube-proxy runs: "binaries" or "kubeadm"."""

    def __init__(self, kpx, mode, backend, layout):
        self.kpx_path, self.mode, self.backend, self.layout = kpx, mode, backend, layout
        self.name = f"{mode} {backend}, {layout}"
        self.nodes = ["node1", "node2"]

    def __enter__(self):
        tool("down")  # of a run that was killed
        try:
            options = ["--kubeadm"] if self.layout == "kubeadm" else []
            tool("up", "--nodes", "2", "--mode", self.mode, "--backend", self.backend, *options, seconds=300)
            tool("demo", seconds=200)
            self.release = self.kubectl("get", "node", "node1", "-o", "jsonpath={.status.nodeInfo.kubeletVersion}")
            self.minor = int(self.release.split(".")[1])
        except BaseException:
            self.show_logs()
            tool("down")
            raise
        return self

    def __exit__(self, *_):
        tool("down")

    def show_logs(self):
        """The daemons' last lines, also of a start that failed; pods and warnings, where there is an API to ask."""
        print(tool("kubectl", "get", "pods", "-A", "-o", "wide", check=False).stdout)
        warnings = tool("kubectl", "get", "events", "-A", "--field-selector", "type=Warning,reason!=MissingClusterDNS", check=False)
        print(*warnings.stdout.splitlines()[-15:], sep="\n")
        folder = f"/run/{PREFIX}-cluster"
        for path in sorted(glob.glob(f"{folder}/log/*.log") or glob.glob(f"{folder}.failed/*.log")):
            lines = open(path, errors="replace").read().splitlines()
            print(f"--- {os.path.basename(path)}", *(line[:300] for line in lines[-15:]), sep="\n")

    # --- The API

    def kubectl(self, *arguments, **options):
        return tool("kubectl", *arguments, **options).stdout

    def addresses(self, service):
        """The ready endpoints that the API has of NAMESPACE/NAME."""
        namespace, name = service.split("/")
        found = self.kubectl("-n", namespace, "get", "endpoints", name, "--ignore-not-found",
                             "-o", "jsonpath={.subsets[*].addresses[*].ip}")
        return set(found.split())

    def address(self, service, *addresses):
        """Gives a LoadBalancer these."""
        tool("address", service, *addresses)

    def pods(self, namespace, labels, node):
        return self.kubectl("-n", namespace, "get", "pods", "-l", labels, "--field-selector", f"spec.nodeName={node}",
                            "-o", "jsonpath={.items[*].metadata.name}").split()

    def pod_names(self, namespace):
        """Of each address, the pod that has it."""
        pods = json.loads(self.kubectl("-n", namespace, "get", "pods", "-o", "json"))["items"]
        return {address["ip"]: pod["metadata"]["name"] for pod in pods for address in pod["status"].get("podIPs", [])}

    # --- The nodes

    def inside(self, node, *command, **options):
        return tool("exec", node, *command, **options)

    def kpx(self, node, *arguments):
        return Answer(self.inside(node, self.kpx_path, *arguments, check=False))

    def ssh(self, node, *command):
        config = tool("ssh-config").stdout.strip()
        return run(["ssh", "-F", config, node, *command], check=False)

    def admin_pod(self, node, *command):
        """A command in the privileged pod of demo.yaml."""
        pod = self.pods("kube-system", "app=admin", node)[0]
        return tool("kubectl", "-n", "kube-system", "exec", pod, "--", *command, check=False)

    def connect(self, machine, targets, inside=()):
        """Connections to each of [protocol, address, port] from a machine, or by a command there that starts others."""
        answer = self.inside(machine, *inside, "python3", f"{HERE}/connect.py", text=json.dumps(targets), seconds=200)
        return json.loads(answer.stdout)

    # --- kube-proxy

    def signal_proxy(self, node, signal):
        for process in self.inside(node, "pgrep", "-x", "kube-proxy").stdout.split():
            self.inside(node, "kill", f"-{signal}", process)

    def synced(self, node, since):
        """Whether kube-proxy has heard of something after `since`, and nothing that it has heard of is still to be written."""
        text = self.inside(node, "curl", "-s", "--max-time", "2", "http://127.0.0.1:10249/metrics", check=False).stdout
        queued = timestamps(text, "last_queued_timestamp_seconds")
        written = timestamps(text, "last_timestamp_seconds")
        return bool(queued and written) and since < max(queued) <= min(written)

    def wait_synced(self, since, seconds=5):
        """Not every change is one for kube-proxy: it need not hear of any."""
        for node in self.nodes:
            try:
                until("kube-proxy", lambda: self.synced(node, since), seconds)
            except RuntimeError:
                pass


def timestamps(metrics, name):
    return [float(value) for value in re.findall(rf"^kubeproxy_sync_proxy_rules_{name}(?:{{.*?}})? (\S+)$", metrics, re.M)]


class Answer:
    """What kpx said. `findings` are the ids of those that are no mere information."""

    def __init__(self, done):
        self.status, self.text, self.errors = done.returncode, done.stdout, done.stderr.strip()
        try:
            self.json = json.loads(done.stdout)
        except ValueError:
            self.json = {}
        self.findings = ids(self.json.get("findings", []))

    def is_of(self, acceptable):
        """Whether that is what kpx found, and its status says so."""
        return are_of(self.findings, acceptable) and self.status == (1 if acceptable else 0)

    def __str__(self):
        found = ", ".join(sorted(self.findings))
        return f"status {self.status}" + (f": {found}" if found else "") + (f" ({self.errors[:200]})" if self.errors else "")


def ids(findings):
    return {finding["id"] for finding in findings if finding["severity"] != "info"}


def are_of(findings, acceptable):
    """Whether they are one or more of these and no others; none, if none are acceptable."""
    return findings <= acceptable and bool(findings) == bool(acceptable)

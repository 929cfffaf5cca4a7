"""Checks of services that change: while kube-proxy follows, nothing is wrong once it has; while it is stopped, kpx says what is."""
import json
import time

from catalogue import CHANGES, HTTP, NONE
from nodes import are_of, until

# kube-proxy writes once a second at most; this is for a machine with much to do.
MOST_SYNC_SECONDS = 5


def check(cluster, report):
    services = ChangingServices(cluster, "followed")
    services.create()
    for change in CHANGES:
        since = time.time()
        services.do(change)
        cluster.wait_synced(since)
        followed(services, report, change, "followed")
    services.end()
    services = ChangingServices(cluster, "stopped")
    services.create()
    stopped(cluster, services, report)


def stopped(cluster, services, report):
    for node in cluster.nodes:
        cluster.signal_proxy(node, "STOP")
    try:
        differences = {change.name: services.do(change) for change in CHANGES}
        for change in CHANGES:
            answer = services.trace(change)
            wrong = disagreement(answer, change, differences[change.name])
            report.check(f"{change.name}, not followed", not wrong, f"{answer}, {wrong}" if wrong else answer)
    finally:
        resumed = time.time()
        for node in cluster.nodes:
            cluster.signal_proxy(node, "CONT")
    cluster.wait_synced(resumed)
    for change in CHANGES:
        followed(services, report, change, "followed at last")


def disagreement(answer, change, difference):
    """What is wrong with an answer on a change that kube-proxy has not followed; None if nothing is."""
    if change.finds and "proxy-stalled" not in answer.findings:
        return "should tell that kube-proxy does not answer"
    if not are_of(answer.findings - {"proxy-stalled"}, change.finds) or answer.status != (1 if change.finds else 0):
        return f"should be of {sorted(change.finds)}"
    named = {(evidence["difference"], evidence["endpoint"].rsplit(":", 1)[0]) for finding in answer.json["findings"]
             for evidence in finding["evidence"] if "difference" in evidence and "endpoint" in evidence}
    return f"should name {sorted(difference)}" if difference and named != difference else None


def followed(services, report, change, word):
    """Nothing is wrong once kube-proxy has written the change, but for what the change itself did."""
    wanted = NONE if change.endpoints == 0 else set()
    end = time.monotonic() + MOST_SYNC_SECONDS
    while not (ok := was_followed(answer := services.trace(change), change, wanted)) and time.monotonic() < end:
        time.sleep(0.5)
    report.check(f"{change.name}, {word}", ok, answer)


def was_followed(answer, change, wanted):
    return answer.status == 66 if change.name == "deleted" else answer.is_of(wanted)


class ChangingServices:
    """A service for each change, in a namespace of their own."""

    def __init__(self, cluster, namespace):
        self.cluster, self.namespace = cluster, namespace

    def create(self):
        """As they are before their changes, with kube-proxy's rules for them."""
        self.apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}}, *self.deployments()])
        self.cluster.kubectl("-n", self.namespace, "wait", "deployments", "--all", "--for=condition=Available",
                             "--timeout=120s", seconds=150)
        since = time.time()
        self.apply(list(self.services()))
        for number, change in enumerate(CHANGES):
            if (change.before or {}).get("type") == "LoadBalancer":
                self.cluster.address(self.named(change), f"203.0.113.{100 + number}")
        for change in CHANGES:
            if change.before is not None and change.before.get("selector", True):
                pods = 2 if change.pods is None else change.pods
                until(f"{pods} endpoints of {self.named(change)}", lambda: len(self.addresses(change)) == pods)
        self.cluster.wait_synced(since)

    def apply(self, items):
        objects = json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
        self.cluster.kubectl("apply", "--validate=false", "-f", "-", text=objects)

    def end(self):
        """Services first: others are about to have their addresses."""
        self.cluster.kubectl("-n", self.namespace, "delete", "services", "--all")
        self.cluster.kubectl("delete", "namespace", self.namespace, "--wait=false")

    def named(self, change):
        return f"{self.namespace}/{change.name}"

    def addresses(self, change):
        return self.cluster.addresses(self.named(change))

    def trace(self, change):
        return self.cluster.kpx("node1", "trace", self.named(change), "-o", "json")

    def deployments(self):
        yield from (self.deployment("a", 2), self.deployment("b", 1))
        yield from (self.deployment(change.name, change.pods) for change in CHANGES if change.pods is not None)

    def deployment(self, app, replicas):
        """Pods that only are there; ready until they have /tmp/sick."""
        labels = {"app": app}
        spread = {"maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "ScheduleAnyway",
                  "labelSelector": {"matchLabels": labels}}
        probe = {"exec": {"command": ["sh", "-c", "[ ! -e /tmp/sick ]"]}, "periodSeconds": 1}
        pod = {"terminationGracePeriodSeconds": 1, "topologySpreadConstraints": [spread],
               "containers": [{"name": "pod", "image": "localhost/busybox:1", "readinessProbe": probe}]}
        return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": app, "namespace": self.namespace},
                "spec": {"replicas": replicas, "selector": {"matchLabels": labels},
                         "template": {"metadata": {"labels": labels}, "spec": pod}}}

    def services(self):
        for change in CHANGES:
            if change.before is not None:
                app = "a" if change.pods is None else change.name
                yield {"apiVersion": "v1", "kind": "Service", "metadata": {"name": change.name, "namespace": self.namespace},
                       "spec": {"ports": [HTTP], "selector": {"app": app}, **change.before}}

    def do(self, change):
        """The change, and all that the API says of endpoints in consequence: answers which of them the kernel has otherwise."""
        before = self.addresses(change) if change.endpoints is not None else set()
        if isinstance(change.do, dict):
            patch = json.dumps({"spec": change.do})
            self.cluster.kubectl("-n", self.namespace, "patch", "service", change.name, "--type=merge", "-p", patch)
        elif change.do[0] == "address":
            self.cluster.address(self.named(change), *change.do[1:])
        else:
            self.cluster.kubectl("-n", self.namespace, *[argument.replace("SERVICE", change.name) for argument in change.do])
        if change.endpoints is None:
            return set()
        after = until(f"{change.endpoints} other endpoints of {self.named(change)}", lambda: self.changed(change, before))
        return {("unexpected", address) for address in before - after} | {("missing", address) for address in after - before}

    def changed(self, change, before):
        """The addresses, if they are others and as many as there should be; None until then."""
        now = self.addresses(change)
        return now if now != before and len(now) == change.endpoints else None

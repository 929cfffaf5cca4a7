"""Faults, one after the other, in a node of a healthy cluster: `kpx check` finds each, and nothing beside its true consequences.

Each is a script that bash runs on a machine of the cluster, with the functions of PRELUDE; its undoing is another, or all rules
as they were.
"""
import collections
import time

from nodes import PREFIX

PRELUDE = """
set -euo pipefail
export LC_ALL=C KUBECONFIG=%s/admin.conf PATH=$PATH:/usr/sbin:/sbin:%s/bin
nat() { iptables -w -t nat "$@"; }
filter() { iptables -w "$@"; }
rules() { "$1-save" -t nat | grep -e "$2"; }
# Of a service's port, as rules' comments name it: its address, its chain, the chains of its endpoints.
address() { rules "${2:-iptables}" "KUBE-SERVICES .*\\"$1 cluster IP\\".*-j KUBE-SVC" | sed 's/.* -d \\([^ /]*\\).*/\\1/'; }
chain() { rules iptables "KUBE-SERVICES .*\\"$1 cluster IP\\".*-j KUBE-SVC" | sed 's/.* -j //'; }
endpoints() { nat -S "$(chain "$1")" | sed -n 's/.* -j \\(KUBE-SEP-.*\\)/\\1/p'; }
endpoint() { endpoints "$1" | sed -n "${2}p"; }
# A pod's address; the end of its pair that is on this node.
pod() { kubectl -n shop get pods -l "app=$1" --field-selector "spec.nodeName=$2" -o 'jsonpath={.items[0].status.podIP}'; }
veth() { bridge fdb show br cni0 | grep -i "$(ip neigh show "$1" | grep -o 'lladdr [^ ]*' | cut -d' ' -f2) dev" | sed 's/.* dev \\([^ ]*\\).*/\\1/' | head -1; }
inside() { for n in $(ip netns | cut -d' ' -f1); do ! ip -n $n addr | grep -q "inet $(pod $1 $2)/" || echo $n; done; }
ports() { ip -o link show master cni0 | sed 's/^[0-9]*: \\([^@:]*\\).*/\\1/'; }
""" % ((f"/run/{PREFIX}-cluster",) * 2)

Fault = collections.namedtuple("Fault", "name finds do undo on node beside follows")


def fault(name, finds, do, undo=None, on="node1", node="node1", beside=(), follows=False):
    """What is done to a cluster, and what kpx says of it.

    finds     the ids that it must find, by a space between
    do, undo  scripts; without `undo` all rules of the machine become again what they were
    on        the machine that they run on
    node      the node that is asked
    beside    ids that are true consequences, and may be found, too
    follows   kube-proxy has to write what the API says
    """
    return Fault(name, set(finds.split()), do, undo, on, node, set(beside), follows)


WALKED = {"endpoint-drift", "vital-services"}
UNREACHABLE = {"vital-services", "endpoint-silent", "proxy-stalled"}

FAULTS = [
    # Rules of kube-proxy's
    fault("PREROUTING is flushed", "jump-missing", "nat -F PREROUTING", beside=WALKED),
    fault("PREROUTING of IPv6 is flushed", "jump-missing", "ip6tables -w -t nat -F PREROUTING", beside=WALKED),
    fault("OUTPUT is flushed", "node-origin", "nat -F OUTPUT", beside={"vital-services"}),
    fault("the nat table is flushed", "jump-missing", "nat -F", beside=WALKED),
    fault("something in front of kube-proxy's rules ends them", "endpoint-drift", "nat -I PREROUTING -d 10.96.0.0/16 -j ACCEPT"),
    fault("an endpoint is not in the rules", "endpoint-drift", "nat -D $(chain shop/web:http) 1"),
    fault("an endpoint's chain has another address", "endpoint-drift",
          "nat -R $(endpoint shop/web:http 2) 2 -p tcp -m tcp -j DNAT --to-destination 10.244.2.99:8080"),
    fault("shares are not even", "uneven-shares",
          "nat -R $(chain shop/web:http) 1 -m statistic --mode random --probability 0.7 -j $(endpoint shop/web:http 1)"),
    # The last endpoint gets half of its share.
    fault("a share of connections gets nowhere", "connections-lost",
          "nat -R $(chain shop/web:http) 4 -m statistic --mode random --probability 0.5 -j $(endpoint shop/web:http 4)",
          beside={"uneven-shares"}),
    fault("a service's chain is empty", "endpoint-drift", "nat -F $(chain shop/ports:http)"),
    fault("a service is rejected that has endpoints", "endpoint-drift",
          "a=$(address shop/half); nat -S KUBE-SERVICES | grep -e \"$a/\" | sed 's/^-A/-D/' | while read -r l; do eval \"nat $l\"; done; "
          "filter -I KUBE-SERVICES -d $a -p tcp -m comment --comment 'shop/half has no endpoints' -m tcp --dport 80 -j REJECT"),
    # It is asked for after translation, and meets nothing.
    fault("a REJECT is left behind translation", "", "filter -I KUBE-SERVICES -d $(address shop/web:http) -p tcp -m tcp --dport 80 -j REJECT"),
    fault("a REJECT is gone", "verdict-drift", "filter -F KUBE-SERVICES"),
    fault("affinity's rules are gone", "affinity-drift", "c=$(chain shop/affinity); for i in 1 2 3 4; do nat -D $c 1; done"),
    fault("affinity is for a minute", "affinity-drift",
          "nat -S | grep -e '-m recent' | grep -e '--rcheck' | grep -e \"$(chain shop/affinity)\" | "
          "sed 's/--seconds [0-9]*/--seconds 60/' | { i=0; while read -r _ c rest; do i=$((i+1)); eval nat -R $c $i $rest; done; }"),
    fault("an endpoint has as many clients as the kernel remembers", "affinity",
          "for i in $(seq $(cat /sys/module/xt_recent/parameters/ip_list_tot)); do "
          "echo +10.99.0.$i >/proc/net/xt_recent/$(endpoint shop/affinity 1); done",
          "echo / >/proc/net/xt_recent/$(endpoint shop/affinity 1)"),
    fault("POSTROUTING masquerades nothing", "masquerade-drift", "nat -F KUBE-POSTROUTING"),
    fault("the jump from POSTROUTING is gone", "masquerade-drift", "nat -F POSTROUTING"),
    fault("the mark of masquerade is another bit", "masquerade-drift", "nat -R KUBE-MARK-MASQ 1 -j MARK --set-xmark 0x40/0x40"),
    fault("all sources reach a load balancer", "source-range-drift",
          "c=$(rules iptables '^-A KUBE-FW.*shop/lb-ranges.*-j KUBE-SVC' | head -1 | cut -d' ' -f2); nat -I $c 2 -j $(chain shop/lb-ranges)",
          # Connections of clients outside of the ranges, which were not translated while they were not let in.
          beside={"conntrack-stale"}),
    fault("KUBE-MARK-DROP marks nothing", "mark-drop-ineffective", "nat -F KUBE-MARK-DROP", on="node2", node="node2"),
    fault("kube-proxy has another range of pods", "masq-gap",
          "iptables-save -t nat | sed 's|10.244.0.0/16|10.245.0.0/16|' | iptables-restore -w",
          # The chains of externalTrafficPolicy Local ask for pods, too.
          beside={"endpoint-drift"}),
    fault("one of ten forwarded packets is of no connection", "invalid-drop",
          "iptables-save -c -t filter | sed -e '/FORWARD .*-j KUBE-FORWARD/s/^[^ ]*/[5000:300000]/' "
          "-e '/KUBE-FORWARD .*INVALID/s/^[^ ]*/[500:20000]/' | iptables-restore -w -c",
          "iptables -w -Z"),
    # Such as late packets of connections that have ended.
    fault("a few forwarded packets are of no connection", "",
          "iptables-save -c -t filter | sed -e '/FORWARD .*-j KUBE-FORWARD/s/^[^ ]*/[500000:30000000]/' "
          "-e '/KUBE-FORWARD .*INVALID/s/^[^ ]*/[500:20000]/' | iptables-restore -w -c",
          "iptables -w -Z"),
    fault("kube-proxy has no rules of IPv6", "family-gap", "ip6tables -w -t nat -F; ip6tables -w -t nat -X", beside={"endpoint-drift"}),
    fault("a jump is there three times", "dup-rules", "for i in 1 2; do filter -A INPUT -j KUBE-FIREWALL; done"),
    fault("node ports are not looked at", "endpoint-drift", "nat -D KUBE-SERVICES $(nat -S KUBE-SERVICES | grep -c '^-A')"),
    fault("a load balancer's local endpoints are gone", "endpoint-drift",
          "nat -F $(rules iptables '^-A KUBE-FW.*shop/lb-local.*-j KUBE-XLB' | sed 's/.* -j //')"),
    fault("an external address is not served", "endpoint-drift",
          "nat -S KUBE-SERVICES | grep -e 'shop/external external IP' | sed 's/^-A/-D/' | while read -r l; do eval \"nat $l\"; done"),

    # Rules of others
    fault("FORWARD's policy is DROP", "dropped-by-rule", "filter -P FORWARD DROP", "iptables -P FORWARD ACCEPT",
          beside={"vital-services"}),
    fault("FORWARD's policy of IPv6 is DROP", "dropped-by-rule", "ip6tables -P FORWARD DROP", "ip6tables -P FORWARD ACCEPT"),
    fault("a firewall drops what goes to another node's pods", "dropped-by-rule", "filter -I FORWARD -d 10.244.2.0/24 -j DROP"),
    fault("a firewall drops what this node sends to pods", "dropped-by-rule", "filter -I OUTPUT -d 10.244.2.0/24 -j DROP"),
    fault("a firewall drops pods' answers", "dropped-by-rule", "filter -I FORWARD -s 10.244.1.0/24 -p tcp --sport 8080 -j DROP"),
    fault("raw drops what pods send to a service", "source-excluded",
          "iptables -w -t raw -I PREROUTING -s $(pod web node1) -d $(address shop/web:http) -j DROP", "iptables -w -t raw -F PREROUTING"),
    fault("raw drops what all pods send to a service", "endpoint-drift",
          "iptables -w -t raw -I PREROUTING -s 10.244.0.0/16 -d $(address shop/web:http) -j DROP", "iptables -w -t raw -F PREROUTING"),
    fault("another table of nf_tables drops what is forwarded", "dropped-by-rule",
          "nft 'add table inet fw; add chain inet fw forward { type filter hook forward priority 10; policy drop; }'",
          "nft delete table inet fw", beside={"vital-services"}),
    fault("a table of nf_tables drops node ports", "endpoint-drift",
          "nft 'add table inet fw; add chain inet fw pre { type filter hook prerouting priority -300; }; "
          "add rule inet fw pre tcp dport 30080 drop'", "nft delete table inet fw"),
    fault("a service is redirected to a port where nothing listens", "delivered-here",
          "nat -I PREROUTING -d $(address shop/web:http) -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 15001"),
    fault("somebody else translates a service's address", "endpoint-drift",
          "nat -I PREROUTING -d $(address shop/web:http) -p tcp -m tcp --dport 80 -j DNAT --to-destination $(pod solo node1):8080"),
    fault("the other iptables has kube-proxy's rules, too", "backend-mixed",
          "iptables-save -t nat | iptables-nft-restore", "nft delete table ip nat"),
    fault("a table of nftables mode is left", "mode-leftovers",
          "nft 'add table ip kube-proxy; add chain ip kube-proxy nat-prerouting { type nat hook prerouting priority -100; }; "
          "add chain ip kube-proxy services; add rule ip kube-proxy nat-prerouting jump services'", "nft delete table ip kube-proxy"),
    fault("ports of the tunnel between nodes are dropped", "overlay-blocked",
          "ip link add flannel.1 type vxlan id 1 dev eth0 dstport 8472; ip link set flannel.1 up; "
          "filter -I INPUT -p udp -m udp --dport 8472 -j DROP",
          "ip link del flannel.1; iptables -w -D INPUT -p udp -m udp --dport 8472 -j DROP"),
    # Others may not have it: a look-alike.
    fault("ports of the tunnel are for nodes alone", "",
          "ip link add flannel.1 type vxlan id 1 dev eth0 dstport 8472; ip link set flannel.1 up; "
          "filter -I INPUT -p udp -m udp --dport 8472 -j DROP; filter -I INPUT -s 192.168.77.0/24 -j ACCEPT",
          "ip link del flannel.1; iptables -w -D INPUT 1; iptables -w -D INPUT 1"),

    # The kernel's settings, routes and links
    fault("the node forwards no IPv4", "forward-blocked", "sysctl -qw net.ipv4.ip_forward=0", "sysctl -qw net.ipv4.ip_forward=1",
          beside={"vital-services"}),
    fault("the node forwards no IPv6", "forward-blocked", "sysctl -qw net.ipv6.conf.all.forwarding=0",
          "sysctl -qw net.ipv6.conf.all.forwarding=1"),
    fault("netfilter does not see bridges", "bridge-nf", "sysctl -qw net.bridge.bridge-nf-call-iptables=0",
          "sysctl -qw net.bridge.bridge-nf-call-iptables=1"),
    fault("netfilter does not see bridges' IPv6", "bridge-nf", "sysctl -qw net.bridge.bridge-nf-call-ip6tables=0",
          "sysctl -qw net.bridge.bridge-nf-call-ip6tables=1"),
    fault("ports of pods' bridge send nothing back", "hairpin", "for p in $(ports); do bridge link set dev $p hairpin off; done",
          "for p in $(ports); do bridge link set dev $p hairpin on; done"),
    fault("another node's pods are unreachable", "endpoint-unroutable", "ip route add unreachable 10.244.2.0/25",
          "ip route del unreachable 10.244.2.0/25"),
    fault("a pod's address leads into a black hole", "endpoint-unroutable", "ip route add blackhole $(pod web node1)",
          "ip route del blackhole $(pod web node1)"),
    fault("a rule of routing forbids pods", "endpoint-unroutable", "ip rule add to 10.244.2.0/24 prohibit pref 100", "ip rule del pref 100"),
    fault("a pod's interface is down", "endpoint-unroutable", "ip link set $(veth $(pod solo node1)) down",
          "for p in $(ports); do ip link set $p up; done"),
    fault("pods' bridge is down", "endpoint-unroutable", "ip link set cni0 down",
          "ip link set cni0 up; ip addr add fd00:10:244:1::1/64 dev cni0 nodad"),
    fault("a tunnel takes more than the node's interface", "mtu",
          "ip link add flannel.1 type vxlan id 1 dev eth0 dstport 8472; ip link set flannel.1 up; ip link set eth0 mtu 1400",
          "ip link set eth0 mtu 1500; ip link del flannel.1"),

    # Connections, programs, kube-proxy
    fault("connections to a pod that is gone", "conntrack-stale",
          "conntrack -I -p udp -s 10.244.1.77 -d $(address shop/ports:datagram) --sport 4711 --dport 80 -r 10.244.2.77 -q 10.244.1.77 "
          "--reply-port-src 8080 --reply-port-dst 4711 -t 100 >&2", "conntrack -D -p udp --orig-src 10.244.1.77 >&2"),
    fault("connections to a service that are not translated", "conntrack-stale",
          "a=$(address shop/ports:datagram); conntrack -I -p udp -s 10.244.1.77 -d $a --sport 4712 --dport 80 -r $a -q 10.244.1.77 "
          "--reply-port-src 80 --reply-port-dst 4712 -t 100 >&2", "conntrack -D -p udp --orig-src 10.244.1.77 >&2"),
    # Connections that it has answered are kept for two minutes.
    fault("an endpoint on this node answers nothing", "endpoint-silent",
          "n=$(inside half node1); ip netns exec $n iptables -I INPUT -p tcp --dport 8080 -j DROP; a=$(address shop/half); "
          "conntrack -D -p tcp --orig-dst $a >&2 || :; "
          "for i in 1 2 3; do busybox nc -w 1 $a 80 </dev/null & done; wait || :; sleep 6", "ip netns exec $(inside half node1) iptables -F INPUT; conntrack -D -p tcp --orig-dst $(address shop/half) >&2"),
    fault("kube-proxy hangs", "proxy-stalled", "pkill -STOP -x kube-proxy", "pkill -CONT -x kube-proxy"),
    fault("the rules of a pod's hostPort are flushed", "hostport-lost",
          "kubectl -n shop run ported --image=localhost/busybox:1 --overrides='{\"spec\":{\"nodeName\":\"node1\","
          "\"terminationGracePeriodSeconds\":0,\"containers\":[{\"name\":\"ported\",\"image\":\"localhost/busybox:1\","
          "\"ports\":[{\"containerPort\":80,\"hostPort\":8090}]}]}}'; "
          "kubectl -n shop wait pod/ported --for=condition=Ready --timeout=20s; nat -F CNI-HOSTPORT-DNAT",
          "kubectl -n shop delete pod ported --wait"),

    # What the API says
    fault("a selector selects no pod", "no-endpoints",
          "kubectl -n shop patch service half -p '{\"spec\":{\"selector\":{\"app\":\"hal\"}}}'",
          "kubectl -n shop patch service half -p '{\"spec\":{\"selector\":{\"app\":\"half\"}}}'", on="cp", follows=True),
    fault("pods have no port of that name", "no-endpoints",
          "kubectl -n shop patch service half -p '{\"spec\":{\"ports\":[{\"port\":80,\"targetPort\":\"web\"}]}}'",
          "kubectl -n shop patch service half -p '{\"spec\":{\"ports\":[{\"port\":80,\"targetPort\":\"http\"}]}}'", on="cp",
          follows=True),
    fault("the cluster's DNS has no pod", "vital-services",
          "kubectl -n kube-system create service clusterip kube-dns --tcp=53:53",
          "kubectl -n kube-system delete service kube-dns", on="cp", beside={"no-endpoints"}, follows=True),
    fault("the API's address is rejected", "vital-services",
          "filter -I OUTPUT -d 192.168.77.10 -p tcp --dport 6443 -m owner ! --uid-owner 0 -j REJECT; "
          "filter -I FORWARD -d 192.168.77.10 -p tcp --dport 6443 -j REJECT", beside={"dropped-by-rule"}),
    fault("the API's endpoint is a node without an apiserver", "api-endpoint-stale",
          "kubectl patch endpointslice kubernetes --type=json -p '[{\"op\":\"add\",\"path\":\"/endpoints/-\","
          "\"value\":{\"addresses\":[\"192.168.77.11\"],\"conditions\":{\"ready\":true}}}]'",
          "kubectl patch endpointslice kubernetes --type=json -p '[{\"op\":\"remove\",\"path\":\"/endpoints/1\"}]' || :", on="cp",
          beside={"vital-services"}, follows=True),
    fault("a node's range of pods is the services'", "cidr-overlap",
          "kubectl create -f - <<< '{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"metadata\":{\"name\":\"other\"},"
          "\"spec\":{\"podCIDR\":\"10.96.0.0/24\",\"podCIDRs\":[\"10.96.0.0/24\"]}}'", "kubectl delete node other", on="cp"),
    # Neither kube-proxy nor the API answers then.
    fault("KUBE-FIREWALL's rule lost its match", "firewall-drop-all", "filter -R KUBE-FIREWALL 1 -j DROP", beside=UNREACHABLE),
]


# The release of Kubernetes, v1.N, whose kube-proxy's rules the scripts know.
NEWEST_MINOR = 20


def check(cluster, report):
    if cluster.minor > NEWEST_MINOR:
        print(f"skipped: the faults are in rules of v1.{NEWEST_MINOR}", flush=True)
        return
    faults = Faults(cluster)
    begin = time.monotonic()
    for one in FAULTS:
        faults.check(one, report)
    for node in cluster.nodes:
        found = faults.found(node, faults.ask(node))
        report.check(f"after all faults, on {node}", not found, ", ".join(map(str, found)) or "as before")
    print(f"# {len(FAULTS)} faults in {time.monotonic() - begin:.0f} s", flush=True)


class Faults:
    """A healthy cluster, as it was before the first fault."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.before = {node: self.told(self.ask(node)) for node in cluster.nodes}
        self.saved = {node: [(tool, self.run(node, f"{tool}-save").stdout) for tool in ("iptables", "ip6tables")]
                      for node in cluster.nodes}

    def run(self, machine, script, **options):
        return self.cluster.inside(machine, "bash", "-c", PRELUDE + script, **options)

    def ask(self, node):
        return self.cluster.kpx(node, "check", "-o", "json")

    @staticmethod
    def told(answer):
        """Findings without what may change by itself."""
        if "checks" not in answer.json:
            raise RuntimeError(f"no answer: {answer}")
        return {(finding["id"], finding["severity"], finding["subject"].get("namespace"), finding["subject"].get("name")): finding
                for finding in answer.json["findings"]}

    def found(self, node, answer):
        """What was not there before."""
        return [finding for key, finding in self.told(answer).items() if key not in self.before[node]]

    def check(self, fault, report):
        since = time.time()
        try:
            self.run(fault.on, fault.do)
            if fault.follows:
                self.cluster.wait_synced(since)
            answer = self.ask(fault.node)
            found = self.found(fault.node, answer)
        finally:
            self.undo(fault)
        ids = {finding["id"] for finding in found}
        missing, others = fault.finds - ids, {f["id"] for f in found if f["severity"] != "info"} - fault.finds - fault.beside
        bare = {finding["id"] for finding in found if not finding["evidence"]}
        first = next((finding["message"] for finding in found if finding["id"] in fault.finds), "")
        report.check(fault.name, not missing and not others and not bare,
                     f"{', '.join(sorted(ids)) or 'nothing'}: {first}" + (f"; missing: {sorted(missing)}" if missing else "")
                     + (f"; should not: {sorted(others)}" if others else "") + (f"; no evidence: {sorted(bare)}" if bare else ""))

    def undo(self, fault):
        since = time.time()
        if fault.undo is not None:
            self.run(fault.on, fault.undo)
        else:
            for tool, rules in self.saved[fault.on]:
                self.cluster.inside(fault.on, f"{tool}-restore", "-w", text=rules)
        if fault.follows:
            self.cluster.wait_synced(since)

#!/bin/bash
# A Kubernetes node's container runtime, for tests: containerd with real pods,
# started the way a kubelet starts them, in a network namespace of its own.
#
#   node.sh up DIR [--cni bridge|ptp] [--subnet 10.244.1.0/24] [--subnet6 fd00:10:244:1::/64]
#       starts it. All its files are in DIR (an empty or new folder). The node's
#       network namespace is named in DIR/netns: run what belongs on the node
#       with   node.sh exec DIR COMMAND...
#       bridge: pods on a bridge cni0 (as flannel and kubenet do);
#       ptp: no bridge, a route to each pod's veth (as Calico does).
#   node.sh pod DIR NAMESPACE NAME [UID [IP[,IP6] [CRI-RUN-OPTION...]]]
#       makes a pod, with a container `app` in it. Without UID or IP (or with -)
#       it gets one. Prints:   NAMESPACE NAME UID IP SANDBOX-ID PID
#       The other options are those of `cri.py SOCKET run`.
#   node.sh pods DIR N [NAMESPACE]
#       makes N of them, named pod-1 and so on
#   node.sh also DIR UID COMMAND...
#       runs COMMAND, which must not fork, in that pod's cgroups and in the
#       caller's namespaces; prints its process id. down ends it.
#   node.sh list DIR              the pods, as cri.py list prints them
#   node.sh cri DIR COMMAND...    cri.py with the node's socket
#   node.sh exec DIR COMMAND...   runs COMMAND in the node's network namespace
#   node.sh rm DIR SANDBOX-ID...  stops and removes pods
#   node.sh down DIR              ends all of it, by process id, and removes DIR
#
# Environment, where what a kubelet keeps of a pod goes: KPX_POD_LOGS
# (DIR/var/log/pods) and KPX_KUBELET_PODS (DIR/var/lib/kubelet/pods).
# Needs root and the packages of .ci/packages.
set -euo pipefail
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
usage() { awk 'NR > 1 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$0" >&2; exit 2; }
say() { echo "node: $*" >&2; }
[ $# -ge 2 ] || usage
command=$1 dir=$2; shift 2
. "$here/common.sh"

cri() { PYTHONPATH=$dir PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 "$here/cri.py" "$dir/containerd.sock" "$@"; }

# prefix 10.244.1.0/24 -> its gateway 10.244.1.1; fd00:1::/64 -> fd00:1::1
gateway() { case "$1" in *:*) echo "${1%%/*}1" ;; *) echo "${1%.*}.1" ;; esac; }

# Containers go below this process's own cgroup, not at the top: a test has no
# business to move anything out of the limits it runs under.
cgroup_parent() { echo "kubepods/besteffort/pod$1"; }

up() {
    local cni=bridge subnet=10.244.1.0/24 subnet6=fd00:10:244:1::/64
    while [ $# -gt 0 ]; do
        case "$1" in
        --cni) cni=$2 ;; --subnet) subnet=$2 ;; --subnet6) subnet6=$2 ;; *) usage ;;
        esac
        shift 2
    done
    mkdir -p "$dir"/{cni/bin,cni/net.d,cni/ips,etc}; dir=$(cd "$dir" && pwd)

    # --- CNI ---
    ln -sf /usr/lib/cni/* "$dir/cni/bin/"
    cp "$here/kpx-test-ipam" "$dir/cni/bin/"
    local ipam='"ipam":{"type":"kpx-test-ipam","dataDir":"'$dir'/cni/leases",
        "ranges":[[{"subnet":"'$subnet'"}],[{"subnet":"'$subnet6'"}]],
        "routes":[{"dst":"0.0.0.0/0"},{"dst":"::/0"}]}' main
    case "$cni" in
    bridge) main='{"type":"bridge","bridge":"cni0","isGateway":true,"hairpinMode":true,'$ipam'}' ;;
    ptp) main='{"type":"ptp",'$ipam'}' ;;
    *) usage ;;
    esac
    cat >"$dir/cni/net.d/10-kpx-test.conflist" <<J
{"cniVersion":"0.4.0","name":"kpx-test","plugins":[
 $main,
 {"type":"portmap","capabilities":{"portMappings":true}}]}
J
    echo "$subnet $subnet6" >"$dir/subnets"

    # --- containerd, with nothing outside DIR but its shims' sockets ---
    cat >"$dir/etc/containerd.toml" <<T
version = 2
root = "$dir/root"
state = "$dir/state"
disabled_plugins = ["io.containerd.internal.v1.restart", "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.aufs"]
[grpc]
  address = "$dir/containerd.sock"
[plugins."io.containerd.internal.v1.opt"]
  path = "$dir/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "kpx.test/sleeper:1"
  disable_apparmor = true
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "$dir/cni/bin"
    conf_dir = "$dir/cni/net.d"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
        Root = "$dir/runc"
T
    protoc -I "$here" --python_out="$dir" cri.proto
    "$here/make-image.sh" kpx.test/sleeper:1 "$dir/sleeper.tar"

    make_node_netns kpx-node

    # exec, and nsenter and setsid exec too: $! is containerd's own process id
    (exec nsenter --net="/run/netns/$(cat "$dir/netns")" setsid containerd --config "$dir/etc/containerd.toml") \
        </dev/null >"$dir/containerd.log" 2>&1 &
    echo $! >"$dir/containerd.pid"
    local n=0 why=
    until [ -S "$dir/containerd.sock" ] &&
          ctr -a "$dir/containerd.sock" -n k8s.io images import "$dir/sleeper.tar" >>"$dir/import.log" 2>&1; do
        n=$((n + 1)); [ $n -lt 300 ] || { say "containerd does not start:"; tail -5 "$dir/containerd.log" >&2; exit 1; }
        sleep 0.1
    done
    n=0
    until why=$(cri ready 2>&1); do
        n=$((n + 1)); [ $n -lt 100 ] || { say "not ready: $why"; exit 1; }
        sleep 0.1
    done
    say "up: $(cri version), network namespace $(cat "$dir/netns"), $cni"
}

pod() {
    [ $# -ge 2 ] || usage
    local namespace=$1 name=$2 uid=${3:--} ips=${4:--} ip logs id line
    shift $(( $# < 4 ? $# : 4 ))
    [ "$uid" != - ] || uid=$(new_uid)
    if [ "$ips" != - ]; then
        local subnet subnet6; read -r subnet subnet6 <"$dir/subnets"
        for ip in ${ips//,/ }; do
            case "$ip" in
            *:*) echo "$ip/${subnet6#*/} $(gateway "$subnet6") ::/0" ;;
            *) echo "$ip/${subnet#*/} $(gateway "$subnet") 0.0.0.0/0" ;;
            esac
        done >"$dir/cni/ips/$uid"
    fi
    echo "$uid" >>"$dir/uids"
    # the addresses are known only afterwards where the runtime chooses them
    logs=$(kubelet_files "$namespace" "$name" "$uid" "")
    id=$(cri run "$namespace" "$name" "$uid" --log-dir "$logs" --cgroup "$(cgroup_parent "$uid")" \
             --container app=kpx.test/sleeper:1 "$@")
    line=$(cri status "$id" | /usr/bin/python3 -c '
import json, sys
s = json.load(sys.stdin); n = s["status"].get("network", {})
ips = [n.get("ip") or "-"] + [x["ip"] for x in n.get("additional_ips", [])]
m = s["status"]["metadata"]
print(m["namespace"], m["name"], m["uid"], ",".join(ips), s["status"]["id"], s["info"]["info"]["pid"])')
    ips=$(echo "$line" | cut -d' ' -f4)
    [ "$ips" = - ] || kubelet_files "$namespace" "$name" "$uid" "$ips" >/dev/null
    echo "$line"
}

remove() {
    local id
    for id; do cri stop "$id"; cri remove "$id"; done
}

# Ends a process that this node started, and none other: its command line must
# name DIR.
end() {
    local n=0
    grep -qzF "$dir/" "/proc/$1/cmdline" 2>/dev/null || return 0
    kill "$1" 2>/dev/null || return 0
    while [ -e "/proc/$1/cmdline" ] && grep -qzF "$dir/" "/proc/$1/cmdline" 2>/dev/null; do
        n=$((n + 1)); [ $n -lt 50 ] || { kill -9 "$1" 2>/dev/null || true; break; }
        sleep 0.1
    done
}

down() {
    [ -e "$dir/netns" ] || { say "no node in $dir"; return 0; }
    dir=$(cd "$dir" && pwd)
    local id pid m
    end_others
    if [ -S "$dir/containerd.sock" ]; then
        { cri list || say "the runtime does not answer"; } | while read -r _ _ _ id _; do
            remove "$id" || say "pod $id was not removed in order"
        done
    fi
    # What a runtime that died could not stop. The network namespaces by the
    # containers' own specifications, the shims by their -address.
    { grep -ohs '/var/run/netns/cni-[0-9a-f-]*' "$dir"/state/io.containerd.runtime.v2.task/k8s.io/*/config.json || true; } |
        sort -u >"$dir/left-netns"
    for pid in $(cd /proc && echo [0-9]*); do
        case "$(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline")" in
        */containerd-shim-runc-v2\ *"-address $dir/containerd.sock "*)
            for m in $(awk -v p="$pid" '/^Pid:/ { pid = $2 } /^PPid:/ && $2 == p { print pid }' /proc/[0-9]*/status 2>/dev/null); do
                kill -9 "$m" 2>/dev/null || true
            done
            end "$pid" ;;
        esac
    done
    [ ! -s "$dir/containerd.pid" ] || end "$(cat "$dir/containerd.pid")"
    # deepest first
    awk -v d="$dir/" 'index($5, d) == 1 { print $5 }' /proc/self/mountinfo | sort -r |
        while read -r m; do umount -l "$m" || true; done
    ip netns del "$(cat "$dir/netns")" 2>/dev/null || true
    while read -r m; do ip netns del "${m##*/}" 2>/dev/null || true; done <"$dir/left-netns"
    remove_cgroups
    remove_kubelet_files
    rm -rf "$dir"
    say "down"
}

case "$command" in
up)
    [ ! -e "$dir/netns" ] || { say "$dir holds a node already: node.sh down $dir first"; exit 1; }
    trap 'code=$?; [ $code = 0 ] || { trap - EXIT; say "not started"; down; exit $code; }' EXIT
    up "$@" ;;
pod) pod "$@" ;;
pods)
    [ $# -ge 1 ] || usage
    for i in $(seq 1 "$1"); do pod "${2:-default}" "pod-$i"; done ;;
also) also "$@" ;;
list) cri list ;;
cri) cri "$@" ;;
exec) on_node "$@" ;;
rm) remove "$@" ;;
down) down ;;
*) usage ;;
esac

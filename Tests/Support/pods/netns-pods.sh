#!/bin/bash
# Pods without a runtime, cheap: each a sleeping process in a network namespace
# of its own with a veth to the node's, in a cgroup named as a kubelet names it.
#
#   netns-pods.sh up DIR
#       makes the node's network namespace; its name is in DIR/netns
#   netns-pods.sh pod DIR NAMESPACE NAME [OPTION...]
#       makes a pod. Prints:   NAMESPACE NAME UID IP CONTAINER-ID PID VETH NETNS
#       --uid UID        (else a random one)
#       --ip IP[,IP6]    (else the next of 10.244.1.2 and so on)
#       --net bridge     on a bridge cni0, its veth named veth1234abcd (flannel, kubenet)
#       --net route      a route to its veth, named as Calico does: cali and a hash of NAMESPACE.NAME
#       --anonymous      no name for its network namespace: it lives by its process
#       --pidless        no process in it: it lives by its name
#       --driver cgroupfs|systemd|docker   the form of its cgroup's path; docker: without kubepods and uid
#   netns-pods.sh also DIR UID COMMAND...
#       runs COMMAND, which must not fork, in that pod's cgroups and in the
#       caller's namespaces; prints its process id. down ends it.
#   netns-pods.sh list DIR
#   netns-pods.sh exec DIR COMMAND...   runs COMMAND in the node's network namespace
#   netns-pods.sh rm DIR UID
#   netns-pods.sh down DIR              ends the processes by id, removes the rest and DIR
#
# Environment, where what a kubelet keeps of a pod goes: KPX_POD_LOGS
# (DIR/var/log/pods) and KPX_KUBELET_PODS (DIR/var/lib/kubelet/pods). Needs
# root, iproute2 and util-linux; no packages beyond a bare Debian's.
set -euo pipefail
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
usage() { awk 'NR > 1 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$0" >&2; exit 2; }
say() { echo "netns-pods: $*" >&2; }
[ $# -ge 2 ] || usage
command=$1 dir=$2; shift 2
. "$here/common.sh"
case "$dir" in /*) ;; *) dir=$PWD/$dir ;; esac

up() {
    [ ! -e "$dir/netns" ] || { say "$dir holds a node already"; exit 1; }
    mkdir -p "$dir"
    make_node_netns kpx-plain
    : >"$dir/pods"; : >"$dir/uids"
}

bridge() {
    on_node ip link show cni0 >/dev/null 2>&1 && return
    on_node ip link add cni0 type bridge
    on_node ip addr add 10.244.1.1/24 dev cni0
    on_node ip addr add fd00:10:244:1::1/64 dev cni0 nodad
    on_node ip link set cni0 up
}

pod() {
    [ $# -ge 2 ] || usage
    local namespace=$1 name=$2 uid= ips= net=bridge anonymous= pidless= driver=cgroupfs; shift 2
    while [ $# -gt 0 ]; do
        case "$1" in
        --uid) uid=$2; shift 2 ;;
        --ip) ips=$2; shift 2 ;;
        --net) net=$2; shift 2 ;;
        --driver) driver=$2; shift 2 ;;
        --anonymous) anonymous=1; shift ;;
        --pidless) pidless=1; shift ;;
        *) usage ;;
        esac
    done
    [ -z "$anonymous" ] || [ -z "$pidless" ] || { say "nothing would hold the namespace"; exit 2; }
    local n; n=$(($(wc -l <"$dir/uids") + 2))
    [ -n "$uid" ] || uid=$(new_uid)
    [ -n "$ips" ] || ips=10.244.1.$n
    local id netns veth ip pid=- m
    id=$( (echo "$dir $uid"; date +%s%N) | sha256sum | cut -c1-64)
    netns=cni-$(new_uid)
    echo "$uid" >>"$dir/uids"

    ip netns add "$netns"
    ip -n "$netns" link set lo up
    case "$net" in
    bridge) bridge; veth=veth${id:0:8} ;;
    route) veth=cali$(printf %s "$namespace.$name" | sha1sum | cut -c1-11) ;;
    *) usage ;;
    esac
    on_node ip link add "$veth" type veth peer name eth0 netns "/run/netns/$netns"
    ip -n "$netns" link set eth0 up
    [ "$net" = route ] || on_node ip link set "$veth" master cni0
    on_node ip link set "$veth" up
    if [ "$net" = route ]; then
        # the node answers for 169.254.1.1, as it has a route to it, and at once
        node_sysctl "net/ipv4/conf/$veth/proxy_arp" 1
        node_sysctl "net/ipv4/neigh/$veth/proxy_delay" 0
        node_sysctl "net/ipv6/conf/$veth/proxy_ndp" 1
    fi
    for ip in ${ips//,/ }; do
        case "$net $ip" in
        "bridge "*:*)
            ip -n "$netns" addr add "$ip/64" dev eth0 nodad
            ip -n "$netns" -6 route add default via fd00:10:244:1::1 ;;
        bridge*)
            ip -n "$netns" addr add "$ip/24" dev eth0
            ip -n "$netns" route add default via 10.244.1.1 ;;
        "route "*:*)
            ip -n "$netns" addr add "$ip/128" dev eth0 nodad
            on_node ip -6 addr add fe80::ecee:eeff:feee:eeee/64 dev "$veth" nodad 2>/dev/null || true
            ip -n "$netns" -6 route add default via fe80::ecee:eeff:feee:eeee dev eth0
            on_node ip -6 route add "$ip/128" dev "$veth" ;;
        route*)
            ip -n "$netns" addr add "$ip/32" dev eth0
            ip -n "$netns" route add 169.254.1.1 dev eth0 scope link
            ip -n "$netns" route add default via 169.254.1.1 dev eth0
            on_node ip route add "$ip/32" dev "$veth" scope link ;;
        esac
    done

    if [ -z "$pidless" ]; then
        # Process 1 of its own namespaces. /proc still is the node's there, and
        # so tells it which process it is on the node.
        rm -f "$dir/pid"
        (exec nsenter --net="/run/netns/$netns" setsid unshare --uts --ipc --pid --fork --kill-child bash -c '
            hostname "$1"; read -r pid _ </proc/self/stat; echo "$pid" >"$2"
            exec -a /pause sleep infinity' _ "$name" "$dir/pid") </dev/null >"$dir/pod.log" 2>&1 &
        n=0
        until [ -s "$dir/pid" ] && pid=$(cat "$dir/pid") &&
              [ "$(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline")" = "/pause infinity " ]; do
            n=$((n + 1)); [ $n -lt 200 ] || { say "its process does not start: $(cat "$dir/pod.log")"; exit 1; }
            sleep 0.02
        done
        local path
        case "$driver" in
        cgroupfs) path=kubepods/besteffort/pod$uid/$id ;;
        systemd) path=kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${uid//-/_}.slice/cri-containerd-$id.scope ;;
        docker) path=docker/$id ;;
        *) usage ;;
        esac
        own_cgroups | while read -r m; do
            # a new cpuset of version 1 has no processors: no one can be put there
            [ ! -e "$m/cpuset.cpus" ] || [ -e "$m/cgroup.controllers" ] || continue
            mkdir -p "$m/$path" && echo "$pid" >"$m/$path/cgroup.procs" || say "no cgroup below $m"
        done
    fi
    if [ -n "$anonymous" ]; then ip netns del "$netns"; netns=-; fi

    local logs; logs=$(kubelet_files "$namespace" "$name" "$uid" "$ips")
    mkdir -p "$logs/app"; : >"$logs/app/0.log"
    echo "$namespace $name $uid $ips $id $pid $veth $netns" | tee -a "$dir/pods"
}

# Ends a pod's process: one that still is what pod() started.
end() {
    [ "$(tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline")" = "/pause infinity " ] || return 0
    kill -9 "$1" 2>/dev/null || true
    local n=0
    while [ -s "/proc/$1/cmdline" ] && [ "$(tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline")" ]; do
        n=$((n + 1)); [ $n -lt 100 ] || break; sleep 0.02
    done
}

remove() {     # a line of DIR/pods
    local uid=$3 pid=$6 veth=$7 netns=$8
    [ "$pid" = - ] || end "$pid"
    on_node ip link del "$veth" 2>/dev/null || true
    [ "$netns" = - ] || ip netns del "$netns" 2>/dev/null || true
}

down() {
    [ -e "$dir/netns" ] || { say "no node in $dir"; return 0; }
    local line
    end_others
    while read -r line; do remove $line; done <"$dir/pods"
    remove_cgroups
    remove_kubelet_files
    ip netns del "$(cat "$dir/netns")" 2>/dev/null || true
    rm -rf "$dir"
}

case "$command" in
up) up ;;
pod) pod "$@" ;;
also) also "$@" ;;
list) cat "$dir/pods" ;;
exec) on_node "$@" ;;
rm)
    line=$(awk -v u="${1?}" '$3 == u' "$dir/pods"); [ -n "$line" ] || { say "no pod $1"; exit 1; }
    remove $line
    awk -v u="$1" '$3 != u' "$dir/pods" >"$dir/pods.new"; mv "$dir/pods.new" "$dir/pods" ;;
down) down ;;
*) usage ;;
esac
